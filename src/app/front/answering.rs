//! The router of one connection, which lets the connection know when an answer is over.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::future::RouteFuture;
use http_body_util::BodyExt as _;
use tower::Service;

/// Set once the body of an answer is no longer needed: all of it is on its way out.
pub(super) type Over = Arc<AtomicBool>;

/// Answers the requests of a connection.
#[derive(Clone)]
pub(in crate::app) struct Answering {
    router: Router,
    /// None of connections that need not know.
    over: Option<Over>,
}

/// An answer in the making.
pub(in crate::app) struct Answer {
    routed: RouteFuture<Infallible>,
    over: Option<Over>,
}

/// Lives as long as the body that it is part of.
struct Noticed(Over);

impl Answering {
    pub(in crate::app) fn new(router: Router, over: Option<Over>) -> Self {
        Self { router, over }
    }

    /// What the router answers.
    pub(in crate::app) fn answer(&self, request: Request) -> Answer {
        Answer { routed: self.router.clone().call(request), over: self.over.clone() }
    }
}

impl Future for Answer {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Ok(response) = ready!(Pin::new(&mut self.routed).poll(cx));
        Poll::Ready(Ok(match self.over.take() {
            Some(over) => response.map(|body| noticed(body, Noticed(over))),
            None => response,
        }))
    }
}

/// The same body, which notices when it is dropped.
fn noticed(body: Body, notice: Noticed) -> Body {
    Body::new(body.map_err(move |error| {
        let _kept = &notice;
        error
    }))
}

impl Drop for Noticed {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
