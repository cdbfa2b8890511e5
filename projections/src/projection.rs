//! What a projection is: a pure fold over the journal, plus a store that keeps its result
//! together with the position up to which it was folded.
//!
//! It says nothing of how entries are fetched: the runner does that, the same way for all.

use std::time::Duration;

use aisle_domain::stream::{AggregateType, Position};
use aisle_infra::journal::Entry;
use async_trait::async_trait;

/// How often a projection's store is brought up to what was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cadence {
    /// At once, but not sooner than this after the commit before: for stores where reads come from
    /// the store. A single change is seen at once; under load, one commit takes many.
    Spaced(Duration),
    /// Within this time of the first uncommitted change: for stores where a commit is dear, or
    /// where reads are answered from memory and the store only shortens the next start.
    Within(Duration),
}

/// When reads see what was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// With the commit: reads come from the store. While the store fails nothing moves on.
    OnCommit,
    /// As soon as it is applied: reads come from memory. A failing store is retried on the side
    /// and only costs the next start a longer catch-up. What reads have seen they see still after a
    /// reload, until that has come as far.
    OnApply,
}

/// Why a projection cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ProjectionError {
    /// An entry makes no sense to it. It stops here, loudly, and only it; trying again is
    /// pointless until the code or the entry's upcaster is mended.
    #[error("the entry at position {position} cannot be applied: {reason}")]
    Poison {
        /// Where.
        position: Position,
        /// What is wrong.
        reason: String,
    },
    /// Somebody else moved its checkpoint, or swapped in a rebuilt store: what it has in hand no
    /// longer follows what is stored. [`Projection::reload`] takes up the new state.
    #[error("the checkpoint was moved by somebody else: it is at {found:?} now")]
    Superseded {
        /// Where the checkpoint stands; nowhere if its build is gone.
        found: Option<Position>,
    },
    /// Its store failed. Trying again may help.
    #[error("the projection's store failed")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ProjectionError {
    /// Wraps the failure of a store.
    pub fn store(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Store(Box::new(source))
    }
}

/// SHA-256 over everything that a projection shows, in an order of its own choosing that does not
/// depend on how it was built. Two builds over the same journal have the same digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// A read model in the making.
#[async_trait]
pub trait Projection: Send + Sync + 'static {
    /// Its name: part of the key of its checkpoint, and what `aisle rebuild` is told.
    fn name(&self) -> &'static str;

    /// The version of its fold and its store's shape. A new one is built from position 0.
    fn version(&self) -> u32;

    /// How often [`commit`](Self::commit) is called.
    fn cadence(&self) -> Cadence;

    /// When reads see what was applied.
    fn visibility(&self) -> Visibility {
        Visibility::OnCommit
    }

    /// Whether it folds facts of this kind. One that cannot be read stops it only if so.
    fn reads(&self, _aggregate: AggregateType) -> bool {
        true
    }

    /// The position up to which its store is complete; 0 if it is new.
    ///
    /// # Errors
    /// If the store fails.
    async fn checkpoint(&self) -> Result<Position, ProjectionError>;

    /// Makes ready to be fed, and says after which position to begin: its checkpoint, or a later one
    /// if its store is new and something spares it the facts up to there. May be repeated after an
    /// error.
    ///
    /// # Errors
    /// If a store fails.
    async fn begin(&mut self) -> Result<Position, ProjectionError> {
        self.checkpoint().await
    }

    /// Folds entries in. They follow each other and the last ones applied without a gap, but for
    /// unreadable facts of kinds that it does not [read](Self::reads).
    ///
    /// # Errors
    /// If an entry makes no sense: those before it are given again, and must not count twice. If
    /// the store fails: then nothing of the batch counts.
    async fn apply(&mut self, entries: &[Entry]) -> Result<(), ProjectionError>;

    /// Makes everything applied up to this position durable together with the checkpoint, and
    /// visible to reads, all or nothing. May be repeated after an error.
    ///
    /// # Errors
    /// If the store fails, or the checkpoint is not where this projection left it.
    async fn commit(&mut self, position: Position) -> Result<(), ProjectionError>;

    /// Makes everything applied up to this position visible to reads without a commit, if it can.
    /// Returns whether it could; if not, a commit will.
    ///
    /// # Errors
    /// As of [`commit`](Self::commit).
    async fn show(&mut self, _position: Position) -> Result<bool, ProjectionError> {
        Ok(false)
    }

    /// Forgets what was applied and not committed, takes up what the store holds now, and says up
    /// to where that goes. Called after [`ProjectionError::Superseded`].
    ///
    /// # Errors
    /// If the store fails, or the projection's store is its own and cannot be superseded.
    async fn reload(&mut self) -> Result<Position, ProjectionError> {
        Err(ProjectionError::Superseded { found: None })
    }

    /// The digest of what it shows, as of its last commit.
    ///
    /// # Errors
    /// If the store fails.
    async fn digest(&self) -> Result<Digest, ProjectionError>;
}
