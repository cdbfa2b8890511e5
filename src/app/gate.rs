//! The gate: connections are taken from the first moment on, and answered as far as can be.
//!
//! Until the application is open, only `/healthz` says yes. Which router answers is chosen once per
//! connection, so that an open gate costs nothing.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aisle_infra::http::peer::{Peer, Proxy};
use aisle_infra::http::problem::Problem;
use aisle_infra::http::{Limits, harden_for_people};
use aisle_query_api::for_people;
use axum::Router;
use axum::body::Body;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::Service;

use super::forward::is_command;
use super::front::{Answer, Answering, Before, Wire};
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
    before: Before,
}

/// What answers on one connection, and who is at its other end.
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

    /// From now on this router answers, and before it what answers before it. Once only.
    pub(super) fn open(&self, router: Router, before: Before, metrics: &Metrics) {
        let router = metrics.shown_by(router);
        let router = metrics.counting(harden_for_people(router, Limits::default(), for_people));
        // Only `App::start` opens it.
        let _ = self.open.set(Open { router, before });
    }

    /// What answers new connections before the router.
    pub(super) fn before(&self) -> Before {
        self.open.get().map(|open| open.before.clone()).unwrap_or_default()
    }

    /// What answers on a new connection from this address.
    pub(super) fn answering(&self, wire: &Wire, address: IpAddr) -> OfConnection {
        let router = self.open.get().map_or(&self.closed, |open| &open.router);
        let answering = Answering::new(router.clone(), wire.over());
        OfConnection { answering, address, proxy: self.proxy }
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

impl Service<hyper::Request<Incoming>> for OfConnection {
    type Response = Response;
    type Error = Infallible;
    type Future = Answer;

    fn call(&self, request: hyper::Request<Incoming>) -> Answer {
        let mut request = request.map(Body::new);
        // Limits ask who it is only where somebody signs in: queries go without.
        if is_command(&request) {
            let peer = Peer::of(self.address, request.headers(), self.proxy);
            request.extensions_mut().insert(peer);
        }
        self.answering.answer(request)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use axum::http::header::{ACCEPT, CONTENT_TYPE};
    use tower::ServiceExt as _;

    use super::*;

    async fn asked(accept: &str) -> (Response<()>, String) {
        let gate = Gate::closed(Proxy::Absent);
        let request =
            hyper::Request::get("/events/1").header(ACCEPT, accept).body(Body::empty()).unwrap();
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
