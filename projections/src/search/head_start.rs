//! A head start for an index that has nothing yet: its rows are made of the event pages, which say
//! the same of every event at one position, and only the facts after that are read from the journal.
//!
//! The pages are no second truth. Those of another version of the program are not looked at; what
//! cannot be read, or goes further than the journal, is left alone, loudly, and the index is built
//! from position 0. A rebuild takes no head start: it is what this is compared with.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use aisle_domain::id::EventId;
use aisle_domain::plan::{Plan, PlanHash, SeatIndex};
use aisle_domain::stream::Position;
use aisle_infra::journal::JournalStore;
use aisle_infra::plans::{PlanSource, PlanSourceError};
use parking_lot::Mutex;

use super::holds::Holds;
use super::projection::blocking;
use super::row::Row;
use super::store::IndexStore;
use crate::projection::ProjectionError;
use crate::seat_map::Occupancy;
use crate::store::Store;
use crate::views::{Catalogue, CatalogueError, CatalogueEvent, Views};

/// Where a new index finds what it may begin with.
#[derive(Clone)]
pub struct HeadStart {
    store: Store,
    plans: Arc<dyn PlanSource>,
    journal: Arc<dyn JournalStore>,
}

/// Why there is no head start although there are event pages.
#[derive(Debug, thiserror::Error)]
enum NoHeadStart {
    /// Something failed that may do next time.
    #[error(transparent)]
    NotNow(#[from] ProjectionError),
    #[error("the event pages cannot be read")]
    Unreadable(#[source] CatalogueError),
    #[error("a seating plan cannot be had")]
    Plan(#[source] PlanSourceError),
    #[error("what is held of event {event} makes no sense: {reason}")]
    Unfit { event: EventId, reason: &'static str },
    #[error("the event pages have seen position {reached}, but the journal ends at {head}")]
    Ahead { reached: Position, head: Position },
}

impl HeadStart {
    /// The event pages in these tables, of events with these plans. They must be of this journal.
    #[must_use]
    pub fn new(views: &Views, plans: Arc<dyn PlanSource>, journal: Arc<dyn JournalStore>) -> Self {
        Self { store: views.store().clone(), plans, journal }
    }

    /// Fills an empty index and commits it; returns up to where it goes then, if there was something
    /// to fill it with. Else it is as empty as before.
    pub(super) async fn give(
        &self,
        index: &Arc<Mutex<IndexStore>>,
    ) -> Result<Option<Position>, ProjectionError> {
        let refused = match self.fill(index).await {
            Ok(position) => return Ok(position),
            Err(refused) => refused,
        };
        let index = Arc::clone(index);
        blocking(move || index.lock().take_back()).await?;
        match refused {
            NoHeadStart::NotNow(error) => Err(error),
            refused => {
                let error: &dyn std::error::Error = &refused;
                tracing::error!(error, "the search index is built from position 0");
                Ok(None)
            }
        }
    }

    async fn fill(&self, index: &Arc<Mutex<IndexStore>>) -> Result<Option<Position>, NoHeadStart> {
        let Some(mut catalogue) = Catalogue::open(&self.store).await? else { return Ok(None) };
        let position = catalogue.position;
        let head = self.journal.head().await.map_err(ProjectionError::store)?;
        if position > head {
            return Err(NoHeadStart::Ahead { reached: position, head });
        }
        let mut count = 0;
        loop {
            let events = catalogue.next().await?;
            if events.is_empty() {
                break;
            }
            count += events.len();
            let rows = self.rows(events).await?;
            let index = Arc::clone(index);
            blocking(move || index.lock().put(rows.iter())).await?;
        }
        let index = Arc::clone(index);
        blocking(move || index.lock().commit(std::iter::empty::<Row>(), position)).await?;
        tracing::info!(position, events = count, "the search index begins with the event pages");
        Ok(Some(position))
    }

    async fn rows(&self, events: Vec<CatalogueEvent>) -> Result<Vec<Row>, NoHeadStart> {
        let mut plans = HashMap::new();
        for hash in events.iter().filter_map(|event| plan_needed(&event.occupancy)) {
            if let Entry::Vacant(missing) = plans.entry(hash) {
                missing.insert(self.plans.plan(&hash).await?);
            }
        }
        let row = |event: CatalogueEvent| {
            let plan = plan_needed(&event.occupancy).and_then(|hash| plans.get(&hash));
            row_of(event, plan.map(|plan| &**plan))
        };
        events.into_iter().map(row).collect()
    }
}

/// The plan by which seats that are held are called.
fn plan_needed(occupancy: &Occupancy) -> Option<PlanHash> {
    occupancy.plan.filter(|_| occupancy.held > 0)
}

/// What all facts of an event make, up to where its page goes.
fn row_of(event: CatalogueEvent, plan: Option<&Plan>) -> Result<Row, NoHeadStart> {
    let CatalogueEvent { page, occupancy } = event;
    let mut holds = Holds::default();
    let mut held = 0;
    let unfit = |reason| NoHeadStart::Unfit { event: page.id, reason };
    for place in occupancy.held_seats() {
        let seat = plan.and_then(|plan| plan.seat(SeatIndex(place)));
        holds.hold_seat(&seat.ok_or_else(|| unfit("its plan has no such seat"))?.label);
        held += 1;
    }
    if held != occupancy.held {
        return Err(unfit("its seats are counted wrongly"));
    }
    let mut taken = u64::from(occupancy.held) + u64::from(occupancy.sold);
    for (name, area) in &occupancy.areas {
        taken += u64::from(area.held) + u64::from(area.sold);
        for (booking, count) in area.holds() {
            holds.hold_places(name, booking, count);
        }
    }
    Ok(Row { id: page.id, phase: page.phase, taken, holds, details: Arc::new(page.details) })
}

impl From<CatalogueError> for NoHeadStart {
    fn from(error: CatalogueError) -> Self {
        match error {
            CatalogueError::Store(error) => Self::NotNow(error.into()),
            CatalogueError::Unreadable { .. } | CatalogueError::Torn => Self::Unreadable(error),
        }
    }
}

impl From<PlanSourceError> for NoHeadStart {
    fn from(error: PlanSourceError) -> Self {
        match error {
            PlanSourceError::Unavailable(_) => Self::NotNow(ProjectionError::store(error)),
            PlanSourceError::Missing(_) | PlanSourceError::Unreadable { .. } => Self::Plan(error),
        }
    }
}
