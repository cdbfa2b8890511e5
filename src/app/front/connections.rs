//! Takes connections until told to stop, and answers each to its end.

use std::pin::pin;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::super::gate::{Gate, OfConnection};
use super::door::Door;
use super::wire::Wire;

/// Answers requests until told to stop; then those that are under way, and returns.
pub(in crate::app) async fn serve(mut door: Door, gate: Gate, stop: CancellationToken) {
    let connections = TaskTracker::new();
    while let Some((wire, address)) = stop.run_until_cancelled(door.accept()).await {
        let answering = gate.answering(&wire, address.ip());
        connections.spawn(answer(wire, answering, stop.clone()));
    }
    drop(door);
    connections.close();
    connections.wait().await;
}

async fn answer(wire: Wire, answering: OfConnection, stop: CancellationToken) {
    let connection = http1::Builder::new().serve_connection(TokioIo::new(wire), answering);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}
