//! Rebuilding a read model: a second build is grown from position 0 beside the one that is read,
//! compared with it, and put in its place.
//!
//! Nobody needs to stop meanwhile. The one that is read goes on; its position and digest are
//! taken in one snapshot, and the new build is brought to exactly that position. A runner whose
//! build was swapped away notices at its next commit, by the missing checkpoint, and takes up the
//! new one. Of two rebuilds of one read model at once, the one that began later goes on.
//!
//! Several read models are rebuilt from one reading of the journal.

mod growing;
mod tables;
mod together;

use aisle_domain::stream::Position;
use aisle_infra::journal::{JournalError, JournalStore};
use async_trait::async_trait;
use futures::future::{join, join_all};

use self::growing::Growing;
pub(crate) use self::tables::TablesRebuild;
use self::together::grow_together;
use crate::projection::{Digest, Projection, ProjectionError};

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

    /// The position of what is read now; none if nothing is.
    ///
    /// # Errors
    /// If the store fails.
    async fn reached(&self) -> Result<Option<Position>, ProjectionError> {
        Ok(self.shown().await?.map(|(position, _)| position))
    }

    /// A new, empty build that nobody reads, and its number.
    ///
    /// # Errors
    /// If the store fails.
    async fn beside(&self) -> Result<(i64, Box<dyn Projection>), ProjectionError>;

    /// Makes a build the one that is read, at once for all readers; unless what was goes further:
    /// readers would go back, and its runner would not know.
    ///
    /// # Errors
    /// If the store fails, or another rebuild has cleared the build away.
    async fn swap(&self, build: i64) -> Result<Swap, ProjectionError>;

    /// Clears away what was read before a swap. Nobody sees it any more, so it may also be left to
    /// the next rebuild.
    ///
    /// # Errors
    /// If the store fails.
    async fn clear_up(&self) -> Result<(), ProjectionError>;

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
    report: impl FnMut(RebuildProgress) + Send,
) -> Result<RebuildReport, RebuildError> {
    let mut done = rebuild_all(&[what], journal, afterwards, report).await;
    match done.pop() {
        Some((_, report)) => report,
        None => Err(RebuildError::OutOfBreath),
    }
}

/// Rebuilds several read models, which read the journal once together. What fails is told by
/// name and does not stop the others.
pub async fn rebuild_all(
    all: &[&dyn Rebuildable],
    journal: &dyn JournalStore,
    afterwards: Afterwards,
    mut report: impl FnMut(RebuildProgress) + Send,
) -> Vec<(&'static str, Result<RebuildReport, RebuildError>)> {
    let mut begun = Vec::with_capacity(all.len());
    for what in all {
        begun.push(Growing::begin(*what).await);
    }
    // What is read is looked at meanwhile: it takes the database as long as it takes us to build.
    let shown = join_all(all.iter().map(|what| what.shown()));
    let (grown, shown) = join(grow_together(begun, journal, &mut report), shown).await;
    let mut level = Vec::with_capacity(all.len());
    for (growing, shown) in grown.into_iter().zip(shown) {
        level.push(match (growing, shown) {
            (Ok(growing), Ok(shown)) => level_with(growing, shown, journal, &mut report).await,
            (Err(error), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
        });
    }
    let compared = all.iter().zip(level).map(async |(what, level)| compare(*what, level?).await);
    let compared = join_all(compared).await;
    let done = match afterwards {
        Afterwards::Swap => swap_all(all, compared, journal, &mut report).await,
        Afterwards::Discard => discard_all(all, compared).await,
    };
    all.iter().map(|what| what.name()).zip(done).collect()
}

/// A build that was compared with what is read.
struct Compared {
    growing: Growing,
    report: RebuildReport,
}

/// A build that is exactly where what is read was when its digest was taken.
struct Level {
    growing: Growing,
    position: Position,
    from_digest: Option<Digest>,
}

/// Takes what is nearly grown to exactly there.
async fn level_with(
    mut growing: Growing,
    shown: Option<(Position, Digest)>,
    journal: &dyn JournalStore,
    report: &mut (impl FnMut(RebuildProgress) + Send),
) -> Result<Level, RebuildError> {
    let position = shown.map_or(growing.target, |(at, _)| at.max(growing.target));
    growing.grow_to(position, journal, report).await?;
    Ok(Level { growing, position, from_digest: shown.map(|(_, digest)| digest) })
}

/// Compares a build with what is read.
async fn compare(what: &dyn Rebuildable, level: Level) -> Result<Compared, RebuildError> {
    let Level { growing, position, from_digest } = level;
    let to_digest = growing.feed.projection().digest().await?;
    let (equal, name) = (from_digest == Some(to_digest), what.name());
    let report = RebuildReport { name, from_digest, to_digest, position, equal, swapped: false };
    Ok(Compared { growing, report })
}

async fn discard_all(
    all: &[&dyn Rebuildable],
    compared: Vec<Result<Compared, RebuildError>>,
) -> Vec<Result<RebuildReport, RebuildError>> {
    let mut done = Vec::with_capacity(all.len());
    for (what, compared) in all.iter().zip(compared) {
        done.push(match compared {
            Ok(Compared { growing, report }) => {
                what.discard(growing.build).await.map(|()| report).map_err(RebuildError::from)
            }
            Err(error) => Err(error),
        });
    }
    done
}

/// Takes all to the end of the journal, together, and puts them in place. What they replace goes
/// afterwards, all at once: that takes the database longer than anything else here.
async fn swap_all(
    all: &[&dyn Rebuildable],
    compared: Vec<Result<Compared, RebuildError>>,
    journal: &dyn JournalStore,
    report: &mut (impl FnMut(RebuildProgress) + Send),
) -> Vec<Result<RebuildReport, RebuildError>> {
    let (mut growing, mut reports) = (Vec::new(), Vec::new());
    // If the end is not known now, it is asked for once more before each is put in place.
    let head = journal.head().await.unwrap_or(0);
    for compared in compared {
        let (growth, told) = match compared {
            Ok(Compared { growing, report }) => (Ok(growing.towards(head)), Some(report)),
            Err(error) => (Err(error), None),
        };
        growing.push(growth);
        reports.push(told);
    }
    let grown = grow_together(growing, journal, report).await;
    let mut done = Vec::with_capacity(all.len());
    for ((what, growing), told) in all.iter().zip(grown).zip(reports) {
        done.push(match (growing, told) {
            (Ok(growing), Some(told)) => swap_in(*what, growing, journal, report)
                .await
                .map(|()| RebuildReport { swapped: true, ..told }),
            (Err(error), _) => Err(error),
            (Ok(_), None) => Err(RebuildError::OutOfBreath),
        });
    }
    let swapped = all.iter().zip(&done).filter(|(_, done)| done.is_ok());
    join_all(swapped.map(|(what, _)| clear_up(*what))).await;
    done
}

/// What is left of an older build harms nobody, and the next rebuild clears it away.
async fn clear_up(what: &dyn Rebuildable) {
    if let Err(error) = what.clear_up().await {
        let error: &dyn std::error::Error = &error;
        tracing::warn!(projection = what.name(), error, "what was replaced is not cleared away");
    }
}

/// Goes on to the end of the journal and puts the build in place, once what is read is not ahead.
async fn swap_in(
    what: &dyn Rebuildable,
    mut growing: Growing,
    journal: &dyn JournalStore,
    report: &mut (impl FnMut(RebuildProgress) + Send),
) -> Result<(), RebuildError> {
    for _ in 0..SWAP_ATTEMPTS {
        let head = journal.head().await.map_err(RebuildError::Journal)?;
        growing.grow_to(head, journal, report).await?;
        match what.swap(growing.build).await? {
            Swap::Done => return Ok(()),
            Swap::Behind(_) => {}
        }
    }
    what.discard(growing.build).await?;
    Err(RebuildError::OutOfBreath)
}

fn gap_after(position: Position) -> JournalError {
    let place = format!("position {}", position + 1);
    JournalError::Corrupt { place, what: "there is no fact, though there are later ones".into() }
}
