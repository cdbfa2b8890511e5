//! The life of a running projection: catch up, follow the bus, fall back to the journal, retry.

use std::sync::Arc;
use std::time::Duration;

use aisle_domain::stream::Position;
use aisle_infra::bus::{Batch, Bus, Subscription};
use aisle_infra::journal::{JournalError, JournalStore};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{BATCH, Feed, Progress, RunState, Taken};
use crate::projection::{Cadence, ProjectionError, Visibility};

/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause: an operator who mends the store should not have to wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long after a commit the next one comes at the earliest if somebody waits for what it will
/// show: they ask again and again, and must not turn every fact into a commit of its own.
const WAITED_FOR: Duration = Duration::from_millis(25);

/// What interrupts a projection.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("the journal cannot be read")]
    Journal(#[source] JournalError),
    #[error("the journal has a gap after position {0}")]
    Gap(Position),
    #[error("the bus has ended")]
    BusEnded,
    #[error(transparent)]
    Projection(#[from] ProjectionError),
}

/// What to begin with, at first and after trouble.
#[derive(Debug, Clone, Copy)]
enum Begin {
    /// At the projection's checkpoint.
    Open,
    /// At what somebody else put into the store.
    Reload,
    /// Where it stands.
    GoOn,
}

pub(super) struct Drive {
    begin: Begin,
    feed: Feed,
    journal: Arc<dyn JournalStore>,
    bus: Arc<dyn Bus>,
    progress: watch::Sender<Progress>,
    /// The furthest position that somebody has waited for.
    wanted: watch::Receiver<Position>,
    stop: CancellationToken,
    /// When what was applied must be committed at the latest.
    due: Option<Instant>,
    committed_at: Option<Instant>,
    pause: Duration,
}

impl Drive {
    pub(super) fn new(
        feed: Feed,
        journal: Arc<dyn JournalStore>,
        bus: Arc<dyn Bus>,
        progress: watch::Sender<Progress>,
        wanted: watch::Receiver<Position>,
        stop: CancellationToken,
    ) -> Self {
        let begin = Begin::Open;
        let (due, committed_at, pause) = (None, None, FIRST_PAUSE);
        Self { begin, feed, journal, bus, progress, wanted, stop, due, committed_at, pause }
    }

    pub(super) async fn run(mut self) {
        while !self.stop.is_cancelled() {
            if let Err(trouble) = self.begin_and_follow().await
                && !self.recover(trouble).await
            {
                return;
            }
        }
        self.finish().await;
    }

    async fn begin_and_follow(&mut self) -> Result<(), Trouble> {
        match self.begin {
            // Both may have much to read.
            Begin::Open => match self.stop.run_until_cancelled(self.feed.open()).await {
                Some(opened) => opened?,
                None => return Ok(()),
            },
            Begin::Reload => match self.stop.run_until_cancelled(self.feed.reload()).await {
                Some(reloaded) => reloaded?,
                None => return Ok(()),
            },
            Begin::GoOn => {}
        }
        self.begin = Begin::GoOn;
        self.follow().await
    }

    /// Catches up and follows the bus until told to stop.
    async fn follow(&mut self) -> Result<(), Trouble> {
        // Subscribed first: what is appended while catching up waits in the subscription.
        let mut live = self.bus.subscribe();
        self.catch_up().await?;
        while !self.stop.is_cancelled() {
            let due = self.due;
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = until(due) => self.commit().await?,
                Ok(()) = self.wanted.changed() => self.commit_if_due().await?,
                batch = live.next() => {
                    let batch = batch.ok_or(Trouble::BusEnded)?;
                    if self.take_all(batch, &mut live).await? == Taken::Hole {
                        tracing::debug!(
                            projection = self.name(), applied = self.feed.applied(),
                            "missed something on the bus; reading the journal",
                        );
                        self.catch_up().await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Reads the journal to its end, or to where it grows while it is read: what comes after waits
    /// in the subscription, and if it does not, that is a hole like any other.
    async fn catch_up(&mut self) -> Result<(), Trouble> {
        self.say(RunState::CatchingUp);
        self.commit_if_due().await?;
        while !self.stop.is_cancelled() {
            let (batches, was_last) = self.read().await.map_err(Trouble::Journal)?;
            for batch in batches {
                if self.feed.take(&batch).await? == Taken::Hole {
                    return Err(Trouble::Gap(self.feed.applied()));
                }
            }
            if was_last {
                return self.went_well(RunState::Live).await;
            }
            self.went_well(RunState::CatchingUp).await?;
        }
        Ok(())
    }

    /// What follows in the journal, and whether that is all: read together with others, or, near
    /// the end, by itself.
    async fn read(&self) -> Result<(Vec<Batch>, bool), JournalError> {
        let after = self.feed.applied();
        if let Some(shared) = self.bus.shared_reads()
            && let Some(batches) = shared.after(after).await?
        {
            return Ok((batches, false));
        }
        let rows = self.journal.read(after, BATCH).await?;
        let was_last = rows.len() < BATCH;
        Ok((Batch::decode(rows), was_last))
    }

    /// Applies a batch and what has gathered behind it, and commits once.
    async fn take_all(&mut self, first: Batch, live: &mut Subscription) -> Result<Taken, Trouble> {
        let mut next = Some(first);
        let begin = self.feed.applied();
        while let Some(batch) = next {
            if self.feed.take(&batch).await? == Taken::Hole {
                return Ok(Taken::Hole);
            }
            let gathered = self.feed.applied() - begin;
            next = if gathered < BATCH as u64 { live.try_next() } else { None };
        }
        self.went_well(RunState::Live).await?;
        Ok(Taken::All)
    }

    async fn went_well(&mut self, state: RunState) -> Result<(), Trouble> {
        self.commit_if_due().await?;
        self.pause = FIRST_PAUSE;
        self.say(state);
        Ok(())
    }

    async fn commit_if_due(&mut self) -> Result<(), Trouble> {
        if !self.feed.is_unseen() {
            return Ok(());
        }
        match self.feed.projection().cadence() {
            Cadence::Spaced(time) => {
                let is_wanted = *self.wanted.borrow() > self.feed.shown();
                let time = if is_wanted { time.min(WAITED_FOR) } else { time };
                let now = Instant::now();
                match self.committed_at.map(|last| last + time).filter(|due| *due > now) {
                    Some(due) => self.due = Some(due),
                    None => self.commit().await?,
                }
                Ok(())
            }
            Cadence::Within(time) => {
                let due = *self.due.get_or_insert_with(|| Instant::now() + time);
                if Instant::now() >= due { self.commit().await } else { Ok(()) }
            }
        }
    }

    async fn commit(&mut self) -> Result<(), Trouble> {
        self.due = None;
        match (self.feed.show().await, self.feed.projection().visibility()) {
            (Err(ProjectionError::Store(error)), Visibility::OnApply) => {
                tracing::warn!(
                    projection = self.name(),
                    error = chain(&*error),
                    "the store fails; what is in memory goes on",
                );
                self.due = Some(Instant::now() + LONGEST_PAUSE);
                Ok(())
            }
            (result, _) => {
                result?;
                self.committed_at = Some(Instant::now());
                self.publish();
                Ok(())
            }
        }
    }

    /// Does what helps against trouble. Returns whether it is worth going on.
    async fn recover(&mut self, trouble: Trouble) -> bool {
        match trouble {
            Trouble::Projection(ProjectionError::Poison { position, reason }) => {
                self.fail(position, reason).await;
                return false;
            }
            Trouble::Gap(position) => {
                self.fail(position + 1, trouble.to_string()).await;
                return false;
            }
            Trouble::Projection(ProjectionError::Superseded { .. }) => {
                (self.begin, self.due) = (Begin::Reload, None);
                self.pause(chain(&trouble)).await;
            }
            Trouble::Projection(ProjectionError::Store(_))
            | Trouble::Journal(_)
            | Trouble::BusEnded => self.pause(chain(&trouble)).await,
        }
        true
    }

    async fn pause(&mut self, reason: String) {
        tracing::warn!(projection = self.name(), reason, pause = ?self.pause, "will try again");
        self.say(RunState::Retrying { reason });
        self.stop.run_until_cancelled(tokio::time::sleep(self.pause)).await;
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
    }

    /// Keeps what came before the entry that cannot be applied.
    async fn fail(&mut self, position: Position, reason: String) {
        let committed = self.feed.commit().await;
        tracing::error!(
            projection = self.name(),
            position,
            reason,
            kept = committed.is_ok(),
            "the projection stops: it cannot apply an entry",
        );
        self.say(RunState::Failed { position, reason });
    }

    async fn finish(mut self) {
        if let Err(error) = self.feed.commit().await {
            let error = chain(&error);
            tracing::warn!(projection = self.name(), error, "the last commit failed");
        }
        self.say(RunState::Stopped);
    }

    fn say(&self, state: RunState) {
        let (applied, head) = self.reach();
        self.progress.send_replace(Progress { applied, head, state });
    }

    fn publish(&self) {
        let (applied, head) = self.reach();
        self.progress.send_modify(|now| (now.applied, now.head) = (applied, head));
    }

    /// Up to where reads see, and the end of the journal as far as is known.
    fn reach(&self) -> (Position, Position) {
        let applied = match self.feed.projection().visibility() {
            Visibility::OnCommit => self.feed.shown(),
            // What is taken up from the store may be older than what reads have seen, and see still.
            Visibility::OnApply => self.feed.applied().max(self.progress.borrow().applied),
        };
        (applied, applied.max(*self.journal.watch_head().borrow()))
    }

    fn name(&self) -> &'static str {
        self.feed.projection().name()
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// An error with its causes, for one line of a log.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
