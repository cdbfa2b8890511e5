//! Turns a catalogue of fixtures into created, published and opened events.
//!
//! Every event is decided by the domain like any other; only the appends come in batches. An
//! event's id is made from what the fixture is, so that an import which was broken off goes on
//! where it stopped, and one that is repeated changes nothing.

mod catalogue;
mod houses;
mod market;
mod when;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use aisle_domain::decider::{Decider, Decision};
use aisle_domain::event::{
    Event, EventCommand, EventContext, EventDetails, EventFact, EventRefusal, SaleWindow,
    SeatingRule, Venue,
};
use aisle_domain::id::{CommandId, EventId, Subject};
use aisle_domain::stream::StreamId;
use aisle_infra::clock::derive_id;
use aisle_infra::journal::{JournalError, JournalStore, Metadata, NewFact, Rejection, UnitOfWork};
use jiff::Timestamp;

pub use self::catalogue::{Catalogue, CatalogueError, Fixture};
pub use self::houses::{HouseError, Houses};

/// How many events are appended at a time.
const BATCH: usize = 500;

/// How a catalogue is to be imported.
#[derive(Debug, Clone)]
pub struct Import {
    /// Who the events belong to.
    pub organiser: Subject,
    /// In how many days the first fixture is to take place; none keeps the dates as they are.
    pub days_from_now: Option<u32>,
    /// The present moment.
    pub now: Timestamp,
}

/// What an import did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Imported {
    /// Events that are new.
    pub created: usize,
    /// Events that were there already.
    pub known: usize,
}

/// Why an import could not go on. What was imported so far stays; the next try goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The catalogue cannot be read.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A seating plan cannot be had.
    #[error(transparent)]
    House(#[from] HouseError),
    /// A fixture makes no sense as an event.
    #[error("line {line}, {name}: {refusal}")]
    Refused {
        /// The line of the catalogue, from 1.
        line: usize,
        /// The fixture.
        name: String,
        /// What is wrong with it.
        refusal: Box<EventRefusal>,
    },
    /// The journal failed.
    #[error("the journal failed")]
    Journal(#[from] JournalError),
    /// A file cannot be read.
    #[error("cannot read {path}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl Import {
    /// Imports a catalogue. `progress` hears of every event that is dealt with.
    ///
    /// # Errors
    /// If a fixture makes no sense or the journal fails.
    pub async fn run(
        &self,
        journal: &Arc<dyn JournalStore>,
        catalogue: &Catalogue,
        houses: &mut Houses,
        progress: impl Fn(Imported),
    ) -> Result<Imported, ImportError> {
        let shift = self.days_from_now.map(|days| catalogue.shift_to(self.now, days));
        let mut done = Imported::default();
        let ids = event_ids(catalogue);
        let fixtures: Vec<(&Fixture, &EventId)> = catalogue.fixtures().iter().zip(&ids).collect();
        for chunk in fixtures.chunks(BATCH) {
            let mut units = Vec::with_capacity(chunk.len());
            for (fixture, event) in chunk {
                let house = houses.of(fixture.venue.capacity, journal).await?;
                let details = self.details(fixture, shift, &house);
                units.push(self.unit(**event, fixture, details, &house)?);
            }
            for answer in journal.append_and_keep(&mut units).await? {
                match answer {
                    Ok(_) => done.created += 1,
                    Err(Rejection::Conflict(_) | Rejection::Repeated(_)) => done.known += 1,
                }
            }
            progress(done);
        }
        Ok(done)
    }

    fn details(
        &self,
        fixture: &Fixture,
        shift: Option<jiff::Span>,
        house: &houses::House,
    ) -> EventDetails {
        let place = when::place(fixture);
        let start = when::start(fixture, &place, shift);
        let (city, region) = fixture.city_and_region();
        let market = market::of(place.country.as_deref());
        let prices = market.prices(&house.categories());
        EventDetails {
            organiser: self.organiser.clone(),
            title: fixture.name.clone(),
            category: fixture.category.clone(),
            series: Some(fixture.series.clone()),
            performers: fixture.performers.clone(),
            starts_at: start.at,
            time_zone: place.time_zone,
            time_to_be_confirmed: start.time_to_be_confirmed,
            venue: Venue { name: fixture.venue.name.clone(), city, region, country: place.country },
            plan: Some(house.plan.hash()),
            seats: u32::try_from(house.plan.len()).unwrap_or(u32::MAX),
            areas: house.areas.clone(),
            currency: market.currency,
            price_version: 1,
            prices,
            fee: market.fee,
            sale_window: SaleWindow { opens_at: None, closes_at: Some(start.at) },
            limit_per_buyer: 8,
            hold_seconds: 600,
            seating_rule: SeatingRule::AvoidOrphans,
            accessible_categories: house.accessible_categories(),
        }
    }

    /// The facts that create, publish and open an event, as one unit of work.
    fn unit(
        &self,
        event: EventId,
        fixture: &Fixture,
        details: EventDetails,
        house: &houses::House,
    ) -> Result<UnitOfWork, ImportError> {
        let context = EventContext { now: self.now, plan: Some(house.plan.clone()) };
        let refused = |refusal| ImportError::Refused {
            line: fixture.line,
            name: fixture.name.clone(),
            refusal: Box::new(refusal),
        };
        let mut state = Event::default();
        let mut facts = Vec::new();
        let commands = [
            EventCommand::Create(Box::new(details)),
            EventCommand::Publish,
            EventCommand::OpenSales,
        ];
        for command in commands {
            let decided = state.decide(&command, &context).map_err(refused)?;
            let Decision::Facts(new) = decided else { continue };
            for fact in new {
                state.evolve(&fact);
                facts.push(fact);
            }
        }
        let new_fact =
            |at, fact: EventFact| NewFact::of(StreamId::event(event), at, Arc::new(fact.into()));
        Ok(UnitOfWork {
            event_id: Some(event),
            facts: (1..).zip(facts).map(|(at, fact)| new_fact(at, fact)).collect(),
            reads: Vec::new(),
            metadata: self.metadata(event).to_json(),
            idempotency: None,
        })
    }

    fn metadata(&self, event: EventId) -> Metadata {
        Metadata {
            command_id: CommandId(derive_id("import", &event.to_string())),
            correlation_id: "import".to_owned(),
            causation_id: None,
            actor: self.organiser.clone(),
            traceparent: None,
        }
    }
}

/// The ids of a catalogue's events: made from what each fixture is, and from how often it stood
/// there before, since real catalogues have a fixture twice.
#[must_use]
pub fn event_ids(catalogue: &Catalogue) -> Vec<EventId> {
    let mut seen = HashMap::new();
    let id = |fixture: &Fixture| {
        let identity = fixture.identity();
        let repetition: &mut u32 = seen.entry(identity.clone()).or_default();
        let name = format!("{identity}|{repetition}");
        *repetition += 1;
        EventId(derive_id("catalogue", &name))
    };
    catalogue.fixtures().iter().map(id).collect()
}
