//! The aggregate **Area**: a general-admission area of one event, a capacity without seats.
//!
//! It is what a seat is to reserved seating: the one writer of who has which part of the
//! capacity. Its stream begins with its first hold; how much it holds is the event's business
//! and arrives in the context.

mod shares;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::decider::{Decider, Decision, aggregate_adapter};
use crate::fact::ReleaseReason;
use crate::id::BookingId;
use crate::stream::AggregateType;

use self::shares::{Share, Shares};

/// An area's state: who has how many of its places.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Area {
    shares: Shares,
}

/// What an area can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AreaCommand {
    /// Keep places for a booking until a deadline.
    Hold {
        /// For whom.
        booking: BookingId,
        /// How many places, at least 1.
        count: u32,
        /// Until when, as the buyer is told.
        until: Timestamp,
    },
    /// Move the deadline of a hold.
    Extend {
        /// Whose hold.
        booking: BookingId,
        /// The new deadline.
        until: Timestamp,
    },
    /// Sell places to the booking that holds them, or to one whose hold has lapsed if there are
    /// still as many.
    Book {
        /// To whom.
        booking: BookingId,
        /// How many places.
        count: u32,
    },
    /// Put a booking's places back on sale.
    Release {
        /// Whose they were.
        booking: BookingId,
        /// Why.
        reason: ReleaseReason,
    },
}

/// What happens to an area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AreaFact {
    /// Places were kept for a booking.
    Held {
        /// For which booking.
        booking_id: BookingId,
        /// How many.
        count: u32,
        /// The deadline that the buyer was told.
        until: Timestamp,
    },
    /// The deadline of a hold was moved.
    Extended {
        /// Whose hold.
        booking_id: BookingId,
        /// The new deadline.
        until: Timestamp,
    },
    /// Places were sold.
    Booked {
        /// To which booking.
        booking_id: BookingId,
        /// How many.
        count: u32,
    },
    /// Places went back on sale.
    Released {
        /// Whose they were.
        booking_id: BookingId,
        /// How many.
        count: u32,
        /// Why.
        reason: ReleaseReason,
    },
}

impl AreaFact {
    /// The name of the fact.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Held { .. } => "held",
            Self::Extended { .. } => "extended",
            Self::Booked { .. } => "booked",
            Self::Released { .. } => "released",
        }
    }
}

/// Why an area says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AreaRefusal {
    /// Fewer places are left than were asked for.
    #[error("only {left} places are left")]
    TooFewLeft {
        /// How many could be had.
        left: u32,
    },
    /// The booking holds nothing here (any more).
    #[error("the booking holds no places in this area")]
    NotHeld,
}

/// What an area must know to decide.
#[derive(Debug, Clone, Copy)]
pub struct AreaContext {
    /// The present moment.
    pub now: Timestamp,
    /// How many places the area has.
    pub capacity: u32,
}

impl Area {
    /// Places held or sold, lapsed holds included.
    #[must_use]
    pub fn taken(&self) -> u32 {
        self.shares.taken()
    }

    /// How many places a booking could take now: lapsed holds count as free.
    #[must_use]
    pub fn left(&self, context: &AreaContext) -> u32 {
        let lapsed: u32 = self.shares.lapsed(context.now).map(|(_, share)| share.count).sum();
        context.capacity.saturating_sub(self.taken() - lapsed)
    }

    /// Whether the booking's places are held, within its deadline, or sold.
    #[must_use]
    pub fn is_kept_for(&self, booking: BookingId, now: Timestamp) -> bool {
        self.shares.of(booking).is_some_and(|share| !share.has_lapsed(now))
    }

    /// The facts that make room for `count` places: lapsed holds give way, the first to lapse
    /// first, as few as needed.
    fn make_room(&self, count: u32, context: &AreaContext) -> Result<Vec<AreaFact>, AreaRefusal> {
        let mut room = context.capacity.saturating_sub(self.taken());
        let mut facts = Vec::new();
        if room >= count {
            return Ok(facts);
        }
        for (booking_id, share) in self.shares.lapsed(context.now) {
            facts.push(released(booking_id, share, ReleaseReason::Expired));
            room += share.count;
            if room >= count {
                return Ok(facts);
            }
        }
        Err(AreaRefusal::TooFewLeft { left: room })
    }

    fn hold(
        &self,
        booking_id: BookingId,
        count: u32,
        until: Timestamp,
        context: &AreaContext,
    ) -> Result<Decision<AreaFact>, AreaRefusal> {
        if self.is_kept_for(booking_id, context.now) {
            return Ok(Decision::AlreadyApplied);
        }
        let mut facts = self.make_room(count, context)?;
        facts.push(AreaFact::Held { booking_id, count, until });
        Ok(Decision::Facts(facts))
    }

    fn extend(
        &self,
        booking_id: BookingId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Decision<AreaFact>, AreaRefusal> {
        match self.shares.of(booking_id) {
            Some(share) if share.until.is_some() && !share.has_lapsed(now) => {
                Ok(Decision::one(AreaFact::Extended { booking_id, until }))
            }
            _ => Err(AreaRefusal::NotHeld),
        }
    }

    fn book(
        &self,
        booking_id: BookingId,
        count: u32,
        context: &AreaContext,
    ) -> Result<Decision<AreaFact>, AreaRefusal> {
        match self.shares.of(booking_id) {
            Some(Share { until: None, .. }) => Ok(Decision::AlreadyApplied),
            Some(Share { until: Some(_), .. }) => {
                Ok(Decision::one(AreaFact::Booked { booking_id, count }))
            }
            None => {
                let mut facts = self.make_room(count, context)?;
                facts.push(AreaFact::Booked { booking_id, count });
                Ok(Decision::Facts(facts))
            }
        }
    }

    fn release(&self, booking_id: BookingId, reason: ReleaseReason) -> Decision<AreaFact> {
        match self.shares.of(booking_id) {
            Some(share) => Decision::one(released(booking_id, share, reason)),
            None => Decision::AlreadyApplied,
        }
    }
}

fn released(booking_id: BookingId, share: Share, reason: ReleaseReason) -> AreaFact {
    AreaFact::Released { booking_id, count: share.count, reason }
}

impl Decider for Area {
    type Command = AreaCommand;
    type Context = AreaContext;
    type Fact = AreaFact;
    type Refusal = AreaRefusal;

    fn decide(
        &self,
        command: &AreaCommand,
        context: &AreaContext,
    ) -> Result<Decision<AreaFact>, AreaRefusal> {
        match *command {
            AreaCommand::Hold { booking, count, until } => {
                self.hold(booking, count, until, context)
            }
            AreaCommand::Extend { booking, until } => self.extend(booking, until, context.now),
            AreaCommand::Book { booking, count } => self.book(booking, count, context),
            AreaCommand::Release { booking, reason } => Ok(self.release(booking, reason)),
        }
    }

    fn evolve(&mut self, fact: &AreaFact) {
        match *fact {
            AreaFact::Held { booking_id, count, until } => {
                self.shares.put(booking_id, Share { count, until: Some(until) });
            }
            AreaFact::Extended { booking_id, until } => {
                if let Some(share) = self.shares.of(booking_id) {
                    self.shares.put(booking_id, Share { until: Some(until), ..share });
                }
            }
            AreaFact::Booked { booking_id, count } => {
                self.shares.put(booking_id, Share { count, until: None });
            }
            AreaFact::Released { booking_id, .. } => self.shares.remove(booking_id),
        }
    }
}

aggregate_adapter!(Area, AreaFact, AggregateType::Area);
