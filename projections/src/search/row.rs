//! What the index keeps of one event: a pure fold of its facts, stored whole in its document.
//!
//! A seat that is booked may have been held before (then nothing is taken in addition) or not
//! (a late payment takes a free seat). So the holds that live are kept by name; what is sold is
//! only counted. The row is therefore small even for a stadium, and complete: the index needs
//! nothing else to go on after a restart.

use std::collections::BTreeMap;
use std::sync::Arc;

use aisle_domain::area::AreaFact;
use aisle_domain::event::{EventDetails, EventFact, Phase};
use aisle_domain::fact::Fact;
use aisle_domain::id::{BookingId, EventId};
use aisle_domain::seat::SeatFact;
use aisle_domain::stream::{AggregateType, StreamId};
use serde::{Deserialize, Serialize};

/// One event, as indexed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Row {
    /// Whose row it is.
    pub(super) id: EventId,
    /// Where its sale stands.
    pub(super) phase: Phase,
    /// Seats and places held or sold, lapsed holds included.
    pub(super) taken: u64,
    /// Seats and places that are held but not sold.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "as_list")]
    holds: BTreeMap<HoldKey, u32>,
    /// What is on sale and on which terms.
    pub(super) details: Arc<EventDetails>,
}

/// Which seat or area is held, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct HoldKey {
    kind: AggregateType,
    place: Box<str>,
    booking: BookingId,
}

impl Row {
    /// A new event: a draft, all free.
    pub(super) fn created(id: EventId, details: &EventDetails) -> Self {
        let details = Arc::new(details.clone());
        Self { id, phase: Phase::Draft, taken: 0, holds: BTreeMap::new(), details }
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

    /// Folds a fact of the event or of one of its seats and areas in.
    ///
    /// # Errors
    /// If the fact cannot have happened to this event.
    pub(super) fn evolve(&mut self, stream: &StreamId, fact: &Fact) -> Result<(), String> {
        match fact {
            Fact::Event(fact) => self.evolve_event(fact),
            Fact::Seat(fact) => self.evolve_seat(stream, fact),
            Fact::Area(fact) => self.evolve_area(stream, fact),
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

    fn evolve_seat(&mut self, stream: &StreamId, fact: &SeatFact) -> Result<(), String> {
        match *fact {
            SeatFact::Held { booking_id, .. } => self.hold(stream, booking_id, 1),
            SeatFact::Extended { .. } => Ok(()),
            SeatFact::Booked { booking_id } => self.sell(stream, booking_id, 1),
            SeatFact::Released { booking_id, .. } => self.release(stream, booking_id, 1),
        }
    }

    fn evolve_area(&mut self, stream: &StreamId, fact: &AreaFact) -> Result<(), String> {
        match *fact {
            AreaFact::Held { booking_id, count, .. } => self.hold(stream, booking_id, count),
            AreaFact::Extended { .. } => Ok(()),
            AreaFact::Booked { booking_id, count } => self.sell(stream, booking_id, count),
            AreaFact::Released { booking_id, count, .. } => self.release(stream, booking_id, count),
        }
    }

    fn hold(&mut self, stream: &StreamId, booking: BookingId, count: u32) -> Result<(), String> {
        let before = self.holds.insert(HoldKey::new(stream, booking), count).unwrap_or(0);
        self.take(before, count)
    }

    fn sell(&mut self, stream: &StreamId, booking: BookingId, count: u32) -> Result<(), String> {
        let before = self.holds.remove(&HoldKey::new(stream, booking)).unwrap_or(0);
        self.take(before, count)
    }

    fn release(&mut self, stream: &StreamId, booking: BookingId, count: u32) -> Result<(), String> {
        self.holds.remove(&HoldKey::new(stream, booking));
        self.take(count, 0)
    }

    /// Gives `before` back and takes `after`.
    fn take(&mut self, before: u32, after: u32) -> Result<(), String> {
        let taken = (self.taken + u64::from(after)).checked_sub(u64::from(before));
        self.taken = taken.ok_or("more was released than was taken")?;
        Ok(())
    }
}

impl HoldKey {
    fn new(stream: &StreamId, booking: BookingId) -> Self {
        Self { kind: stream.aggregate, place: stream.local_name().into(), booking }
    }
}

/// JSON has no keys but strings, so the map is written as a list.
mod as_list {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serializer};

    use super::HoldKey;

    pub(super) fn serialize<S: Serializer>(
        holds: &BTreeMap<HoldKey, u32>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(holds)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<HoldKey, u32>, D::Error> {
        Vec::deserialize(deserializer).map(|list| list.into_iter().collect())
    }
}
