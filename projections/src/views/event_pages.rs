//! The view **event pages**: everything that the page of an event shows.

use std::collections::HashSet;
use std::sync::Arc;

use aisle_domain::event::{EventDetails, EventFact, Phase};
use aisle_domain::fact::Fact;
use aisle_domain::id::EventId;
use aisle_domain::stream::{AggregateType, Position};
use aisle_infra::journal::Entry;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::view::Fold;
use crate::projection::ProjectionError;
use crate::seat_map::{Occupancy, PlansOfBatch, Unfit};
use crate::store::{Build, Column, Kind, Line, Record, Sheet, Table, Value, Write};
use aisle_infra::plans::PlanSource;

/// What the page of an event shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPage {
    /// The event.
    pub id: EventId,
    /// What is on sale and on which terms, as of the last price list.
    pub details: EventDetails,
    /// Where its sale stands.
    pub phase: Phase,
    /// Why it was called off, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<String>,
    /// Its reserved seats.
    pub seats: Taken,
    /// The places of its areas, by name.
    pub areas: Vec<AreaTaken>,
    /// The position of its first fact: events sort by it as they were created.
    pub created: Position,
    /// The position of the last fact that changed this page.
    pub updated: Position,
    /// When that was recorded.
    pub updated_at: Timestamp,
}

/// How many seats or places are taken. Holds count until their end is recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// How many there are.
    pub capacity: u32,
    /// How many are held.
    pub held: u32,
    /// How many are sold.
    pub sold: u32,
}

/// How many places of an area are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaTaken {
    /// The area.
    pub name: String,
    /// Its places.
    #[serde(flatten)]
    pub places: Taken,
}

impl Taken {
    /// How many can be had.
    #[must_use]
    pub fn available(&self) -> u32 {
        self.capacity.saturating_sub(self.held).saturating_sub(self.sold)
    }
}

impl EventPage {
    /// Seats and places together.
    #[must_use]
    pub fn taken(&self) -> Taken {
        self.areas.iter().fold(self.seats, |sum, area| Taken {
            capacity: sum.capacity + area.places.capacity,
            held: sum.held + area.places.held,
            sold: sum.sold + area.places.sold,
        })
    }

    fn new(id: EventId, details: &EventDetails, entry: &Entry) -> Self {
        Self {
            id,
            details: details.clone(),
            phase: Phase::Draft,
            cancelled: None,
            seats: Taken::default(),
            areas: Vec::new(),
            created: entry.position(),
            updated: entry.position(),
            updated_at: entry.recorded.recorded_at,
        }
    }

    fn fold(&mut self, fact: &EventFact) {
        match fact {
            EventFact::Created(_) => {}
            EventFact::Repriced { price_version, prices, fee } => {
                self.details.price_version = *price_version;
                self.details.prices.clone_from(prices);
                self.details.fee = *fee;
            }
            EventFact::Published {} => self.phase = Phase::Published,
            EventFact::SalesOpened {} => self.phase = Phase::OnSale,
            EventFact::SalesPaused {} => self.phase = Phase::Paused,
            EventFact::SalesClosed {} => self.phase = Phase::Closed,
            EventFact::Cancelled { reason } => {
                self.phase = Phase::Cancelled;
                self.cancelled = Some(reason.clone());
            }
        }
    }

    fn count(&mut self, occupancy: &Occupancy) {
        let (held, sold) = (occupancy.held, occupancy.sold);
        self.seats = Taken { capacity: occupancy.seats, held, sold };
        let areas = occupancy.areas.iter().map(|(name, area)| AreaTaken {
            name: name.clone(),
            places: Taken { capacity: area.capacity, held: area.held, sold: area.sold },
        });
        self.areas = areas.collect();
    }
}

impl Record for EventPage {
    const TABLE: &'static Table = &Table {
        name: "read_event_pages_v1",
        columns: &[
            Column { name: "organiser", kind: Kind::Text },
            Column { name: "phase", kind: Kind::Text },
            Column { name: "title", kind: Kind::Text },
            Column { name: "starts_at", kind: Kind::Int },
            Column { name: "created", kind: Kind::Int },
        ],
        indexes: &[&["organiser", "created"]],
    };

    fn columns(&self) -> Vec<Value> {
        vec![
            Value::Text(self.details.organiser.to_string()),
            Value::Text(self.phase.as_str().to_owned()),
            Value::Text(self.details.title.clone()),
            Value::Int(self.details.starts_at.as_second()),
            Value::position(self.created),
        ]
    }
}

/// Who has what of an event: what the counts of its page are counted from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct EventOccupancy(pub(super) Occupancy);

impl Record for EventOccupancy {
    const TABLE: &'static Table =
        &Table { name: "read_event_occupancy_v1", columns: &[], indexes: &[] };

    fn columns(&self) -> Vec<Value> {
        Vec::new()
    }
}

/// Keeps the event pages.
pub(crate) struct EventPages {
    pub(crate) plans: Arc<dyn PlanSource>,
}

/// The rows in hand. The counts of a page are counted when it is written.
#[derive(Default)]
pub(crate) struct Rows {
    pages: Sheet<EventId, EventPage>,
    occupancy: Sheet<EventId, EventOccupancy>,
    plans: PlansOfBatch,
}

#[async_trait]
impl Fold for EventPages {
    const LINE: Line = Line { name: "event_pages", version: 1 };
    const TABLES: &'static [&'static Table] = &[EventPage::TABLE, EventOccupancy::TABLE];
    type Rows = Rows;

    fn reads(aggregate: AggregateType) -> bool {
        match aggregate {
            AggregateType::Event | AggregateType::Seat | AggregateType::Area => true,
            AggregateType::Booking => false,
        }
    }

    async fn load(
        &self,
        build: &Build,
        rows: &mut Rows,
        entries: &[Entry],
    ) -> Result<(), ProjectionError> {
        let (mut pages, mut occupied) = (HashSet::new(), HashSet::new());
        for entry in entries.iter().filter(|entry| Self::reads(entry.recorded.stream.aggregate)) {
            let Some(event) = entry.event_id() else { continue };
            if let Fact::Event(EventFact::Created(_)) = *entry.fact {
                rows.pages.expect(event);
                rows.occupancy.expect(event);
            }
            pages.insert(event);
            if takes(&entry.fact) {
                occupied.insert(event);
            }
        }
        rows.pages.load(build, pages).await?;
        rows.occupancy.load(build, occupied).await?;
        let pages = &rows.pages;
        let plan_of = |event: EventId| pages.row(event)?.details.plan;
        rows.plans = PlansOfBatch::fetch(&*self.plans, entries, plan_of).await?;
        Ok(())
    }

    fn fold(rows: &mut Rows, entry: &Entry) -> Result<(), Unfit> {
        let id = entry.event_id().ok_or_else(|| Unfit("it is of no event".into()))?;
        if let Fact::Event(EventFact::Created(details)) = &*entry.fact {
            rows.pages.put(id, EventPage::new(id, details, entry));
            rows.occupancy.put(id, EventOccupancy(Occupancy::new(details, entry.position())));
            return Ok(());
        }
        let unknown = || Unfit(format!("there is no event {id}"));
        let page = rows.pages.change(id).ok_or_else(unknown)?;
        if takes(&entry.fact) {
            let occupancy = rows.occupancy.change(id).ok_or_else(unknown)?;
            occupancy.0.apply(id, entry, &rows.plans)?;
        }
        (page.updated, page.updated_at) = (entry.position(), entry.recorded.recorded_at);
        if let Fact::Event(fact) = &*entry.fact {
            page.fold(fact);
        }
        Ok(())
    }

    fn unwritten(rows: &Rows) -> usize {
        rows.pages.changed().len() + rows.occupancy.changed().len()
    }

    fn writes(rows: &mut Rows) -> Result<Vec<Write>, ProjectionError> {
        for event in rows.occupancy.changed() {
            if let (Some(page), Some(taken)) =
                (rows.pages.change(*event), rows.occupancy.row(*event))
            {
                page.count(&taken.0);
            }
        }
        Ok(vec![rows.pages.write()?, rows.occupancy.write()?])
    }

    fn written(rows: &mut Rows) {
        rows.pages.written();
        rows.occupancy.written();
    }
}

/// Whether a fact changes who has what.
fn takes(fact: &Fact) -> bool {
    match fact {
        Fact::Event(EventFact::Created(_)) | Fact::Seat(_) | Fact::Area(_) => true,
        Fact::Event(_) | Fact::Booking(_) => false,
    }
}
