//! The seat map of a process that does not store it: it begins with what another process has
//! stored, follows in memory, and stores nothing. Where others would store, it looks whether what it
//! began with was rebuilt meanwhile.

use aisle_domain::stream::{AggregateType, Position};
use aisle_infra::journal::Entry;
use aisle_projections::projection::{Cadence, Digest, Projection, ProjectionError, Visibility};
use aisle_projections::seat_map::SeatMap;
use async_trait::async_trait;

/// A seat map that another process stores.
pub(super) struct Borrowed(pub(super) SeatMap);

#[async_trait]
impl Projection for Borrowed {
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
        self.0.ensure_stored().await
    }

    async fn reload(&mut self) -> Result<Position, ProjectionError> {
        self.0.reload().await
    }

    async fn digest(&self) -> Result<Digest, ProjectionError> {
        self.0.digest().await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aisle_infra::journal::memory::MemoryJournal;
    use aisle_infra::plans::{JournalPlans, PlanSource};
    use aisle_projections::rebuild::{Afterwards, rebuild};
    use aisle_projections::seat_map::{SeatMaps, rebuildable};
    use aisle_projections::store::Store;

    use super::*;

    #[tokio::test]
    async fn what_was_rebuilt_meanwhile_is_noticed_where_others_store() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("read.sqlite").display());
        let (store, journal) = (Store::open(&url).await.unwrap(), Arc::new(MemoryJournal::new()));
        let plans: Arc<dyn PlanSource> = Arc::new(JournalPlans::new(journal.clone()));
        let maps = SeatMaps::default();
        let mut borrowed = Borrowed(SeatMap::open(&store, plans.clone(), maps).await.unwrap());
        borrowed.commit(0).await.unwrap();
        let what = rebuildable(&store, plans);
        let done = rebuild(&*what, &*journal, Afterwards::Swap, |_| {}).await.unwrap();
        assert!(done.swapped, "{done:?}");
        let noticed = borrowed.commit(0).await;
        assert!(matches!(noticed, Err(ProjectionError::Superseded { .. })), "{noticed:?}");
        borrowed.reload().await.unwrap();
        borrowed.commit(0).await.unwrap();
    }
}
