//! How reads are answered: JSON, with the position it is as of, how long it may be kept, and where
//! the list goes on.

use aisle_domain::stream::Position;
use axum::Json;
use axum::http::header::{CACHE_CONTROL, LINK};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Up to which position of the journal an answer goes at least.
pub(crate) const POSITION: HeaderName = HeaderName::from_static("aisle-position");

/// For what changes any moment.
pub(crate) const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
/// For what is one person's business.
pub(crate) const NO_STORE: HeaderValue = HeaderValue::from_static("private, no-store");

/// An answer as JSON.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    body: T,
    headers: HeaderMap,
}

impl<T> Answer<T> {
    /// An answer that everybody may see, as of a position.
    pub(crate) fn new(position: Position, body: T) -> Self {
        let headers = [(POSITION, position.into()), (CACHE_CONTROL, NO_CACHE)];
        Self { body, headers: headers.into_iter().collect() }
    }

    /// Tells caches to keep their hands off.
    pub(crate) fn private(mut self) -> Self {
        self.headers.insert(CACHE_CONTROL, NO_STORE);
        self
    }

    /// Says where the list goes on (RFC 8288), if it does: at the same address, after a cursor.
    pub(crate) fn next(mut self, uri: &Uri, cursor: Option<&str>) -> Self {
        let link = cursor.and_then(|cursor| next_link(uri, cursor));
        self.headers.extend(link.map(|link| (LINK, link)));
        self
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        (self.headers, Json(self.body)).into_response()
    }
}

/// The address of the page after a cursor, as a link.
pub(crate) fn next_link(uri: &Uri, cursor: &str) -> Option<HeaderValue> {
    let query = uri.query().unwrap_or_default().split('&');
    let kept = query.filter(|pair| !pair.is_empty() && !pair.starts_with("after="));
    let after = format!("after={cursor}");
    let query: Vec<&str> = kept.chain([after.as_str()]).collect();
    format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&")).try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_same_query_after_a_cursor() {
        let link = |uri: &'static str| next_link(&Uri::from_static(uri), "7f").unwrap();
        assert_eq!(link("/v1/bookings"), "</v1/bookings?after=7f>; rel=\"next\"");
        let next = "</v1/search?term=a%20b&limit=2&after=7f>; rel=\"next\"";
        assert_eq!(link("/v1/search?term=a%20b&after=01&limit=2"), next);
    }
}
