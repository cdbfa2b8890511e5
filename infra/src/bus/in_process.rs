//! The bus of one process: one task reads the journal as it grows and hands on what it decodes.
//!
//! It remembers nothing and waits for nobody. Several processes each run their own; JetStream
//! spares them the reading where there are many.

use std::sync::Arc;
use std::time::Duration;

use aisle_domain::stream::Position;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use super::{Batch, Bus, SharedReads, Subscription};
use crate::journal::{JournalError, JournalStore};

/// The most rows read at once: some 200 kB, decoded in about two milliseconds.
const READ_ROWS: usize = 500;

/// How many batches a reader may lie behind before it loses some: about a second under load, as
/// long as the slowest commit of a read model. With [`READ_ROWS`] this bounds what the bus keeps
/// alive to some 128,000 facts, if a reader stands still while others go through a backlog.
const KEPT_BATCHES: usize = 256;

/// How long a hint of the journal is waited for before it is asked anyway: hints may get lost.
const ASK_ANYWAY: Duration = Duration::from_secs(1);

/// How long to wait after the journal failed.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// Live facts within one process.
pub struct InProcessBus {
    sender: broadcast::Sender<Batch>,
    shared: SharedReads,
}

impl InProcessBus {
    /// Starts the task that follows the journal from a position on, until the token is cancelled.
    #[must_use]
    pub fn start(
        journal: Arc<dyn JournalStore>,
        after: Position,
        stop: CancellationToken,
    ) -> Arc<Self> {
        let (sender, _) = broadcast::channel(KEPT_BATCHES);
        let shared = SharedReads::new(journal.clone());
        let follower = Follower { head: journal.watch_head(), journal, at: after, sender };
        let bus = Arc::new(Self { sender: follower.sender.clone(), shared });
        tokio::spawn(async move {
            stop.run_until_cancelled_owned(follower.follow()).await;
        });
        bus
    }
}

impl Bus for InProcessBus {
    fn subscribe(&self) -> Subscription {
        Subscription::new(self.sender.subscribe())
    }

    fn shared_reads(&self) -> Option<&SharedReads> {
        Some(&self.shared)
    }
}

struct Follower {
    journal: Arc<dyn JournalStore>,
    head: watch::Receiver<Position>,
    at: Position,
    sender: broadcast::Sender<Batch>,
}

impl Follower {
    async fn follow(mut self) {
        loop {
            match self.read_and_send().await {
                Ok(0) => self.wait_for_more().await,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, at = self.at, "the bus cannot read the journal");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    /// Returns how many rows there were.
    async fn read_and_send(&mut self) -> Result<usize, JournalError> {
        // Seen before reading: what is appended after the read is a change again.
        self.head.borrow_and_update();
        let rows = self.journal.read_known(self.at, READ_ROWS).await?;
        let count = rows.len();
        for batch in Batch::decode(rows) {
            self.at = batch.last().unwrap_or(self.at);
            // Fails if nobody listens; then nobody misses it.
            let _ = self.sender.send(batch);
        }
        Ok(count)
    }

    async fn wait_for_more(&mut self) {
        let hint = tokio::time::timeout(ASK_ANYWAY, self.head.changed()).await;
        // A journal that gives no more hints is asked at intervals.
        if matches!(hint, Ok(Err(_))) {
            tokio::time::sleep(ASK_ANYWAY).await;
        }
    }
}
