//! A whole `POST` of JSON, as it arrived.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method};
use httparse::Header;

/// A `POST` of a program: its head, and all of its body.
#[derive(Debug, PartialEq)]
pub(in crate::app) struct Posted<'h, 'b> {
    /// With the query.
    pub(in crate::app) path: &'b str,
    pub(super) headers: &'h [Header<'b>],
    pub(super) body: &'b [u8],
}

impl Posted<'_, '_> {
    /// The same as the HTTP library gives it to a route; none if that would not.
    pub(in crate::app) fn request(&self) -> Option<Request> {
        let mut request = Request::new(Body::from(self.body.to_vec()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.path.parse().ok()?;
        let headers = request.headers_mut();
        headers.reserve(self.headers.len());
        for header in self.headers {
            let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
            headers.append(name, HeaderValue::from_bytes(header.value).ok()?);
        }
        Some(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_route_is_given_what_was_sent() {
        let header = |name, value| Header { name, value };
        let headers = [header("Accept", &b"a"[..]), header("ACCEPT", b"b"), header("x-y", b"\xfc")];
        let posted = Posted { path: "/a?b", headers: &headers, body: b"{}" };
        let (head, body) = posted.request().unwrap().into_parts();
        assert_eq!((head.method, head.uri.to_string()), (Method::POST, "/a?b".to_owned()));
        assert_eq!(head.headers.get_all("accept").iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(head.headers["x-y"].as_bytes(), b"\xfc");
        assert_eq!(axum::body::to_bytes(body, 9).await.unwrap(), "{}");
    }

    #[test]
    fn what_the_library_would_refuse_is_not_given() {
        for (path, name) in [("/a", "no name"), ("/\"<", "x")] {
            let headers = [Header { name, value: b"" }];
            let request = Posted { path, headers: &headers, body: b"" }.request();
            assert!(request.is_none(), "{path} {name}");
        }
    }
}
