//! The aggregate **Event**: the happening on sale, its prices and the phases of its sale.
//!
//! It knows nothing of who bought what: seats and bookings are streams of their own.

mod command;
mod details;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::command::{EventCommand, EventContext, EventRefusal};
pub use self::details::{
    AreaSpec, CategoryPrice, EventDetails, MAX_AREA_CAPACITY, MAX_AREAS, MAX_HOLD_SECONDS,
    MAX_LIMIT_PER_BUYER, MAX_PERFORMERS, MAX_TEXT_CHARS, MIN_HOLD_SECONDS, SaleWindow, SeatingRule,
    Venue,
};
use crate::decider::{Decider, Decision, aggregate_adapter};
use crate::stream::AggregateType;

/// An event's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Nobody has created it.
    #[default]
    Absent,
    /// It exists.
    Present {
        /// What is on sale and on which terms.
        details: Box<EventDetails>,
        /// Where its sale stands.
        phase: Phase,
    },
}

/// Where the sale of an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Only its organiser sees it.
    Draft,
    /// Everybody sees it; nothing is sold yet.
    Published,
    /// Seats can be held.
    OnSale,
    /// Sales rest; holds that exist can be paid.
    Paused,
    /// Sales are over; holds that exist can be paid.
    Closed,
    /// It will not take place; every booking ends refunded.
    Cancelled,
}

impl Phase {
    /// All phases, in their usual order.
    pub const ALL: [Self; 6] =
        [Self::Draft, Self::Published, Self::OnSale, Self::Paused, Self::Closed, Self::Cancelled];

    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::OnSale => "on_sale",
            Self::Paused => "paused",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What happens to an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EventFact {
    /// It was created, as a draft.
    Created(Box<EventDetails>),
    /// Its prices were changed. Holds that exist keep theirs.
    Repriced {
        /// Counts the price lists of the event, from 1.
        price_version: u32,
        /// The new price of every category on sale.
        prices: Vec<CategoryPrice>,
        /// The new fee on each ticket, in minor units.
        fee: i64,
    },
    /// It became visible to everybody.
    Published {},
    /// Its sale began, or went on.
    SalesOpened {},
    /// Its sale was interrupted.
    SalesPaused {},
    /// Its sale ended.
    SalesClosed {},
    /// It was called off.
    Cancelled {
        /// Why, in words for buyers.
        reason: String,
    },
}

impl EventFact {
    /// The name of the fact.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Created(_) => "created",
            Self::Repriced { .. } => "repriced",
            Self::Published {} => "published",
            Self::SalesOpened {} => "sales_opened",
            Self::SalesPaused {} => "sales_paused",
            Self::SalesClosed {} => "sales_closed",
            Self::Cancelled { .. } => "cancelled",
        }
    }
}

impl Event {
    /// The terms of the sale, if the event exists.
    #[must_use]
    pub fn details(&self) -> Option<&EventDetails> {
        match self {
            Self::Absent => None,
            Self::Present { details, .. } => Some(details),
        }
    }

    /// Where its sale stands, if the event exists.
    #[must_use]
    pub fn phase(&self) -> Option<Phase> {
        match self {
            Self::Absent => None,
            Self::Present { phase, .. } => Some(*phase),
        }
    }

    /// The terms, if seats can be held at this moment.
    ///
    /// # Errors
    /// Why not.
    pub fn on_sale(&self, now: Timestamp) -> Result<&EventDetails, EventRefusal> {
        let Self::Present { details, phase } = self else { return Err(EventRefusal::NotFound) };
        match phase {
            Phase::Draft => Err(EventRefusal::NotFound),
            Phase::OnSale if crate::policy::in_sale_window(&details.sale_window, now) => {
                Ok(details)
            }
            Phase::OnSale => {
                Err(EventRefusal::OutsideSaleWindow { window: details.sale_window.clone() })
            }
            phase => Err(EventRefusal::NotOnSale { phase: *phase }),
        }
    }

    fn enter(&mut self, next: Phase) {
        if let Self::Present { phase, .. } = self {
            *phase = next;
        }
    }
}

impl Decider for Event {
    type Command = EventCommand;
    type Context = EventContext;
    type Fact = EventFact;
    type Refusal = EventRefusal;

    fn decide(
        &self,
        command: &EventCommand,
        context: &EventContext,
    ) -> Result<Decision<EventFact>, EventRefusal> {
        command::decide(self, command, context)
    }

    fn evolve(&mut self, fact: &EventFact) {
        match fact {
            EventFact::Created(details) => {
                *self = Self::Present { details: details.clone(), phase: Phase::Draft };
            }
            EventFact::Repriced { price_version, prices, fee } => {
                if let Self::Present { details, .. } = self {
                    details.price_version = *price_version;
                    details.prices.clone_from(prices);
                    details.fee = *fee;
                }
            }
            EventFact::Published {} => self.enter(Phase::Published),
            EventFact::SalesOpened {} => self.enter(Phase::OnSale),
            EventFact::SalesPaused {} => self.enter(Phase::Paused),
            EventFact::SalesClosed {} => self.enter(Phase::Closed),
            EventFact::Cancelled { .. } => self.enter(Phase::Cancelled),
        }
    }
}

aggregate_adapter!(Event, EventFact, AggregateType::Event);
