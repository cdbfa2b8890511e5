//! How a body is packed: it is read as it is, and by no other content coding.
//!
//! To unpack what anybody sends would be to read far more than the limit of a body allows for.

use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use axum::http::{HeaderMap, HeaderValue, StatusCode};

use super::super::problem::Problem;

/// Not packed at all.
const IDENTITY: &str = "identity";

/// Refuses a body that is packed.
pub(super) fn check_unpacked(headers: &HeaderMap) -> Result<(), Problem> {
    let is_identity = |value: &HeaderValue| {
        value.is_empty() || value.as_bytes().eq_ignore_ascii_case(IDENTITY.as_bytes())
    };
    if headers.get_all(CONTENT_ENCODING).iter().all(is_identity) {
        return Ok(());
    }
    let title = "The request's body is packed in a way that is not read here";
    let problem =
        Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_content_encoding", title)
            .detail("Bodies are taken uncompressed: send it as it is, without `Content-Encoding`.")
            .header(ACCEPT_ENCODING, HeaderValue::from_static(IDENTITY));
    Err(problem)
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    fn check(codings: &[&'static str]) -> Result<(), Problem> {
        let header = |coding: &&'static str| (CONTENT_ENCODING, HeaderValue::from_static(coding));
        check_unpacked(&codings.iter().map(header).collect())
    }

    #[test]
    fn a_body_as_it_is_passes() {
        for codings in [&[][..], &["identity"], &["Identity"], &[""], &["identity", "identity"]] {
            assert!(check(codings).is_ok(), "{codings:?}");
        }
    }

    #[test]
    fn a_packed_body_is_refused_and_the_coding_that_is_taken_is_told() {
        let gzip_last = &["identity", "gzip"][..];
        for codings in [&["gzip"][..], &["br"], &["x-own"], &["identity, gzip"], gzip_last] {
            let problem = check(codings).unwrap_err();
            assert_eq!(problem.document().code, "unsupported_content_encoding", "{codings:?}");
            let response = problem.into_response();
            assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
            assert_eq!(response.headers()[ACCEPT_ENCODING], IDENTITY);
        }
    }
}
