//! Idempotency keys: how a client says that two requests are one.
//!
//! It keeps no answers (the journal does) and does not compare digests.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::json::{Body, FromFields, JsonOrForm};
use super::problem::Problem;

/// The header.
pub const HEADER: &str = "idempotency-key";

/// The longest key, in characters: what a UUID with a prefix of the client's takes, with room.
pub const MAX_KEY_LENGTH: usize = 128;

/// The key of a request, from the header `Idempotency-Key`. HTML forms, which cannot send headers,
/// give it as a field `idempotency_key`, which [`super::forms`] puts there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub String);

/// A request that has to come with a key: the key, the digest and the body in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotent<T> {
    /// The client's key.
    pub key: String,
    /// The [`digest`] of the request.
    pub digest: [u8; 32],
    /// What it says.
    pub body: JsonOrForm<T>,
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut sent = parts.headers.get_all(HEADER).iter();
        let header = sent.next().ok_or_else(missing)?;
        if sent.next().is_some() {
            return Err(invalid());
        }
        let key = header.to_str().map_err(|_| invalid())?.to_owned();
        let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
        let fits = (1..=MAX_KEY_LENGTH).contains(&key.len());
        if visible && fits { Ok(Self(key)) } else { Err(invalid()) }
    }
}

impl<T: DeserializeOwned + FromFields, S: Send + Sync> FromRequest<S> for Idempotent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let IdempotencyKey(key) = IdempotencyKey::from_request_parts(&mut parts, state).await?;
        let (method, uri) = (parts.method.clone(), parts.uri.clone());
        let body = Body::read(Request::from_parts(parts, body)).await?;
        let digest = digest(&method, uri.path(), &body.bytes);
        Ok(Self { key, digest, body: body.decode()? })
    }
}

/// The SHA-256 of a request, by which a key that is used for another request is noticed.
#[must_use]
pub fn digest(method: &Method, path: &str, body: &[u8]) -> [u8; 32] {
    // Neither a method nor a path holds a NUL, so no two requests run together.
    let hash = Sha256::new().chain_update(method.as_str()).chain_update([0]);
    hash.chain_update(path).chain_update([0]).chain_update(body).finalize().into()
}

fn missing() -> Problem {
    let title = "The request needs an idempotency key";
    Problem::new(StatusCode::BAD_REQUEST, "idempotency_key_missing", title).detail(
        "Send a header `Idempotency-Key` with a value of your own, such as a UUID, and the same \
         one when you repeat the request.",
    )
}

fn invalid() -> Problem {
    let title = "The idempotency key is not valid";
    Problem::new(StatusCode::BAD_REQUEST, "idempotency_key_invalid", title)
        .detail(format!("Expected one key of 1 to {MAX_KEY_LENGTH} visible ASCII characters."))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header::CONTENT_TYPE;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Numbers {
        all: Vec<u8>,
    }

    impl FromFields for Numbers {}

    async fn key(header: Option<&[u8]>) -> Result<String, String> {
        let mut request = Request::post("/");
        if let Some(header) = header {
            request = request.header(HEADER, HeaderValue::from_bytes(header).unwrap());
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let key = IdempotencyKey::from_request_parts(&mut parts, &()).await;
        key.map(|key| key.0).map_err(|problem| problem.document().code.to_string())
    }

    #[tokio::test]
    async fn a_key_is_a_short_word() {
        assert_eq!(key(Some(b"a-1")).await, Ok("a-1".into()));
        assert!(key(Some(&[b'x'; 128])).await.is_ok());
        for wrong in [&b""[..], b"a b", &[b'x'; 129], "é".as_bytes()] {
            assert_eq!(key(Some(wrong)).await, Err("idempotency_key_invalid".into()));
        }
        assert_eq!(key(None).await, Err("idempotency_key_missing".into()));
    }

    #[tokio::test]
    async fn a_request_has_one_key() {
        let request = Request::post("/").header(HEADER, "a").header(HEADER, "b");
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let refused = IdempotencyKey::from_request_parts(&mut parts, &()).await.unwrap_err();
        assert_eq!(refused.document().code, "idempotency_key_invalid");
    }

    #[tokio::test]
    async fn the_digest_is_of_the_method_the_path_and_the_body() {
        let post = |path, body| digest(&Method::POST, path, body);
        assert_eq!(post("/a", b"b"), post("/a", b"b"));
        assert_ne!(post("/a", b"b"), post("/ab", b""));
        assert_ne!(post("/a", b"b"), digest(&Method::PUT, "/a", b"b"));
    }

    #[tokio::test]
    async fn a_request_is_read_with_its_key_and_digest() {
        const BODY: &str = r#"{"all":[1]}"#;
        let request = Request::post("/bookings?page=1").header(HEADER, "k");
        let request = request.header(CONTENT_TYPE, "application/json").body(BODY.into()).unwrap();
        let read = Idempotent::<Numbers>::from_request(request, &()).await.unwrap();
        assert_eq!((read.key.as_str(), read.body.value.all), ("k", vec![1]));
        assert_eq!(read.digest, digest(&Method::POST, "/bookings", BODY.as_bytes()));
    }
}
