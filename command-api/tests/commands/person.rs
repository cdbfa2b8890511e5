//! Who sends requests, and what is answered.

use std::sync::atomic::{AtomicU64, Ordering};

use aisle_domain::actor::Role;
use aisle_domain::testing::{ADMIN, ORGANISER, subject};
use jiff::SignedDuration;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use crate::world::World;

/// Somebody with a token, or without.
#[derive(Clone)]
pub(crate) struct Person {
    http: reqwest::Client,
    base: String,
    pub(crate) token: Option<String>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl World {
    pub(crate) fn customer(&self, name: &str) -> Person {
        self.person(name, &[Role::Customer])
    }

    /// The organiser of all events.
    pub(crate) fn organiser(&self) -> Person {
        self.person(ORGANISER, &[Role::Organiser])
    }

    pub(crate) fn admin(&self) -> Person {
        self.person(ADMIN, &[Role::Admin])
    }

    pub(crate) fn person(&self, name: &str, roles: &[Role]) -> Person {
        let valid = SignedDuration::from_hours(24 * 365);
        self.bearer(&self.api.issuer.issue(&subject(name), roles, valid).unwrap())
    }

    pub(crate) fn bearer(&self, token: &str) -> Person {
        let token = Some(token.to_owned());
        Person { token, ..self.nobody() }
    }

    pub(crate) fn nobody(&self) -> Person {
        Person { http: self.http.clone(), base: self.base.clone(), token: None }
    }
}

impl Person {
    /// A request, as yet without a body.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Posts under a key of its own.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_as(&fresh_key(), path, body).await
    }

    /// Posts under this key.
    pub(crate) async fn post_as(&self, key: &str, path: &str, body: &Value) -> Reply {
        let request = self.request(Method::POST, path).header("idempotency-key", key);
        send(request.json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        send(self.request(Method::PUT, path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Reply {
        send(self.request(Method::PATCH, path).json(body)).await
    }

    /// Without a body and without a key.
    pub(crate) async fn bare(&self, method: Method, path: &str) -> Reply {
        send(self.request(method, path)).await
    }

    /// Posts these bytes.
    pub(crate) async fn post_raw(
        &self,
        path: &str,
        kind: &str,
        body: impl Into<reqwest::Body>,
    ) -> Reply {
        let request = self.request(Method::POST, path).header("idempotency-key", fresh_key());
        send(request.header(CONTENT_TYPE, kind).body(body)).await
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.unwrap();
    Reply { status, headers, body: serde_json::from_slice(&body).unwrap_or_default() }
}

impl World {
    /// Sends a request that must be refused, and must leave the journal as it was.
    pub(crate) async fn refuses(
        &self,
        request: impl Future<Output = Reply>,
        status: u16,
        code: &str,
    ) -> Problem {
        let before = self.journal.head().await.unwrap();
        let problem = request.await.refused(status, code);
        assert_eq!(self.journal.head().await.unwrap(), before, "{problem}");
        Problem(problem)
    }
}

/// The body of a refusal.
pub(crate) struct Problem(pub(crate) Value);

impl Problem {
    /// It says that this is what is wrong.
    #[track_caller]
    pub(crate) fn at(self, field: &str) -> Self {
        assert_eq!(self.0["errors"][0]["field"], field, "{}", self.0);
        self
    }
}

impl Reply {
    /// Its body, if it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// A problem of this status and code.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.code()), (status, code), "{}", self.body);
        assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json");
        self.body
    }

    /// The code of a problem; empty if it is none.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// The id of the booking that it tells of.
    #[track_caller]
    pub(crate) fn booking(&self) -> String {
        let id = self.body["booking_id"].as_str();
        id.unwrap_or_else(|| panic!("{} {}", self.status, self.body)).to_owned()
    }
}

/// A key that nobody has used.
pub(crate) fn fresh_key() -> String {
    static USED: AtomicU64 = AtomicU64::new(0);
    format!("key-{}", USED.fetch_add(1, Ordering::Relaxed))
}
