//! Says to other processes that the journal has grown, but not with every commit: whoever listens is
//! woken by each notification, here and there, and that costs as much as appending a few facts.
//!
//! The first commit after a pause is announced in its own transaction, so that nobody waits when
//! there is little to do. Those that follow closely are announced together, a little later. It need
//! not be reliable: whoever listens also asks from time to time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sqlx::PgPool;
use tokio_util::task::AbortOnDropHandle;

/// The time between announcements. A reader in another process shows a change that much later,
/// while there are hundreds of them a second.
const PAUSE: Duration = Duration::from_millis(10);

/// How long a commit that was not announced waits for another one that will be, for nothing. Under
/// load there always is one.
const PATIENCE: Duration = Duration::from_millis(20);

/// What all who append through one journal have announced.
#[derive(Debug, Default)]
pub(super) struct Herald {
    last: Arc<Mutex<Option<Instant>>>,
    owed: Mutex<Option<AbortOnDropHandle<()>>>,
}

impl Herald {
    /// Whether a commit is to be announced in its own transaction. Who is told so does it.
    pub(super) fn speaks(&self) -> bool {
        let mut last = self.last.lock();
        let due = last.is_none_or(|last| last.elapsed() >= PAUSE);
        if due {
            *last = Some(Instant::now());
        }
        due
    }

    /// A commit was not announced: sees to it that it will be.
    pub(super) fn owe(&self, writers: &PgPool) {
        let mut owed = self.owed.lock();
        if owed.as_ref().is_some_and(|owed| !owed.is_finished()) {
            return;
        }
        let (last, writers) = (self.last.clone(), writers.clone());
        let before = *last.lock();
        *owed = Some(AbortOnDropHandle::new(tokio::spawn(async move {
            let wait = before.map_or(PATIENCE, |at| PATIENCE.saturating_sub(at.elapsed()));
            tokio::time::sleep(wait).await;
            let overtaken = *last.lock() != before;
            if !overtaken {
                announce(&writers).await;
            }
        })));
    }
}

/// Announces the head as it is now.
async fn announce(writers: &PgPool) {
    let notify = "select pg_notify('aisle_journal', position::text) from journal_head";
    if let Err(error) = sqlx::query(notify).execute(writers).await {
        tracing::debug!(%error, "the head was not announced");
    }
}
