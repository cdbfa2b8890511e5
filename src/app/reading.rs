//! The read models of this process, each driven by a runner of its own.

use std::sync::Arc;

use aisle_domain::stream::Position;
use aisle_infra::bus::Bus;
use aisle_infra::journal::JournalStore;
use aisle_infra::plans::JournalPlans;
use aisle_projections::projection::Projection;
use aisle_projections::runner::{Freshness, Runner, RunnerHandle};
use aisle_projections::search::{HeadStart, Search, SearchProjection};
use aisle_projections::seat_map::{SeatMap, SeatMaps};
use aisle_projections::views::Views;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::StartError;
use super::borrowed::Borrowed;
use super::tables;
use crate::cli::{ProcessRole, Stores};

/// The read models and how fresh they are.
pub(super) struct Reading {
    pub(super) views: Views,
    pub(super) seat_maps: SeatMaps,
    pub(super) search: Search,
    pub(super) plans: Arc<JournalPlans>,
    pub(super) freshness: Freshness,
}

/// What read models are fed from.
pub(super) struct Source {
    pub(super) journal: Arc<dyn JournalStore>,
    /// The end of the journal at the start.
    pub(super) head: Position,
    pub(super) bus: Arc<dyn Bus>,
    pub(super) plans: Arc<JournalPlans>,
}

impl Reading {
    /// Opens the read models of a process that serves queries, and starts their runners. One that
    /// serves everything keeps the tables too; a query process reads what `aisle project` keeps.
    pub(super) async fn start(
        role: ProcessRole,
        stores: &Stores,
        source: &Source,
        stop: &CancellationToken,
    ) -> Result<(Self, Vec<JoinHandle<()>>), StartError> {
        let views = stores.open_views().await?;
        let plans = source.plans.clone();
        let seat_maps = SeatMaps::default();
        let search =
            SearchProjection::open(&stores.search_folder()).map_err(StartError::read_model)?;
        let searching = search.search();
        let search =
            search.with_head_start(HeadStart::new(&views, plans.clone(), source.journal.clone()));
        let seat_map = SeatMap::open(views.store(), plans.clone(), seat_maps.clone())
            .await
            .map_err(StartError::read_model)?;

        let mut projections: Vec<Box<dyn Projection>> = vec![Box::new(search)];
        let mut runners: Vec<RunnerHandle> = Vec::new();
        if role == ProcessRole::Query {
            projections.push(Box::new(Borrowed(seat_map)));
            let followed = tables::follow(views.clone(), source.journal.clone(), stop.clone());
            runners.extend(followed.await.map_err(StartError::read_model)?);
        } else {
            projections.push(Box::new(seat_map));
            let tables = views.projections(plans.clone()).await;
            projections.extend(tables.map_err(StartError::read_model)?);
        }
        for projection in projections {
            runners.push(run(projection, source, stop).await?);
        }

        let mut freshness = Freshness::default();
        runners.iter().for_each(|runner| freshness.watch(runner));
        let tasks = runners.into_iter().map(|runner| runner.join).collect();
        Ok((Self { views, seat_maps, search: searching, plans, freshness }, tasks))
    }
}

async fn run(
    projection: Box<dyn Projection>,
    source: &Source,
    stop: &CancellationToken,
) -> Result<RunnerHandle, StartError> {
    not_ahead(&*projection, &*source.journal).await?;
    Ok(Runner::spawn(projection, source.journal.clone(), source.bus.clone(), stop.clone()))
}

/// Refuses a read model that knows more than the journal: it would pass over what comes next.
pub(super) async fn not_ahead(
    projection: &dyn Projection,
    journal: &dyn JournalStore,
) -> Result<(), StartError> {
    let reached = projection.checkpoint().await.map_err(StartError::read_model)?;
    // Asked for last: another process may extend the journal meanwhile, and read on.
    let head = journal.head().await?;
    let name = projection.name();
    if reached > head { Err(StartError::Ahead { name, reached, head }) } else { Ok(()) }
}
