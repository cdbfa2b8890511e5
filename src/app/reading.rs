//! The read models of this process, each driven by a runner of its own.

use std::sync::Arc;

use aisle_infra::bus::{Bus, InProcessBus};
use aisle_infra::journal::JournalStore;
use aisle_infra::plans::JournalPlans;
use aisle_projections::runner::{Freshness, Runner, RunnerHandle};
use aisle_projections::search::{Search, SearchProjection};
use aisle_projections::seat_map::{SeatMap, SeatMaps};
use aisle_projections::views::Views;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Config, StartError};

/// The read models and how fresh they are.
pub(super) struct Reading {
    pub(super) views: Views,
    pub(super) seat_maps: SeatMaps,
    pub(super) search: Search,
    pub(super) plans: Arc<JournalPlans>,
    pub(super) freshness: Freshness,
}

impl Reading {
    pub(super) async fn start(
        config: &Config,
        journal: &Arc<dyn JournalStore>,
        stop: &CancellationToken,
    ) -> Result<(Self, Vec<JoinHandle<()>>), StartError> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| StartError::ReadModel(error);
        let head = journal.head().await?;
        let bus: Arc<dyn Bus> = InProcessBus::start(journal.clone(), head, stop.clone());
        let views = config.stores.open_views().await?;
        let plans = Arc::new(JournalPlans::new(journal.clone()));
        let seat_maps = SeatMaps::default();
        let search = SearchProjection::open(&config.stores.search_folder())
            .map_err(|error| failed(error.into()))?;
        let searching = search.search();

        let mut projections =
            views.projections(plans.clone()).await.map_err(|error| failed(error.into()))?;
        let seat_map = SeatMap::open(views.store(), plans.clone(), seat_maps.clone()).await;
        projections.push(Box::new(seat_map.map_err(|error| failed(error.into()))?));
        projections.push(Box::new(search));

        let mut freshness = Freshness::default();
        let mut tasks = Vec::new();
        for projection in projections {
            let reached = projection.checkpoint().await.map_err(|error| failed(error.into()))?;
            // Another process may have extended the journal since, and read on.
            if reached > head && reached > journal.head().await? {
                return Err(StartError::Ahead { name: projection.name(), reached, head });
            }
            let runner: RunnerHandle =
                Runner::spawn(projection, journal.clone(), bus.clone(), stop.clone());
            freshness.watch(&runner);
            tasks.push(runner.join);
        }
        Ok((Self { views, seat_maps, search: searching, plans, freshness }, tasks))
    }
}
