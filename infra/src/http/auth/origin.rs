//! Whether a page of another site made a browser send a request: the rules of `CrossOriginProtection`
//! in Go 1.25's `net/http`.
//!
//! It needs no token in forms: browsers say where a request comes from, and a page cannot keep them
//! from saying so.

use axum::extract::FromRequestParts;
use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderName, Uri};

use super::AuthProblem;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A request that no page of another site made. For what changes something about a browser's
/// session, or begins one.
#[derive(Debug, Clone, Copy)]
pub struct SameOrigin;

impl<S: Send + Sync> FromRequestParts<S> for SameOrigin {
    type Rejection = AuthProblem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthProblem> {
        if is_cross_origin(parts) { Err(AuthProblem::CrossOrigin) } else { Ok(Self) }
    }
}

/// Whether a request that may change something comes from a page of another site. One without any
/// of the headers is no browser's.
pub(in super::super) fn is_cross_origin(parts: &Parts) -> bool {
    if parts.method.is_safe() {
        return false;
    }
    if let Some(site) = parts.headers.get(SEC_FETCH_SITE) {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = parts.headers.get(ORIGIN) else { return false };
    let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
    let origin = origin.as_ref().and_then(Uri::authority).map(|origin| origin.as_str());
    origin.is_none() || origin != host(parts)
}

/// The host that was asked, with its port if it is named.
pub(in super::super) fn host(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
    header.or_else(|| parts.uri.authority().map(|authority| authority.as_str()))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn crosses(method: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().method(method).uri("/").header(HOST, "aisle.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        is_cross_origin(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn browsers_that_say_how_a_request_came_about_are_believed() {
        for (site, crossing) in
            [("same-origin", false), ("none", false), ("same-site", true), ("cross-site", true)]
        {
            let headers = [("sec-fetch-site", site), ("origin", "https://aisle.example")];
            assert_eq!(crosses("POST", &headers), crossing, "{site}");
            assert!(!crosses("GET", &headers));
        }
    }

    #[test]
    fn others_say_where_it_comes_from() {
        for (origin, crossing) in [
            ("https://aisle.example", false),
            ("http://aisle.example", false),
            ("https://aisle.example:444", true),
            ("https://evil.example", true),
            ("https://aisle.example.evil.example", true),
            ("null", true),
            ("", true),
        ] {
            assert_eq!(crosses("POST", &[("origin", origin)]), crossing, "{origin}");
        }
    }

    #[test]
    fn what_says_nothing_is_no_browser() {
        assert!(!crosses("DELETE", &[]));
    }
}
