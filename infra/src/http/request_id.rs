//! The id of a request: taken from `x-request-id` or made, known to everything that the request
//! runs, and given back.
//!
//! It is for finding things in logs. Nothing may depend on its being unique.

use std::convert::Infallible;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::Response;
use tracing::{Instrument as _, Span};

use crate::clock::{Ids as _, RandomIds};

/// The header of requests and answers.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a client: two UUIDs with something in between.
const MAX_LENGTH: usize = 80;

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of a request. As an extractor it never fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    /// The id of the request that the current task answers; `None` outside of one, so also in
    /// tasks that it spawned.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// The text of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The client's own id if it is fit for logs and headers, else a fresh one.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
        match given.filter(|id| is_sane(id)) {
            Some(id) => Self(id.into()),
            None => Self::fresh(),
        }
    }

    /// This process's number, drawn once, and the request's: drawing one for each is a call of the
    /// system.
    fn fresh() -> Self {
        static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomIds.next().as_u64_pair().1);
        static REQUESTS: AtomicU64 = AtomicU64::new(0);
        let request = REQUESTS.fetch_add(1, Ordering::Relaxed);
        Self(format!("{:016x}{request:016x}", *PROCESS).into())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::current().unwrap_or_else(|| Self::of(&parts.headers)))
    }
}

fn is_sane(id: &str) -> bool {
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(fit)
}

/// Answers a request under its id and in a span of its own.
pub(super) async fn identified(
    id: RequestId,
    span: Span,
    answering: impl Future<Output = Response>,
) -> Response {
    let started = Instant::now();
    let answering = CURRENT.scope(id.clone(), answering);
    let mut response = answering.instrument(span.clone()).await;
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(X_REQUEST_ID, value);
    }
    let (status, elapsed) = (response.status().as_u16(), started.elapsed());
    // Not INFO: reads come by the ten thousand a second.
    span.in_scope(|| tracing::debug!(status, ?elapsed, "answered"));
    response
}

/// The route stands in the span rather than the path, which holds ids, and never the query, which
/// may hold what a person typed.
pub(super) fn span_of(route: &str, method: &Method, id: &RequestId) -> Span {
    tracing::info_span!("request", request_id = %id, %method, route)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(given: &'static str) -> RequestId {
        RequestId::of(&HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_static(given))]))
    }

    #[test]
    fn a_sane_id_of_the_client_is_taken() {
        assert_eq!(of("Order-7_a.b").as_str(), "Order-7_a.b");
    }

    #[test]
    fn an_id_that_would_spoil_a_log_is_replaced() {
        for id in ["", "a b", "a\"b", "a,b", "${jndi:x}"] {
            assert_eq!(of(id).as_str().len(), 32);
        }
        assert!(!is_sane(&"x".repeat(MAX_LENGTH + 1)));
    }

    #[test]
    fn there_is_none_outside_of_a_request() {
        assert_eq!(RequestId::current(), None);
    }
}
