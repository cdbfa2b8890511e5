//! Takes connections, and gives each what answers before the HTTP library.

use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::TcpListener;

use super::super::gate::Gate;
use super::wire::Wire;

/// How long a client may take nothing of what is to be sent: it went away without a word, or its
/// reader hangs. It may come back, and go on with its feed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A listener whose connections are [`Wire`]s.
pub(in crate::app) struct Door {
    listener: TcpListener,
    gate: Gate,
    patience: Duration,
}

impl Door {
    pub(in crate::app) fn new(listener: TcpListener, gate: Gate) -> Self {
        Self::with_patience(listener, gate, PATIENCE)
    }

    pub(super) fn with_patience(listener: TcpListener, gate: Gate, patience: Duration) -> Self {
        Self { listener, gate, patience }
    }

    /// The next connection, and who is at its other end. If there is no room for one, it waits.
    pub(super) async fn accept(&mut self) -> (Wire, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // A message of a feed must not wait until the one before it is acknowledged.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection may be slow");
        }
        (Wire::new(stream, self.gate.before(), self.patience), address)
    }
}
