//! The gate: connections are taken from the first moment on, and answered as far as can be.
//!
//! Until the application is open, only `/healthz` says yes. Which router answers is chosen once per
//! connection, so that an open gate costs nothing.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use aisle_infra::http::peer::{Peer, Proxy};
use aisle_infra::http::problem::Problem;
use aisle_infra::http::{Limits, harden_for_people};
use aisle_query_api::for_people;
use axum::Router;
use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::Response;
use axum::serve::IncomingStream;
use tower::Service;

use super::forward::is_command;
use super::front::{Answering, AtHand, Door};
use super::health;
use super::metrics::Metrics;

/// When to come again.
const SOON: Duration = Duration::from_secs(1);

/// Answers before and after the application is open. Clones are the same gate.
#[derive(Clone)]
pub(super) struct Gate {
    closed: Router,
    open: Arc<OnceLock<Open>>,
    proxy: Proxy,
}

/// What answers once the application is open.
struct Open {
    router: Router,
    /// Of those who answer queries.
    at_hand: Option<AtHand>,
}

/// What answers on one connection, and who is at its other end.
#[derive(Clone)]
pub(super) struct OfConnection {
    answering: Answering,
    address: IpAddr,
    proxy: Proxy,
}

impl Gate {
    pub(super) fn closed(proxy: Proxy) -> Self {
        let router = health::alive().fallback(starting);
        let router = harden_for_people(router, Limits::default(), for_people);
        Self { closed: router.layer(map_response(closing)), open: Arc::default(), proxy }
    }

    /// From now on this router answers, and before it what is at hand. Once only.
    pub(super) fn open(&self, router: Router, at_hand: Option<AtHand>, metrics: &Metrics) {
        let router = metrics.shown_by(router);
        let router = metrics.counting(harden_for_people(router, Limits::default(), for_people));
        // Only `App::start` opens it.
        let _ = self.open.set(Open { router, at_hand });
    }

    /// What new connections may be answered from at once.
    pub(super) fn at_hand(&self) -> Option<AtHand> {
        self.open.get()?.at_hand.clone()
    }
}

async fn starting() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "starting", "This process is starting")
        .retry_after(SOON)
}

/// Closes the connection: the next one may find the gate open.
async fn closing(mut response: Response) -> Response {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

impl Service<IncomingStream<'_, Door>> for Gate {
    type Response = OfConnection;
    type Error = Infallible;
    type Future = Ready<Result<OfConnection, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, connection: IncomingStream<'_, Door>) -> Self::Future {
        let router = self.open.get().map_or(&self.closed, |open| &open.router);
        let answering = Answering::new(router.clone(), connection.io().over());
        let (address, proxy) = (connection.remote_addr().ip(), self.proxy);
        ready(Ok(OfConnection { answering, address, proxy }))
    }
}

impl Service<Request> for OfConnection {
    type Response = Response;
    type Error = Infallible;
    type Future = <Answering as Service<Request>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.answering.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        // Limits ask who it is only where somebody signs in: queries go without.
        if is_command(&request) {
            let peer = Peer::of(self.address, request.headers(), self.proxy);
            request.extensions_mut().insert(peer);
        }
        self.answering.call(request)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::header::{ACCEPT, CONTENT_TYPE};
    use tower::ServiceExt as _;

    use super::*;

    async fn asked(accept: &str) -> (Response<()>, String) {
        let gate = Gate::closed(Proxy::Absent);
        let request = Request::get("/events/1").header(ACCEPT, accept).body(Body::empty()).unwrap();
        let (head, body) = gate.closed.oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, 64 * 1024).await.unwrap();
        (Response::from_parts(head, ()), String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn who_comes_while_it_starts_is_asked_to_come_again_in_a_way_that_can_be_read() {
        for (accept, kind, said) in [
            ("text/html,*/*;q=0.8", "text/html; charset=utf-8", "<!doctype html>"),
            ("*/*", "application/problem+json", "\"code\":\"starting\""),
        ] {
            let (head, body) = asked(accept).await;
            assert_eq!(head.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(head.headers()[CONTENT_TYPE], kind);
            assert!(body.contains(said), "{body}");
            assert_eq!(head.headers()[CONNECTION], "close", "{accept}");
            assert!(head.headers().contains_key("retry-after"), "{accept}");
            assert_eq!(head.headers().contains_key("refresh"), kind.starts_with("text/html"));
        }
    }
}
