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
    said: Arc<Mutex<Said>>,
    errand: Mutex<Option<AbortOnDropHandle<()>>>,
}

#[derive(Debug, Default)]
struct Said {
    /// When something was announced last.
    last: Option<Instant>,
    /// Whether something was committed since that nobody has announced.
    owing: bool,
    /// Whether a task sees to it.
    seen_to: bool,
}

impl Herald {
    /// Whether a commit is to be announced in its own transaction. Who is told so does it.
    pub(super) fn speaks(&self) -> bool {
        let mut said = self.said.lock();
        let due = said.last.is_none_or(|last| last.elapsed() >= PAUSE);
        if due {
            // What was committed before comes before it in the journal.
            *said = Said { last: Some(Instant::now()), owing: false, ..*said };
        }
        due
    }

    /// A commit was not announced: sees to it that it will be.
    pub(super) fn owe(&self, writers: &PgPool) {
        let mut said = self.said.lock();
        said.owing = true;
        if !said.seen_to {
            said.seen_to = true;
            let errand = tokio::spawn(see_to_it(self.said.clone(), writers.clone()));
            *self.errand.lock() = Some(AbortOnDropHandle::new(errand));
        }
    }
}

/// Announces what is owed, once it has waited long enough for a commit that does.
async fn see_to_it(said: Arc<Mutex<Said>>, writers: PgPool) {
    while let Some(wait) = owed_in(&said) {
        if wait.is_zero() {
            announce(&writers).await;
        } else {
            tokio::time::sleep(wait).await;
        }
    }
}

/// How long what is owed can wait. Where it cannot, the debt is taken to be paid; where there is
/// none, the task has ended.
fn owed_in(said: &Mutex<Said>) -> Option<Duration> {
    let mut said = said.lock();
    if !said.owing {
        said.seen_to = false;
        return None;
    }
    let wait = said.last.map_or(PATIENCE, |last| PATIENCE.saturating_sub(last.elapsed()));
    if wait.is_zero() {
        *said = Said { last: Some(Instant::now()), owing: false, ..*said };
    }
    Some(wait)
}

/// Announces the head as it is now.
async fn announce(writers: &PgPool) {
    let notify = "select pg_notify('aisle_journal', position::text) from journal_head";
    if let Err(error) = sqlx::query(notify).execute(writers).await {
        tracing::debug!(%error, "the head was not announced");
    }
}
