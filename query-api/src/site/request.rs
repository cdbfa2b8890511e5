//! What every page is asked with: by whom, at which address, after what.
//!
//! Nothing of it is ever refused: what makes no sense in an address is passed over.

use std::convert::Infallible;

use aisle_domain::actor::Actor;
use aisle_infra::http::auth::Visitor;
use aisle_infra::http::tls::is_by_tls;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, header};

use crate::QueryApi;
use crate::conditional::wish;
use crate::params::MinPosition;

/// A request for a page.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Who asks.
    pub(crate) visitor: Visitor,
    /// Scheme and host, such as `https://tickets.example`: as the site is told that it is called,
    /// else as the visitor calls it.
    pub(crate) origin: String,
    /// Path and query, without what is about the request before.
    pub(crate) here: String,
    /// The parameters of the query, in order.
    pub(crate) query: Vec<(String, String)>,
}

impl Asked {
    /// The first value of a parameter, if it is not empty.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The position that the page must include.
    pub(crate) fn min_position(&self) -> Option<MinPosition> {
        self.value("min-position")?.parse().ok()
    }

    pub(crate) fn actor(&self) -> Option<&Actor> {
        self.visitor.actor.as_ref()
    }

    /// What whoever asks is called, if it is somebody with an account.
    pub(crate) fn visitor_name(&self) -> Option<String> {
        self.visitor.name.clone().or_else(|| self.visitor.email.clone())
    }

    /// A path of this site to go on to after something else, if one is named.
    pub(crate) fn next(&self) -> Option<&str> {
        self.value("next").filter(|path| is_local(path))
    }
}

impl FromRequestParts<QueryApi> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, api: &QueryApi) -> Result<Self, Infallible> {
        let visitor = Visitor::from_request_parts(parts, api).await?;
        let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let query = query.map(|Query(pairs)| pairs).unwrap_or_default();
        let told = api.site.as_deref().map(str::to_owned);
        let origin = told.unwrap_or_else(|| origin(&parts.headers, &parts.uri));
        Ok(Self { visitor, origin, here: here(&parts.uri), query })
    }
}

/// Whether a client would rather have a page than JSON.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    wish(headers, &["text/html"]) > wish(headers, &["application/json"])
}

/// Whether a text is a path of this site, and no address of another (`//host`, `/\host`).
pub(crate) fn is_local(path: &str) -> bool {
    let rest = path.strip_prefix('/');
    rest.is_some_and(|rest| !rest.starts_with(['/', '\\'])) && path.chars().all(|c| !c.is_control())
}

/// What was sent is believed as far as it is a host: it goes into the page of whoever sent it.
fn origin(headers: &HeaderMap, uri: &Uri) -> String {
    let header =
        |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let host = header(header::HOST).or_else(|| uri.authority().map(|host| host.as_str()));
    let is_host = |host: &&str| {
        host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
    };
    let scheme = if is_by_tls(headers) { "https" } else { "http" };
    format!("{scheme}://{}", host.filter(is_host).unwrap_or("localhost"))
}

/// What is about the request before, and not about the page.
const ABOUT_BEFORE: [&str; 6] = ["min-position", "problem", "field", "seats", "wished", "done"];

fn here(uri: &Uri) -> String {
    let pairs = uri.query().unwrap_or_default().split('&');
    let is_kept = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && !ABOUT_BEFORE.contains(&name)
    };
    let kept: Vec<&str> = pairs.filter(is_kept).collect();
    if kept.is_empty() {
        uri.path().to_owned()
    } else {
        format!("{}?{}", uri.path(), kept.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_path_of_another_site_is_none_of_ours() {
        for path in ["/", "/bookings/1?a=b", "/a//b"] {
            assert!(is_local(path), "{path}");
        }
        for path in ["", "//evil.example", "/\\evil.example", "https:/x", "x", "/a\nb"] {
            assert!(!is_local(path), "{path}");
        }
    }

    #[test]
    fn browsers_get_pages_and_programs_json() {
        let wants = |accept: &'static str| {
            wants_page(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]))
        };
        assert!(wants("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        for accept in ["*/*", "application/json", "application/json, text/html;q=0.9", ""] {
            assert!(!wants(accept), "{accept}");
        }
        assert!(!wants_page(&HeaderMap::new()));
    }

    #[test]
    fn what_is_about_the_request_before_is_not_part_of_the_address() {
        let here = |uri| here(&Uri::from_static(uri));
        assert_eq!(here("/bookings/1?min-position=4&problem=x"), "/bookings/1");
        assert_eq!(here("/search?term=a&problem=x&sort=date"), "/search?term=a&sort=date");
    }

    #[test]
    fn a_host_that_is_none_is_not_repeated() {
        let origin = |host: &'static str| {
            let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
            origin(&headers, &Uri::from_static("/"))
        };
        assert_eq!(origin("tickets.example:8080"), "http://tickets.example:8080");
        assert_eq!(origin("a\"><script>"), "http://localhost");
    }
}
