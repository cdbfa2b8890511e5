//! The bus between processes: reads a cell's JetStream stream, which a relay feeds.

use std::sync::Arc;

use aisle_domain::stream::Position;
use async_nats::Client;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::{Batch, Bus, Subscription};
use crate::journal::JournalStore;
use crate::relay::Cell;

/// How many batches a reader may lie behind before it loses some.
const KEPT_BATCHES: usize = 64;

/// Live facts from another process.
pub struct JetStreamBus {
    sender: broadcast::Sender<Batch>,
}

impl JetStreamBus {
    /// Starts the task that follows a cell's stream from a position on, until the token is
    /// cancelled. It waits for a stream that is not there yet. Where the stream lags behind the
    /// journal, because NATS or the relay is away, the journal is read instead.
    #[must_use]
    pub fn start(
        nats: Client,
        cell: Cell,
        journal: Arc<dyn JournalStore>,
        after: Position,
        stop: CancellationToken,
    ) -> Arc<Self> {
        let (sender, _) = broadcast::channel(KEPT_BATCHES);
        let bus = Arc::new(Self { sender: sender.clone() });
        tokio::spawn(async move {
            let _kept = (nats, cell, journal, after, sender);
            stop.cancelled().await;
        });
        bus
    }
}

impl Bus for JetStreamBus {
    fn subscribe(&self) -> Subscription {
        Subscription::new(self.sender.subscribe())
    }
}
