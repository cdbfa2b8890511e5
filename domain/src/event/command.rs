//! What an event can be asked, and what it answers.

use std::sync::Arc;

use jiff::Timestamp;

use super::details::{check_prices, check_reason};
use super::{CategoryPrice, Event, EventDetails, EventFact, Phase, SaleWindow};
use crate::decider::Decision;
use crate::money::Currency;
use crate::plan::Plan;

/// What an event can be asked. Who may ask is checked before, by
/// [`policy::may_run`](crate::policy::may_run).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventCommand {
    /// Create it, as a draft.
    Create(Box<EventDetails>),
    /// Replace its price list.
    Reprice {
        /// What the amounts are in; must be the event's currency.
        currency: Currency,
        /// The price of every category on sale.
        prices: Vec<CategoryPrice>,
        /// The fee on each ticket, in minor units.
        fee: i64,
    },
    /// Show it to everybody.
    Publish,
    /// Start or resume its sale.
    OpenSales,
    /// Interrupt its sale.
    PauseSales,
    /// End its sale.
    CloseSales,
    /// Call it off. Every booking of it ends refunded.
    Cancel {
        /// Why, in words for buyers.
        reason: String,
    },
}

/// What an event must know to decide.
#[derive(Debug, Clone)]
pub struct EventContext {
    /// The present moment.
    pub now: Timestamp,
    /// Its seating plan, if it names one.
    pub plan: Option<Arc<Plan>>,
}

/// Why an event says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventRefusal {
    /// There is none, or the asker may not know of it.
    #[error("there is no such event")]
    NotFound,
    /// There is one already.
    #[error("the event exists already, with other details")]
    AlreadyExists,
    /// Part of the request makes no sense.
    #[error("`{field}` must be: {expected}")]
    Invalid {
        /// Which part, as a path.
        field: String,
        /// What would be right.
        expected: String,
    },
    /// The amounts are not in the event's currency.
    #[error("the prices of this event are in {expected}")]
    WrongCurrency {
        /// The event's currency.
        expected: Currency,
    },
    /// Its phase does not allow it.
    #[error("an event that is {} cannot be {wanted}", .phase.as_str())]
    WrongPhase {
        /// Where its sale stands.
        phase: Phase,
        /// What was asked for.
        wanted: &'static str,
    },
    /// Its seats are not on sale.
    #[error("the event is not on sale: it is {}", .phase.as_str())]
    NotOnSale {
        /// Where its sale stands.
        phase: Phase,
    },
    /// Sales are open, but not at this time.
    #[error("the event is not on sale at this time")]
    OutsideSaleWindow {
        /// When it is.
        window: SaleWindow,
    },
    /// Only its organiser or an admin may do this.
    #[error("only the organiser of the event may do this")]
    NotOrganiser,
}

pub(super) fn decide(
    event: &Event,
    command: &EventCommand,
    context: &EventContext,
) -> Result<Decision<EventFact>, EventRefusal> {
    match (event, command) {
        (Event::Absent, EventCommand::Create(details)) => {
            details.check(context.plan.as_deref())?;
            Ok(Decision::one(EventFact::Created(details.clone())))
        }
        (Event::Absent, _) => Err(EventRefusal::NotFound),
        (Event::Present { details, .. }, EventCommand::Create(wanted)) => {
            if details == wanted {
                Ok(Decision::AlreadyApplied)
            } else {
                Err(EventRefusal::AlreadyExists)
            }
        }
        (Event::Present { details, phase }, EventCommand::Reprice { currency, prices, fee }) => {
            reprice(details, *phase, *currency, prices, *fee, context)
        }
        (Event::Present { phase, .. }, EventCommand::Publish) => publish(*phase),
        (Event::Present { phase, .. }, EventCommand::OpenSales) => open(*phase),
        (Event::Present { phase, .. }, EventCommand::PauseSales) => pause(*phase),
        (Event::Present { phase, .. }, EventCommand::CloseSales) => close(*phase),
        (Event::Present { phase, .. }, EventCommand::Cancel { reason }) => cancel(*phase, reason),
    }
}

fn reprice(
    details: &EventDetails,
    phase: Phase,
    currency: Currency,
    prices: &[CategoryPrice],
    fee: i64,
    context: &EventContext,
) -> Result<Decision<EventFact>, EventRefusal> {
    if phase == Phase::Cancelled {
        return Err(EventRefusal::WrongPhase { phase, wanted: "repriced" });
    }
    if currency != details.currency {
        return Err(EventRefusal::WrongCurrency { expected: details.currency });
    }
    check_prices(prices, fee, |category| details.has_category(context.plan.as_deref(), category))?;
    if details.prices == prices && details.fee == fee {
        return Ok(Decision::AlreadyApplied);
    }
    let price_version = details.price_version + 1;
    Ok(Decision::one(EventFact::Repriced { price_version, prices: prices.to_vec(), fee }))
}

fn publish(phase: Phase) -> Result<Decision<EventFact>, EventRefusal> {
    match phase {
        Phase::Draft => Ok(Decision::one(EventFact::Published {})),
        Phase::Published | Phase::OnSale | Phase::Paused | Phase::Closed => {
            Ok(Decision::AlreadyApplied)
        }
        Phase::Cancelled => Err(EventRefusal::WrongPhase { phase, wanted: "published" }),
    }
}

fn open(phase: Phase) -> Result<Decision<EventFact>, EventRefusal> {
    match phase {
        Phase::OnSale => Ok(Decision::AlreadyApplied),
        Phase::Published | Phase::Paused | Phase::Closed => {
            Ok(Decision::one(EventFact::SalesOpened {}))
        }
        Phase::Draft | Phase::Cancelled => {
            Err(EventRefusal::WrongPhase { phase, wanted: "put on sale" })
        }
    }
}

fn pause(phase: Phase) -> Result<Decision<EventFact>, EventRefusal> {
    match phase {
        Phase::Paused => Ok(Decision::AlreadyApplied),
        Phase::OnSale => Ok(Decision::one(EventFact::SalesPaused {})),
        Phase::Draft | Phase::Published | Phase::Closed | Phase::Cancelled => {
            Err(EventRefusal::WrongPhase { phase, wanted: "paused" })
        }
    }
}

fn close(phase: Phase) -> Result<Decision<EventFact>, EventRefusal> {
    match phase {
        Phase::Closed => Ok(Decision::AlreadyApplied),
        Phase::OnSale | Phase::Paused => Ok(Decision::one(EventFact::SalesClosed {})),
        Phase::Draft | Phase::Published | Phase::Cancelled => {
            Err(EventRefusal::WrongPhase { phase, wanted: "closed" })
        }
    }
}

fn cancel(phase: Phase, reason: &str) -> Result<Decision<EventFact>, EventRefusal> {
    check_reason(reason)?;
    match phase {
        Phase::Cancelled => Ok(Decision::AlreadyApplied),
        Phase::Draft | Phase::Published | Phase::OnSale | Phase::Paused | Phase::Closed => {
            Ok(Decision::one(EventFact::Cancelled { reason: reason.to_owned() }))
        }
    }
}
