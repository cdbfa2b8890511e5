//! One build on its way: fed to a position, by itself, batch after batch.

use aisle_domain::stream::Position;
use aisle_infra::bus::Batch;
use aisle_infra::journal::JournalStore;
use tokio::time::Instant;

use super::{RebuildError, RebuildProgress, Rebuildable, gap_after};
use crate::runner::{BATCH, Feed, Taken};

/// How many facts are folded between two commits. Each commit writes every row that changed, so
/// the fewer the better; and what was not committed is in memory.
const BETWEEN_COMMITS: Position = 50_000;

/// A build that nobody reads yet.
pub(super) struct Growing {
    pub(super) build: i64,
    pub(super) feed: Feed,
    /// Up to where it goes together with others: at first not beyond what is shown, for a build
    /// cannot go back.
    pub(super) target: Position,
    committed: Position,
    began: Instant,
}

impl Growing {
    /// Begins a build at position 0.
    pub(super) async fn begin(what: &dyn Rebuildable) -> Result<Self, RebuildError> {
        let (build, projection) = what.beside().await?;
        let target = what.reached().await?.unwrap_or(0);
        let feed = Feed::new(projection);
        Ok(Self { build, feed, target, committed: 0, began: Instant::now() })
    }

    /// The same with another target, if it is further.
    pub(super) fn towards(self, target: Position) -> Self {
        Self { target: target.max(self.feed.applied()), ..self }
    }

    /// Takes what is new in these batches and not beyond a position.
    pub(super) async fn take(
        &mut self,
        batches: &[Batch],
        last: Position,
    ) -> Result<(), RebuildError> {
        for batch in batches {
            if self.feed.take_to(batch, last).await? == Taken::Hole {
                return Err(RebuildError::Journal(gap_after(self.feed.applied())));
            }
        }
        let applied = self.feed.applied();
        if applied >= last || applied - self.committed >= BETWEEN_COMMITS {
            self.feed.commit().await?;
            self.committed = applied;
        }
        Ok(())
    }

    /// Reads the journal by itself up to a position.
    pub(super) async fn grow_to(
        &mut self,
        target: Position,
        journal: &dyn JournalStore,
        report: &mut (impl FnMut(RebuildProgress) + Send),
    ) -> Result<(), RebuildError> {
        while self.feed.applied() < target {
            let begin = self.feed.applied();
            let left = usize::try_from(target - begin).unwrap_or(usize::MAX);
            let rows = journal.read(begin, left.min(BATCH)).await.map_err(RebuildError::Journal)?;
            self.take(&Batch::decode(rows), target).await?;
            if self.feed.applied() == begin {
                return Err(RebuildError::Journal(gap_after(begin)));
            }
            report(progress((0, self.feed.applied()), target, self.began));
        }
        Ok(())
    }
}

/// How far it is from one position to another, since a moment.
pub(super) fn progress(
    (from, position): (Position, Position),
    target: Position,
    began: Instant,
) -> RebuildProgress {
    let seconds = began.elapsed().as_secs_f64().max(1e-6);
    RebuildProgress { position, target, rate: position.saturating_sub(from) as f64 / seconds }
}
