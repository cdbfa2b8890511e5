//! Rebuilding a read model: a second build is grown from position 0 beside the one that is read,
//! compared with it, and put in its place.
//!
//! Nobody needs to stop meanwhile. The one that is read goes on; its position and digest are
//! taken in one snapshot, and the new build is brought to exactly that position. A runner whose
//! build was swapped away notices at its next commit, by the missing checkpoint, and takes up the
//! new one. Of two rebuilds of one read model at once, the one that began later goes on.

use aisle_domain::stream::Position;
use aisle_infra::bus::Batch;
use aisle_infra::journal::{JournalError, JournalStore};
use async_trait::async_trait;
use tokio::time::Instant;

use crate::projection::{Digest, Projection, ProjectionError};
use crate::runner::{BATCH, Feed, Taken};
use crate::store::{Build, Line, Store, Table};

/// How often a build may find, at the moment of the swap, that what is read is a few facts ahead.
/// Each time it has only those few to go.
const SWAP_ATTEMPTS: u32 = 100;

/// A read model that can be rebuilt.
#[async_trait]
pub trait Rebuildable: Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// The position and the digest of what is read now, of one moment; none if nothing is.
    ///
    /// # Errors
    /// If the store fails.
    async fn shown(&self) -> Result<Option<(Position, Digest)>, ProjectionError>;

    /// A new, empty build that nobody reads, and its number.
    ///
    /// # Errors
    /// If the store fails.
    async fn beside(&self) -> Result<(i64, Box<dyn Projection>), ProjectionError>;

    /// Makes a build the one that is read, at once for all readers, and drops what was; unless
    /// what was goes further: readers would go back, and its runner would not know.
    ///
    /// # Errors
    /// If the store fails, or another rebuild has cleared the build away.
    async fn swap(&self, build: i64) -> Result<Swap, ProjectionError>;

    /// Drops a build that is not to be read.
    ///
    /// # Errors
    /// If the store fails.
    async fn discard(&self, build: i64) -> Result<(), ProjectionError>;
}

/// What came of an attempt to swap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// The new build is read.
    Done,
    /// What is read goes up to here, further than the new build. Nothing was changed.
    Behind(Position),
}

/// What to do with the new build once it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// Put it in place, whether it was equal or not.
    Swap,
    /// Drop it: only the comparison was wanted.
    Discard,
}

/// How far a rebuild is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RebuildProgress {
    /// Up to where it is built.
    pub position: Position,
    /// Up to where it has to go.
    pub target: Position,
    /// Facts per second so far.
    pub rate: f64,
}

/// What a rebuild came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuildReport {
    /// Which read model.
    pub name: &'static str,
    /// The digest of what was read; none if there was nothing.
    pub from_digest: Option<Digest>,
    /// The digest of what was built.
    pub to_digest: Digest,
    /// The position of both.
    pub position: Position,
    /// Whether they are the same.
    pub equal: bool,
    /// Whether what was built is read now.
    pub swapped: bool,
}

/// Why a rebuild failed. What was read before is read still.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The journal failed, or has a gap.
    #[error("the journal cannot be read")]
    Journal(#[source] JournalError),
    /// What is read went on faster than the new build could follow.
    #[error("the running projection could not be overtaken; try again when less happens")]
    OutOfBreath,
    /// The read model cannot be built.
    #[error(transparent)]
    Projection(#[from] ProjectionError),
}

/// Rebuilds a read model from position 0 and compares it with what is read, at the position of
/// that. What is to be swapped in then goes on to the end of the journal.
///
/// # Errors
/// If the journal or the store fails, or an entry makes no sense.
pub async fn rebuild(
    what: &dyn Rebuildable,
    journal: &dyn JournalStore,
    afterwards: Afterwards,
    mut report: impl FnMut(RebuildProgress) + Send,
) -> Result<RebuildReport, RebuildError> {
    let (build, projection) = what.beside().await?;
    let mut growing = Growing { feed: Feed::new(projection), began: Instant::now() };
    // Most of the way first, so that little is left to do for the snapshot's position. Not beyond
    // what is shown: a build cannot go back.
    let near = what.shown().await?.map_or(0, |(position, _)| position);
    growing.grow_to(near, journal, &mut report).await?;
    let shown = what.shown().await?;
    let position = shown.map_or(near, |(position, _)| position.max(near));
    growing.grow_to(position, journal, &mut report).await?;
    let from_digest = shown.map(|(_, digest)| digest);
    let to_digest = growing.feed.projection().digest().await?;
    let swapped = afterwards == Afterwards::Swap;
    match afterwards {
        Afterwards::Swap => growing.swap_in(what, build, journal, &mut report).await?,
        Afterwards::Discard => what.discard(build).await?,
    }
    let equal = from_digest == Some(to_digest);
    Ok(RebuildReport { name: what.name(), from_digest, to_digest, position, equal, swapped })
}

struct Growing {
    feed: Feed,
    began: Instant,
}

impl Growing {
    async fn grow_to(
        &mut self,
        target: Position,
        journal: &dyn JournalStore,
        report: &mut (impl FnMut(RebuildProgress) + Send),
    ) -> Result<(), RebuildError> {
        while self.feed.applied() < target {
            let left = usize::try_from(target - self.feed.applied()).unwrap_or(usize::MAX);
            let rows = journal.read(self.feed.applied(), left.min(BATCH)).await;
            let rows = rows.map_err(RebuildError::Journal)?;
            let begin = self.feed.applied();
            for batch in Batch::decode(rows) {
                if self.feed.take(&batch).await? == Taken::Hole {
                    break;
                }
            }
            if self.feed.applied() == begin {
                return Err(RebuildError::Journal(gap_after(begin)));
            }
            self.feed.commit().await?;
            report(self.progress(target));
        }
        Ok(())
    }

    /// Goes on to the end of the journal and is put in place, once what is read is not ahead.
    async fn swap_in(
        &mut self,
        what: &dyn Rebuildable,
        build: i64,
        journal: &dyn JournalStore,
        report: &mut (impl FnMut(RebuildProgress) + Send),
    ) -> Result<(), RebuildError> {
        for _ in 0..SWAP_ATTEMPTS {
            let head = journal.head().await.map_err(RebuildError::Journal)?;
            self.grow_to(head, journal, report).await?;
            match what.swap(build).await? {
                Swap::Done => return Ok(()),
                Swap::Behind(_) => {}
            }
        }
        what.discard(build).await?;
        Err(RebuildError::OutOfBreath)
    }

    fn progress(&self, target: Position) -> RebuildProgress {
        let position = self.feed.applied();
        let seconds = self.began.elapsed().as_secs_f64().max(1e-6);
        RebuildProgress { position, target, rate: position as f64 / seconds }
    }
}

fn gap_after(position: Position) -> JournalError {
    let place = format!("position {}", position + 1);
    JournalError::Corrupt { place, what: "there is no fact, though there are later ones".into() }
}

/// A read model in tables, to be rebuilt.
pub(crate) struct TablesRebuild<O> {
    store: Store,
    line: Line,
    tables: &'static [&'static Table],
    /// Makes the projection of a build.
    over: O,
}

impl<O> TablesRebuild<O> {
    pub(crate) fn new(
        store: &Store,
        line: Line,
        tables: &'static [&'static Table],
        over: O,
    ) -> Self {
        Self { store: store.clone(), line, tables, over }
    }
}

#[async_trait]
impl<O> Rebuildable for TablesRebuild<O>
where
    O: Fn(Build) -> Box<dyn Projection> + Send + Sync,
{
    fn name(&self) -> &'static str {
        self.line.name
    }

    async fn shown(&self) -> Result<Option<(Position, Digest)>, ProjectionError> {
        Build::shown(&self.store, self.line, self.tables).await
    }

    async fn beside(&self) -> Result<(i64, Box<dyn Projection>), ProjectionError> {
        let build = Build::beside(&self.store, self.line, self.tables).await?;
        Ok((build.number(), (self.over)(build)))
    }

    async fn swap(&self, build: i64) -> Result<Swap, ProjectionError> {
        Build::swap(&self.store, self.line, self.tables, build).await
    }

    async fn discard(&self, _build: i64) -> Result<(), ProjectionError> {
        Build::discard_others(&self.store, self.line, self.tables).await
    }
}
