//! Requests of HTML forms: what a form cannot say by headers it says by fields, and it is answered
//! by 303 See Other, so that pages work without JavaScript.
//!
//! The routes are those that programs call; they know forms by [`FromFields`] only. A form that a
//! page of another site sent is refused, whether or not it comes with a session: it could begin one.
//!
//! [`FromFields`]: super::json::FromFields

mod errand;

use std::convert::Infallible;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use futures::future::{BoxFuture, Either};
use tower::{Layer, Service};

use self::errand::Errand;
pub use self::errand::{is_local, see_other, with_query};
use super::auth::{AuthProblem, is_cross_origin};
use super::idempotency;
use super::json::{Fields, is_form, read};

/// Where a route puts the header `Set-Cookie` of a session that it begins because a form came
/// without one. An extension of requests of forms, and of no others.
#[derive(Debug, Clone, Default)]
pub struct NewSession(Arc<OnceLock<HeaderValue>>);

impl NewSession {
    /// Begins a session by this header. The first one counts.
    pub fn begin(&self, set_cookie: HeaderValue) {
        // A request begins one session.
        let _ = self.0.set(set_cookie);
    }

    fn header(&self) -> Option<HeaderValue> {
        self.0.get().cloned()
    }
}

/// Lets the routes that it is put around be called by forms.
#[derive(Debug, Clone, Copy)]
pub struct Forms;

impl<S> Layer<S> for Forms {
    type Service = WithForms<S>;

    fn layer(&self, inner: S) -> WithForms<S> {
        WithForms(inner)
    }
}

/// Routes that forms may call. A request that is no form's goes straight through.
#[derive(Debug, Clone)]
pub struct WithForms<S>(S);

impl<S> Service<Request> for WithForms<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Either<S::Future, BoxFuture<'static, Result<Response, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if !is_form(request.headers()) {
            return Either::Left(self.0.call(request));
        }
        let next = self.0.clone();
        // The one that is ready is used, its clone is left.
        let ready = std::mem::replace(&mut self.0, next);
        Either::Right(answer(ready, request).map(Ok).boxed())
    }
}

async fn answer<S>(mut route: S, request: Request) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let (mut parts, body) = request.into_parts();
    if is_cross_origin(&parts) {
        return AuthProblem::CrossOrigin.into_response();
    }
    let bytes = match read(Request::from_parts(parts.clone(), body)).await {
        Ok(bytes) => bytes,
        Err(problem) => return Errand::of(&parts, &mut Fields::parse(b"")).problem(&problem),
    };
    let mut fields = Fields::parse(&bytes);
    let errand = Errand::of(&parts, &mut fields);
    if let Some(key) = errand.key() {
        parts.headers.entry(HeaderName::from_static(idempotency::HEADER)).or_insert(key);
    }
    parts.headers.remove(CONTENT_LENGTH);
    let session = NewSession::default();
    parts.extensions.insert(session.clone());
    let request = Request::from_parts(parts, Body::from(fields.encode()));
    let Ok(response) = route.call(request).await;
    errand.turn(response, session.header()).await
}

#[cfg(test)]
mod tests;
