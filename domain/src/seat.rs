//! The aggregate **Seat**: one reserved seat of one event.
//!
//! Its stream begins with its first hold; that it exists and what it costs is the seating plan's
//! and the event's business.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::decider::{Decider, Decision, aggregate_adapter};
use crate::fact::ReleaseReason;
use crate::id::BookingId;
use crate::policy;
use crate::stream::AggregateType;

/// A seat's state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Seat {
    /// Nobody has it.
    #[default]
    Free,
    /// Kept for a booking. Once the deadline and the grace period have passed it counts as free,
    /// whether or not anyone has recorded so.
    Held {
        /// For which booking.
        booking: BookingId,
        /// The deadline that the buyer was told.
        until: Timestamp,
    },
    /// Sold.
    Booked {
        /// To which booking.
        booking: BookingId,
    },
}

/// What a seat can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SeatCommand {
    /// Keep it for a booking until a deadline.
    Hold {
        /// For whom.
        booking: BookingId,
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
    /// Sell it to the booking that holds it, or to one whose hold has lapsed if it is free.
    Book {
        /// To whom.
        booking: BookingId,
    },
    /// Put it back on sale, if it is still this booking's.
    Release {
        /// Whose it was.
        booking: BookingId,
        /// Why.
        reason: ReleaseReason,
    },
}

/// What happens to a seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SeatFact {
    /// It was kept for a booking.
    Held {
        /// For which booking.
        booking_id: BookingId,
        /// The deadline that the buyer was told.
        until: Timestamp,
    },
    /// The deadline of its hold was moved.
    Extended {
        /// Whose hold.
        booking_id: BookingId,
        /// The new deadline.
        until: Timestamp,
    },
    /// It was sold.
    Booked {
        /// To which booking.
        booking_id: BookingId,
    },
    /// It went back on sale.
    Released {
        /// Whose it was.
        booking_id: BookingId,
        /// Why.
        reason: ReleaseReason,
    },
}

impl SeatFact {
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

/// Why a seat says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeatRefusal {
    /// Another booking holds or has it.
    #[error("the seat is taken")]
    Taken,
    /// The booking does not hold it (any more).
    #[error("the seat is not held by this booking")]
    NotHeld,
}

/// What a seat must know to decide.
#[derive(Debug, Clone, Copy)]
pub struct SeatContext {
    /// The present moment.
    pub now: Timestamp,
}

impl Seat {
    /// Whether a booking may take it now.
    #[must_use]
    pub fn is_free(&self, now: Timestamp) -> bool {
        match self {
            Self::Free => true,
            Self::Held { until, .. } => policy::has_lapsed(*until, now),
            Self::Booked { .. } => false,
        }
    }

    /// The booking that holds or has it, even if its deadline has passed.
    #[must_use]
    pub fn booking(&self) -> Option<BookingId> {
        match self {
            Self::Free => None,
            Self::Held { booking, .. } | Self::Booked { booking } => Some(*booking),
        }
    }

    /// The facts by which whoever let a hold lapse gives way.
    fn lapse(&self) -> Vec<SeatFact> {
        match *self {
            Self::Held { booking: booking_id, .. } => {
                vec![SeatFact::Released { booking_id, reason: ReleaseReason::Expired }]
            }
            Self::Free | Self::Booked { .. } => Vec::new(),
        }
    }

    fn hold(
        &self,
        booking_id: BookingId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Decision<SeatFact>, SeatRefusal> {
        if self.booking() == Some(booking_id) && !self.is_free(now) {
            return Ok(Decision::AlreadyApplied);
        }
        if !self.is_free(now) {
            return Err(SeatRefusal::Taken);
        }
        let mut facts = self.lapse();
        facts.push(SeatFact::Held { booking_id, until });
        Ok(Decision::Facts(facts))
    }

    fn extend(
        &self,
        booking_id: BookingId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Decision<SeatFact>, SeatRefusal> {
        match *self {
            Self::Held { booking, until: present }
                if booking == booking_id && !policy::has_lapsed(present, now) =>
            {
                Ok(Decision::one(SeatFact::Extended { booking_id, until }))
            }
            _ => Err(SeatRefusal::NotHeld),
        }
    }

    fn book(
        &self,
        booking_id: BookingId,
        now: Timestamp,
    ) -> Result<Decision<SeatFact>, SeatRefusal> {
        match *self {
            Self::Booked { booking } if booking == booking_id => Ok(Decision::AlreadyApplied),
            Self::Held { booking, .. } if booking == booking_id => {
                Ok(Decision::one(SeatFact::Booked { booking_id }))
            }
            _ if self.is_free(now) => {
                let mut facts = self.lapse();
                facts.push(SeatFact::Booked { booking_id });
                Ok(Decision::Facts(facts))
            }
            _ => Err(SeatRefusal::Taken),
        }
    }

    fn release(&self, booking_id: BookingId, reason: ReleaseReason) -> Decision<SeatFact> {
        if self.booking() == Some(booking_id) {
            Decision::one(SeatFact::Released { booking_id, reason })
        } else {
            Decision::AlreadyApplied
        }
    }
}

impl Decider for Seat {
    type Command = SeatCommand;
    type Context = SeatContext;
    type Fact = SeatFact;
    type Refusal = SeatRefusal;

    fn decide(
        &self,
        command: &SeatCommand,
        context: &SeatContext,
    ) -> Result<Decision<SeatFact>, SeatRefusal> {
        match *command {
            SeatCommand::Hold { booking, until } => self.hold(booking, until, context.now),
            SeatCommand::Extend { booking, until } => self.extend(booking, until, context.now),
            SeatCommand::Book { booking } => self.book(booking, context.now),
            SeatCommand::Release { booking, reason } => Ok(self.release(booking, reason)),
        }
    }

    fn evolve(&mut self, fact: &SeatFact) {
        *self = match *fact {
            SeatFact::Held { booking_id, until } | SeatFact::Extended { booking_id, until } => {
                Self::Held { booking: booking_id, until }
            }
            SeatFact::Booked { booking_id } => Self::Booked { booking: booking_id },
            SeatFact::Released { .. } => Self::Free,
        };
    }
}

aggregate_adapter!(Seat, SeatFact, AggregateType::Seat);
