//! Group commit: one task per process that appends whatever arrived while the previous commit
//! was in flight, so that thousands of commands share one commit and none waits when it is idle.
//!
//! It decides nothing and retries nothing: each unit of work is answered by itself, and after a
//! failure whose outcome is unknown only its sender can tell, by its idempotency key.
//!
//! **Chains.** Who decides on a state that an earlier unit has yet to bring about says so with
//! [`Committer::submit_after`]: if that unit does not get into the journal, neither does this one,
//! even if somebody else's fact has meanwhile taken the sequence that it expects.

mod metrics;
mod outcome;
mod task;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use aisle_domain::stream::StreamId;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

pub use self::metrics::CommitMetrics;
use self::metrics::Meters;
use self::outcome::Promise;
pub use self::outcome::{Link, Submitted};
use self::task::{Message, Queued, Task, Waiter};
use super::{Appended, JournalError, JournalStore, Rejection, UnitOfWork};

/// The sizes of the group committer.
#[derive(Debug, Clone, Copy)]
pub struct CommitterConfig {
    /// How many units may wait. At 20,000 units a second, the default is 0.4 s: what waits longer
    /// is better told to come back.
    pub queue: usize,
    /// How many units are appended at once. Larger batches were not faster.
    pub max_batch: usize,
}

impl Default for CommitterConfig {
    fn default() -> Self {
        Self { queue: 8192, max_batch: 512 }
    }
}

/// Why a unit of work was not appended, or is not known to be.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppendError {
    /// It was judged, and left no trace.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// It was not judged, or nobody knows.
    #[error(transparent)]
    Failed(#[from] JournalError),
}

/// What `submit` refuses with once the committer has stopped.
#[derive(Debug, thiserror::Error)]
#[error("the group committer has stopped")]
struct Stopped;

/// A handle on the group committer. The task ends when all of them are gone and the queue is empty.
#[derive(Clone)]
pub struct Committer {
    journal: Arc<dyn JournalStore>,
    queue: mpsc::Sender<Message>,
    meters: Arc<Meters>,
    ended: CancellationToken,
}

impl Committer {
    /// Starts the task.
    #[must_use]
    pub fn start(journal: Arc<dyn JournalStore>, config: CommitterConfig) -> Self {
        let (queue, arriving) = mpsc::channel(config.queue.max(1));
        let meters = Arc::new(Meters::default());
        let ended = CancellationToken::new();
        let task = Task {
            journal: Arc::clone(&journal),
            arriving,
            max_batch: config.max_batch.max(1),
            meters: Arc::clone(&meters),
        };
        // The guard cancels even if the task panics: who waits for the end must not wait for ever.
        let guard = ended.clone().drop_guard();
        tokio::spawn(async move {
            let _guard = guard;
            task.run().await;
        });
        Self { journal, queue, meters, ended }
    }

    /// The journal that it appends to.
    #[must_use]
    pub fn journal(&self) -> &Arc<dyn JournalStore> {
        &self.journal
    }

    /// Appends one unit of work and waits for its answer.
    ///
    /// # Errors
    /// If it was rejected, the queue is full or the store failed.
    pub async fn append(&self, unit: UnitOfWork) -> Result<Appended, AppendError> {
        self.submit(unit)?.await
    }

    /// Queues one unit of work at once: units are appended in the order of their submission. The
    /// answer comes from what is returned; not waiting for it takes nothing back.
    ///
    /// # Errors
    /// If the queue is full or the committer has stopped. The unit is then certainly not appended.
    pub fn submit(&self, unit: UnitOfWork) -> Result<Submitted, JournalError> {
        self.submit_after(unit, Vec::new())
    }

    /// Queues a unit of work that was decided on what earlier units are to bring about.
    ///
    /// # Errors
    /// As [`Committer::submit`].
    pub fn submit_after(
        &self,
        unit: UnitOfWork,
        after: Vec<After>,
    ) -> Result<Submitted, JournalError> {
        Ok(self.reserve()?.submit_after(unit, after))
    }

    /// A place in the queue, for a unit of work that is still to be made: who has one cannot be
    /// turned away any more.
    ///
    /// # Errors
    /// If the queue is full or the committer has stopped.
    pub fn reserve(&self) -> Result<Place<'_>, JournalError> {
        self.queue.try_reserve().map(Place).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(()) => {
                self.meters.overloaded();
                JournalError::Overloaded
            }
            mpsc::error::TrySendError::Closed(()) => JournalError::unavailable(Stopped),
        })
    }

    /// Returns when everything that was submitted before has been answered.
    pub async fn barrier(&self) {
        let (pass, passed) = oneshot::channel();
        // A committer that has stopped has answered everything, or dropped it, which is an answer.
        if self.queue.send(Message::Barrier(pass)).await.is_ok() {
            let _ = passed.await;
        }
    }

    /// Appends what is queued, refuses what comes after (from other handles), and ends.
    pub async fn shutdown(self) {
        let _ = self.queue.send(Message::Stop).await;
        self.ended.cancelled().await;
    }

    /// Cancelled once its task has ended: shut down, or broken off by a panic. Nothing is appended any
    /// more then.
    #[must_use]
    pub fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// What it has done so far.
    #[must_use]
    pub fn metrics(&self) -> CommitMetrics {
        self.meters.read(self.queue.max_capacity() - self.queue.capacity())
    }
}

impl fmt::Debug for Committer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Committer").field("metrics", &self.metrics()).finish_non_exhaustive()
    }
}

/// A place in the queue of a [`Committer`].
pub struct Place<'a>(mpsc::Permit<'a, Message>);

impl Place<'_> {
    /// Queues a unit of work here; see [`Committer::submit_after`].
    #[must_use]
    pub fn submit_after(self, unit: UnitOfWork, after: Vec<After>) -> Submitted {
        let (promise, submitted) = Promise::new();
        let waiter = Waiter { after, promise, since: Instant::now() };
        self.0.send(Message::Unit(Box::new(Queued { unit, waiter })));
        submitted
    }
}

/// Says that a unit expects of a stream what another one is to bring about.
#[derive(Debug, Clone)]
pub struct After {
    /// The other unit, submitted earlier.
    pub link: Link,
    /// The stream: the one to be found in conflict if the other unit fails.
    pub stream: StreamId,
}
