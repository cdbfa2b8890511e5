//! A read model in tables: loads the rows that a batch touches, folds, and writes each changed
//! row once, together with the checkpoint.

use std::time::Duration;

use aisle_domain::stream::{AggregateType, Position};
use aisle_infra::journal::Entry;
use async_trait::async_trait;

use crate::projection::{Cadence, Digest, Projection, ProjectionError};
use crate::seat_map::Unfit;
use crate::store::{Build, Line, Moved, Table, Write};

/// How long after a commit the next one comes at the earliest, unless somebody waits for it. A
/// commit rewrites each event's page once however many seats it sells, so the fewer the better;
/// and a page may be a quarter of a second old.
const SPACING: Duration = Duration::from_millis(250);

/// How many changed rows are written at the latest, whatever the pace: as a rebuild goes on, more
/// would only take memory, 1 kB each and as much again on their way.
const MANY_ROWS: usize = 8_000;

/// What one view makes of the facts.
#[async_trait]
pub(crate) trait Fold: Send + Sync + 'static {
    /// Its name and version.
    const LINE: Line;
    /// Where its rows are.
    const TABLES: &'static [&'static Table];
    /// The rows in hand.
    type Rows: Default + Send + Sync;

    /// Whether it folds facts of this kind.
    fn reads(aggregate: AggregateType) -> bool;

    /// Brings to hand every row that these entries may touch, and whatever else folding needs.
    async fn load(
        &self,
        build: &Build,
        rows: &mut Self::Rows,
        entries: &[Entry],
    ) -> Result<(), ProjectionError>;

    /// Takes in one entry, wholly or, if it does not fit, not at all. Pure.
    fn fold(rows: &mut Self::Rows, entry: &Entry) -> Result<(), Unfit>;

    /// How many rows were changed.
    fn unwritten(rows: &Self::Rows) -> usize;

    /// What was changed, of each table.
    fn writes(rows: &mut Self::Rows) -> Result<Vec<Write>, ProjectionError>;

    /// Takes note that it was committed.
    fn written(rows: &mut Self::Rows);
}

/// The projection of a [`Fold`].
pub(crate) struct View<F: Fold> {
    fold: F,
    build: Build,
    rows: F::Rows,
    /// Up to where entries are folded into the rows.
    folded: Position,
}

impl<F: Fold> View<F> {
    pub(crate) fn over(build: Build, fold: F) -> Self {
        let folded = build.position();
        Self { fold, build, rows: F::Rows::default(), folded }
    }
}

#[async_trait]
impl<F: Fold> Projection for View<F> {
    fn name(&self) -> &'static str {
        F::LINE.name
    }

    fn version(&self) -> u32 {
        F::LINE.version
    }

    fn cadence(&self) -> Cadence {
        Cadence::Spaced(SPACING)
    }

    fn reads(&self, aggregate: AggregateType) -> bool {
        F::reads(aggregate)
    }

    async fn checkpoint(&self) -> Result<Position, ProjectionError> {
        Ok(self.build.position())
    }

    async fn apply(&mut self, entries: &[Entry]) -> Result<(), ProjectionError> {
        let known = entries.partition_point(|entry| entry.position() <= self.folded);
        let entries = &entries[known..];
        self.fold.load(&self.build, &mut self.rows, entries).await?;
        for entry in entries {
            if F::reads(entry.recorded.stream.aggregate)
                && let Err(Unfit(reason)) = F::fold(&mut self.rows, entry)
            {
                // Rows of a build that was swapped away are gone, which is nobody's poison.
                self.build.ensure_unmoved().await?;
                return Err(ProjectionError::Poison { position: entry.position(), reason });
            }
            self.folded = entry.position();
        }
        match F::unwritten(&self.rows) >= MANY_ROWS {
            true => self.commit(self.folded).await,
            false => Ok(()),
        }
    }

    async fn commit(&mut self, position: Position) -> Result<(), ProjectionError> {
        match self.build.commit(position, &F::writes(&mut self.rows)?).await? {
            Moved::Now => F::written(&mut self.rows),
            Moved::Before => self.rows = F::Rows::default(),
        }
        Ok(())
    }

    async fn reload(&mut self) -> Result<Position, ProjectionError> {
        self.rows = F::Rows::default();
        self.folded = self.build.reopen().await?;
        Ok(self.folded)
    }

    async fn digest(&self) -> Result<Digest, ProjectionError> {
        self.build.digest().await
    }
}
