//! A read model that another process stores: this one begins with what is stored, follows in
//! memory, and stores nothing.

use aisle_domain::stream::{AggregateType, Position};
use aisle_infra::journal::Entry;
use aisle_projections::projection::{Cadence, Digest, Projection, ProjectionError, Visibility};
use async_trait::async_trait;

/// Over a read model that is read from memory.
pub(super) struct Borrowed<P>(pub(super) P);

#[async_trait]
impl<P: Projection> Projection for Borrowed<P> {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn version(&self) -> u32 {
        self.0.version()
    }

    fn cadence(&self) -> Cadence {
        self.0.cadence()
    }

    fn visibility(&self) -> Visibility {
        self.0.visibility()
    }

    fn reads(&self, aggregate: AggregateType) -> bool {
        self.0.reads(aggregate)
    }

    async fn checkpoint(&self) -> Result<Position, ProjectionError> {
        self.0.checkpoint().await
    }

    async fn apply(&mut self, entries: &[Entry]) -> Result<(), ProjectionError> {
        self.0.apply(entries).await
    }

    async fn commit(&mut self, _: Position) -> Result<(), ProjectionError> {
        Ok(())
    }

    async fn reload(&mut self) -> Result<Position, ProjectionError> {
        self.0.reload().await
    }

    async fn digest(&self) -> Result<Digest, ProjectionError> {
        self.0.digest().await
    }
}
