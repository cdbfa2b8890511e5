//! Rebuilding of read models in tables: a build is some rows and a checkpoint of theirs.

use aisle_domain::stream::Position;
use async_trait::async_trait;

use super::{Rebuildable, Swap};
use crate::projection::{Digest, Projection, ProjectionError};
use crate::store::{Build, Line, Store, Table};

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

    async fn reached(&self) -> Result<Option<Position>, ProjectionError> {
        Build::reached(&self.store, self.line, self.tables).await
    }

    async fn beside(&self) -> Result<(i64, Box<dyn Projection>), ProjectionError> {
        let build = Build::beside(&self.store, self.line, self.tables).await?;
        Ok((build.number(), (self.over)(build)))
    }

    async fn swap(&self, build: i64) -> Result<Swap, ProjectionError> {
        Build::swap(&self.store, self.line, build).await
    }

    async fn clear_up(&self) -> Result<(), ProjectionError> {
        Build::clear_up(&self.store, self.line, self.tables).await
    }

    async fn discard(&self, _build: i64) -> Result<(), ProjectionError> {
        Build::discard_others(&self.store, self.line, self.tables).await
    }
}
