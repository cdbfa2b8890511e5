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
use aisle_infra::http::{Limits, harden};
use axum::Router;
use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::future::RouteFuture;
use axum::serve::IncomingStream;
use tokio::net::TcpListener;
use tower::Service;
use tower_http::compression::CompressionLayer;

use super::health;

/// When to come again.
const SOON: Duration = Duration::from_secs(1);

/// Answers before and after the application is open. Clones are the same gate.
#[derive(Clone)]
pub(super) struct Gate {
    closed: Router,
    open: Arc<OnceLock<Router>>,
    proxy: Proxy,
}

/// What answers on one connection, and who is at its other end.
#[derive(Clone)]
pub(super) struct OfConnection {
    router: Router,
    address: IpAddr,
    proxy: Proxy,
}

impl Gate {
    pub(super) fn closed(proxy: Proxy) -> Self {
        let router = health::alive().fallback(starting);
        Self { closed: harden(router, Limits::default()), open: Arc::default(), proxy }
    }

    /// From now on this router answers. Once only.
    pub(super) fn open(&self, router: Router) {
        let router = router.layer(CompressionLayer::new());
        // Only `App::start` opens it.
        let _ = self.open.set(harden(router, Limits::default()));
    }
}

/// Closes the connection: the next one may find the gate open.
async fn starting() -> Response {
    let problem =
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "starting", "This process is starting")
            .retry_after(SOON);
    ([(CONNECTION, HeaderValue::from_static("close"))], problem).into_response()
}

impl Service<IncomingStream<'_, TcpListener>> for Gate {
    type Response = OfConnection;
    type Error = Infallible;
    type Future = Ready<Result<OfConnection, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, stream: IncomingStream<'_, TcpListener>) -> Self::Future {
        let router = self.open.get().unwrap_or(&self.closed).clone();
        let (address, proxy) = (stream.remote_addr().ip(), self.proxy);
        ready(Ok(OfConnection { router, address, proxy }))
    }
}

impl Service<Request> for OfConnection {
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<Request>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        // Limits ask who it is only where somebody signs in: queries go without.
        if !request.method().is_safe() {
            let peer = Peer::of(self.address, request.headers(), self.proxy);
            request.extensions_mut().insert(peer);
        }
        self.router.call(request)
    }
}
