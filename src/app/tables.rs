//! Follows how far the tables go that another process keeps, so that readers here know how fresh
//! they are.
//!
//! It reads no table itself. A table that falls behind for long makes this process not ready.

use std::sync::Arc;
use std::time::Duration;

use aisle_domain::stream::Position;
use aisle_infra::journal::JournalStore;
use aisle_projections::runner::{Progress, RunState, RunnerHandle};
use aisle_projections::views::{Views, ViewsError};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How soon to look again while something is missing: what a reader of its own writes waits for.
const SOON: Duration = Duration::from_millis(15);

/// How soon at most, if nothing moves: nobody keeps the tables.
const LATE: Duration = Duration::from_secs(1);

/// How long a table may stay behind without moving. It takes a few seconds for another process to
/// take over from one that was killed.
const LIMIT: Duration = Duration::from_secs(30);

/// A table that somebody else keeps.
struct Table {
    name: &'static str,
    progress: watch::Sender<Progress>,
    moved: Instant,
}

/// Follows the tables until told to stop. One handle for each, as if it had a runner here.
pub(super) async fn follow(
    views: Views,
    journal: Arc<dyn JournalStore>,
    stop: CancellationToken,
) -> Result<Vec<RunnerHandle>, ViewsError> {
    let (mut tables, mut handles) = (Vec::new(), Vec::new());
    for (name, applied) in views.applied().await? {
        let state = RunState::CatchingUp;
        let (sender, progress) = watch::channel(Progress { applied, head: applied, state });
        tables.push(Table { name, progress: sender, moved: Instant::now() });
        // Who keeps them cannot be hurried from here.
        let wanted = watch::Sender::new(0);
        handles.push(RunnerHandle { name, progress, wanted, join: tokio::spawn(async {}) });
    }
    let work = watch_over(tables, views, journal);
    tokio::spawn(async move {
        stop.run_until_cancelled_owned(work).await;
    });
    Ok(handles)
}

async fn watch_over(mut tables: Vec<Table>, views: Views, journal: Arc<dyn JournalStore>) {
    let mut hints = journal.watch_head();
    let mut pause = SOON;
    loop {
        let head = *hints.borrow_and_update();
        let (missing, moved) = look(&mut tables, &views, head).await;
        pause = if moved { SOON } else { (pause * 2).min(LATE) };
        let wait = if missing { pause } else { LATE };
        // A hint says that something new is to come: look soon.
        if let Ok(Ok(())) = tokio::time::timeout(wait, hints.changed()).await {
            pause = SOON;
            tokio::time::sleep(SOON).await;
        }
    }
}

/// Returns whether something is missing, and whether something moved.
async fn look(tables: &mut [Table], views: &Views, head: Position) -> (bool, bool) {
    let applied = match views.applied().await {
        Ok(applied) => applied,
        Err(error) => {
            let reason = error.to_string();
            tables.iter().for_each(|table| table.fails(&reason));
            return (true, false);
        }
    };
    let (mut missing, mut moved) = (false, false);
    for (table, (_, applied)) in tables.iter_mut().zip(applied) {
        moved |= table.is_at(applied, head);
        missing |= applied < head;
    }
    (missing, moved)
}

impl Table {
    /// Takes up how far it is; returns whether it moved.
    fn is_at(&mut self, applied: Position, head: Position) -> bool {
        let (before, was) = {
            let progress = self.progress.borrow();
            (progress.applied, progress.state.clone())
        };
        let moved = applied != before;
        if moved || applied >= head {
            self.moved = Instant::now();
        }
        let state = match was {
            _ if applied >= head => RunState::Live,
            // Once it was, it is until it stays behind.
            RunState::Live if self.moved.elapsed() < LIMIT => RunState::Live,
            RunState::Live => {
                tracing::warn!(table = self.name, applied, head, "nobody brings it up to date");
                RunState::Retrying { reason: "nobody brings it up to date".to_owned() }
            }
            other => other,
        };
        let head = head.max(applied);
        self.progress.send_replace(Progress { applied, head, state });
        moved
    }

    fn fails(&self, reason: &str) {
        self.progress.send_if_modified(|progress| {
            let state = RunState::Retrying { reason: reason.to_owned() };
            let changed = progress.state != state;
            if changed {
                tracing::warn!(table = self.name, reason, "it is not known how far it is");
            }
            progress.state = state;
            changed
        });
    }
}
