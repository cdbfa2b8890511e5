//! The relay: publishes the journal to NATS JetStream, in order, each fact once.
//!
//! The journal is the outbox: what is appended is published, and nothing else is. One relay per
//! cell is active, the others stand by. Commands never wait for it. It does not read what it
//! publishes: rows of any meaning go out as they are.

mod cell;
pub mod cloud_event;
mod leadership;
mod nats;
mod publish;
mod report;
mod run;
mod settings;
pub(crate) mod stream;
mod trouble;

use std::sync::Arc;

use aisle_domain::stream::Position;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

pub use self::cell::{Cell, InvalidCell};
pub use self::nats::{InvalidServers, NatsError, NatsServers};
pub use self::report::{RelayState, RelayStatus};
pub use self::settings::{RelayConfig, StreamSettings};
use self::trouble::Trouble;
use crate::journal::JournalStore;

/// A running relay. Dropping it stops it at once, which loses nothing.
#[derive(Debug)]
pub struct Relay {
    status: watch::Receiver<RelayStatus>,
    head: watch::Receiver<Position>,
    task: AbortOnDropHandle<()>,
}

impl Relay {
    /// Starts a relay, which stands by until no other is active for its cell. It waits for
    /// PostgreSQL and NATS for as long as they are away.
    #[must_use]
    pub fn start(
        config: RelayConfig,
        journal: Arc<dyn JournalStore>,
        nats: async_nats::Client,
        stop: CancellationToken,
    ) -> Self {
        let head = journal.watch_head();
        let (status, run) = Self::unstarted(config, journal, nats);
        let task = tokio::spawn(async move {
            stop.run_until_cancelled_owned(run).await;
        });
        Self { status, head, task: AbortOnDropHandle::new(task) }
    }

    /// A relay as a future that never ends by itself. Whoever drops it, wherever it has got to,
    /// does what killing its process would do.
    pub fn unstarted(
        config: RelayConfig,
        journal: Arc<dyn JournalStore>,
        nats: async_nats::Client,
    ) -> (watch::Receiver<RelayStatus>, impl Future<Output = ()> + Send + 'static) {
        let (status, receiver) = watch::channel(RelayStatus::default());
        (receiver, run::run(config, journal, nats, status))
    }

    /// How far it is, now and from now on.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<RelayStatus> {
        self.status.clone()
    }

    /// How many facts are in the journal and not yet in the stream, as far as this process knows.
    #[must_use]
    pub fn lag(&self) -> u64 {
        self.head.borrow().saturating_sub(self.status.borrow().published)
    }

    /// Waits until it has ended, after it was told to stop.
    pub async fn ended(self) {
        // Only a panic ends it otherwise, and that was logged.
        let _ = self.task.await;
    }
}
