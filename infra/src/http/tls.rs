//! Whether a request came by TLS, and that whoever came by it is to come by it again (RFC 6797).
//!
//! Aisle speaks plain HTTP: the proxy that speaks TLS says so. A client that says so itself binds
//! nobody else.

use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// By what a proxy was asked: `https`, or `http`.
pub const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// `Strict-Transport-Security`: for a year. Over plain HTTP it must not be said.
pub const STAY: &str = "max-age=31536000";

/// Whether a request with these headers came by TLS.
#[must_use]
pub fn is_by_tls(headers: &HeaderMap) -> bool {
    headers.get(FORWARDED_PROTO).is_some_and(|scheme| scheme == "https")
}

/// Tells whoever came by TLS to stay with it, once, whatever the answer says of it so far.
pub fn stay_on_tls(answer: &mut HeaderMap) {
    answer.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(STAY));
}
