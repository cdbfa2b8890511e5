//! What the index keeps of one event: a pure fold of its facts, stored whole in its document.
//!
//! A seat that is booked may have been held before (then nothing is taken in addition) or not
//! (a late payment takes a free seat). So the seats and places that are held are kept by name;
//! what is sold is only counted. The row is therefore small even for a stadium, and complete: the
//! index needs nothing else to go on after a restart.

use std::sync::Arc;

use aisle_domain::area::AreaFact;
use aisle_domain::event::{EventDetails, EventFact, Phase};
use aisle_domain::fact::Fact;
use aisle_domain::id::{BookingId, EventId};
use aisle_domain::seat::SeatFact;
use aisle_domain::stream::StreamId;
use serde::{Deserialize, Serialize};

use super::holds::Holds;

/// One event, as indexed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    /// Whose row it is.
    pub(super) id: EventId,
    /// Where its sale stands.
    pub(super) phase: Phase,
    /// Seats and places held or sold, lapsed holds included.
    pub(super) taken: u64,
    /// Which of them are held but not sold.
    #[serde(default, skip_serializing_if = "Holds::is_empty")]
    pub(super) holds: Holds,
    /// What is on sale and on which terms.
    pub(super) details: Arc<EventDetails>,
}

impl Row {
    /// A new event: a draft, all free.
    pub(super) fn created(id: EventId, details: &EventDetails) -> Self {
        let details = Arc::new(details.clone());
        Self { id, phase: Phase::Draft, taken: 0, holds: Holds::default(), details }
    }

    /// How many seats and places there are.
    pub(super) fn capacity(&self) -> u64 {
        self.details.capacity()
    }

    /// How many of them are free.
    pub(super) fn available(&self) -> u64 {
        self.capacity().saturating_sub(self.taken)
    }

    /// The lowest and the highest price of a ticket, fee included, in minor units.
    pub(super) fn price_range(&self) -> Option<(i64, i64)> {
        let with_fee = || self.details.prices.iter().map(|price| price.amount + self.details.fee);
        with_fee().min().zip(with_fee().max())
    }

    /// Folds a fact of the event or of one of its seats and areas in, wholly or not at all.
    ///
    /// # Errors
    /// If the fact cannot have happened to this event.
    pub(super) fn evolve(&mut self, stream: &StreamId, fact: &Fact) -> Result<(), String> {
        let place = stream.local_name();
        match fact {
            Fact::Event(fact) => self.evolve_event(fact),
            Fact::Seat(fact) => self.evolve_seat(place, fact),
            Fact::Area(fact) => self.evolve_area(place, fact),
            Fact::Booking(_) => Ok(()),
        }
    }

    fn evolve_event(&mut self, fact: &EventFact) -> Result<(), String> {
        match fact {
            EventFact::Created(_) => return Err("the event was created before".into()),
            EventFact::Repriced { price_version, prices, fee } => {
                let details = Arc::make_mut(&mut self.details);
                details.price_version = *price_version;
                details.prices.clone_from(prices);
                details.fee = *fee;
            }
            EventFact::Published {} => self.phase = Phase::Published,
            EventFact::SalesOpened {} => self.phase = Phase::OnSale,
            EventFact::SalesPaused {} => self.phase = Phase::Paused,
            EventFact::SalesClosed {} => self.phase = Phase::Closed,
            EventFact::Cancelled { .. } => self.phase = Phase::Cancelled,
        }
        Ok(())
    }

    fn evolve_seat(&mut self, seat: &str, fact: &SeatFact) -> Result<(), String> {
        match fact {
            SeatFact::Held { .. } => self.taken += u64::from(self.holds.hold_seat(seat)),
            SeatFact::Extended { .. } => {}
            SeatFact::Booked { .. } => self.taken += u64::from(!self.holds.end_seat(seat)),
            SeatFact::Released { .. } => {
                self.give_back(1)?;
                self.holds.end_seat(seat);
            }
        }
        Ok(())
    }

    fn evolve_area(&mut self, area: &str, fact: &AreaFact) -> Result<(), String> {
        match *fact {
            AreaFact::Held { booking_id, count, .. } => {
                let before = self.holds.hold_places(area, booking_id, count);
                self.taken = self.taken + u64::from(count) - u64::from(before);
            }
            AreaFact::Extended { .. } => {}
            AreaFact::Booked { booking_id, count } => self.sell(area, booking_id, count),
            AreaFact::Released { booking_id, count, .. } => {
                self.give_back(count)?;
                self.holds.end_places(area, booking_id);
            }
        }
        Ok(())
    }

    fn sell(&mut self, area: &str, booking: BookingId, count: u32) {
        let before = self.holds.end_places(area, booking);
        self.taken = self.taken + u64::from(count) - u64::from(before);
    }

    fn give_back(&mut self, count: u32) -> Result<(), String> {
        let taken = self.taken.checked_sub(u64::from(count));
        self.taken = taken.ok_or("more was released than was taken")?;
        Ok(())
    }
}
