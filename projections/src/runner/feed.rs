//! A projection and how far it is: gives it each entry once, in order.
//!
//! It neither fetches nor waits.

use aisle_domain::stream::Position;
use aisle_infra::bus::{Batch, Unreadable};
use aisle_infra::journal::Entry;

use crate::projection::{Projection, ProjectionError};

/// A projection that is being fed.
pub(crate) struct Feed {
    projection: Box<dyn Projection>,
    applied: Position,
    /// Up to where reads see, of a projection that can show more than it has committed.
    shown: Position,
    committed: Position,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// All of it is applied, now or since before.
    All,
    /// Something before it, or within, is missing. What comes before the hole may be applied.
    Hole,
}

impl Feed {
    pub(crate) fn new(projection: Box<dyn Projection>) -> Self {
        Self { projection, applied: 0, shown: 0, committed: 0 }
    }

    /// Begins where the projection says.
    pub(crate) async fn open(&mut self) -> Result<(), ProjectionError> {
        let position = self.projection.begin().await?;
        self.begin_at(position);
        Ok(())
    }

    /// Takes up what the store holds now, whoever put it there.
    pub(crate) async fn reload(&mut self) -> Result<(), ProjectionError> {
        let position = self.projection.reload().await?;
        self.begin_at(position);
        Ok(())
    }

    pub(crate) fn projection(&self) -> &dyn Projection {
        &*self.projection
    }

    pub(crate) fn applied(&self) -> Position {
        self.applied
    }

    /// Up to where reads see what the projection's store holds, or what it could show without.
    pub(crate) fn shown(&self) -> Position {
        self.shown
    }

    /// Whether reads see less than was applied.
    pub(crate) fn is_unseen(&self) -> bool {
        self.applied != self.shown
    }

    /// Applies what is new in a batch and follows what was applied.
    ///
    /// # Errors
    /// As of [`Projection::apply`]. Before a poisonous entry everything is applied.
    pub(crate) async fn take(&mut self, batch: &Batch) -> Result<Taken, ProjectionError> {
        self.take_to(batch, Position::MAX).await
    }

    /// The same, up to and with a position.
    pub(crate) async fn take_to(
        &mut self,
        batch: &Batch,
        last: Position,
    ) -> Result<Taken, ProjectionError> {
        let known = batch.entries().partition_point(|entry| entry.position() <= self.applied);
        let end = batch.entries().partition_point(|entry| entry.position() <= last);
        let entries = &batch.entries()[known..end.max(known)];
        if !follow(self.applied, entries) {
            return Ok(Taken::Hole);
        }
        if !entries.is_empty() {
            self.apply(entries).await?;
        }
        let row = batch.unreadable().filter(|row| row.position <= last);
        row.map_or(Ok(Taken::All), |row| self.pass_over(row))
    }

    /// Lets reads see what was applied: without a commit if the projection can, else with one.
    pub(crate) async fn show(&mut self) -> Result<(), ProjectionError> {
        match self.is_unseen() && self.projection.show(self.applied).await? {
            true => self.shown = self.applied,
            false => self.commit().await?,
        }
        Ok(())
    }

    /// Makes durable what was applied.
    pub(crate) async fn commit(&mut self) -> Result<(), ProjectionError> {
        if self.applied != self.committed {
            self.projection.commit(self.applied).await?;
            (self.committed, self.shown) = (self.applied, self.applied);
        }
        Ok(())
    }

    async fn apply(&mut self, entries: &[Entry]) -> Result<(), ProjectionError> {
        let Err(error) = self.projection.apply(entries).await else {
            self.applied = entries.last().map_or(self.applied, Entry::position);
            return Ok(());
        };
        if let ProjectionError::Poison { position, .. } = error {
            let good = entries.partition_point(|entry| entry.position() < position);
            if good > 0 && good < entries.len() {
                self.projection.apply(&entries[..good]).await?;
                self.applied = entries[good - 1].position();
            }
        }
        Err(error)
    }

    fn pass_over(&mut self, row: &Unreadable) -> Result<Taken, ProjectionError> {
        if row.position <= self.applied {
            return Ok(Taken::All);
        }
        if row.position != self.applied + 1 {
            return Ok(Taken::Hole);
        }
        if self.projection.reads(row.aggregate) {
            let (position, reason) = (row.position, row.reason.clone());
            return Err(ProjectionError::Poison { position, reason });
        }
        self.applied = row.position;
        Ok(Taken::All)
    }

    fn begin_at(&mut self, position: Position) {
        (self.applied, self.shown, self.committed) = (position, position, position);
    }
}

/// Whether entries follow a position and each other without a gap.
fn follow(mut position: Position, entries: &[Entry]) -> bool {
    entries.iter().all(|entry| {
        position += 1;
        entry.position() == position
    })
}
