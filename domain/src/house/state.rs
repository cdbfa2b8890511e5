//! The state of a house: every stream of its event that has begun, with its sequence.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::bookings::{Bookings, Of};
use super::seats::Seats;
use super::{HouseMemory, Proposal, StreamKey};
use crate::area::Area;
use crate::best_available::Availability;
use crate::booking::{Booking, BookingFact, Placed};
use crate::decider::Decider;
use crate::event::Event;
use crate::fact::Fact;
use crate::id::{BookingId, EventId, Subject};
use crate::plan::{Plan, SeatIndex};
use crate::seat::{Seat, SeatFact};
use crate::stream::{AggregateType, Sequence, StreamId};

/// An aggregate and how many facts made it what it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tracked<A> {
    pub(super) state: A,
    pub(super) sequence: Sequence,
}

impl<A> Tracked<A> {
    pub(super) fn as_ref(&self) -> Tracked<&A> {
        Tracked { state: &self.state, sequence: self.sequence }
    }
}

impl<A: Decider> Tracked<A> {
    /// Takes a fact in if it is the next one. One that was taken in before is passed over.
    pub(super) fn evolve(
        &mut self,
        sequence: Sequence,
        fact: &A::Fact,
    ) -> Result<bool, OutOfOrder> {
        if sequence <= self.sequence {
            return Ok(false);
        }
        if sequence != self.sequence + 1 {
            return Err(OutOfOrder { expected: self.sequence + 1, got: sequence });
        }
        self.state.evolve(fact);
        self.sequence = sequence;
        Ok(true)
    }
}

/// A fact came before its predecessor, or does not belong here: the cache is not to be trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected sequence {expected} of the stream, got {got}")]
pub struct OutOfOrder {
    /// The sequence that would have been next; 0 if the stream is none of this event's.
    pub expected: Sequence,
    /// The sequence that came.
    pub got: Sequence,
}

/// The state of all streams of one event. A seat that was never held costs next to nothing.
#[derive(Debug, Clone)]
pub struct House {
    event_id: EventId,
    event: Tracked<Event>,
    plan: Option<Arc<Plan>>,
    /// Which seats nobody holds or has; lapsed holds count as held until they are released.
    pub(super) available: Option<Availability>,
    pub(super) seats: Seats,
    areas: HashMap<String, Tracked<Area>>,
    /// What every area is that nobody has places of.
    no_area: Tracked<Area>,
    pub(super) bookings: Bookings,
}

/// Two houses are the same if the same facts can have made them; how they are packed is their own
/// business.
impl PartialEq for House {
    fn eq(&self, other: &Self) -> bool {
        self.event_id == other.event_id
            && self.event == other.event
            && self.plan == other.plan
            && self.available == other.available
            && self.areas == other.areas
            && self.begun_seats().eq(other.begun_seats())
            && self.bookings.buyers() == other.bookings.buyers()
            && self.bookings.made().all(|(buyer, made)| made.eq(other.bookings_of(buyer)))
            && self.bookings().all(|(id, _)| self.tracked_booking(id) == other.tracked_booking(id))
    }
}

impl House {
    /// The house of an event of which nothing is known yet but its seating plan.
    #[must_use]
    pub fn new(event_id: EventId, plan: Option<Arc<Plan>>) -> Self {
        Self {
            event_id,
            event: Tracked::default(),
            available: plan.as_deref().map(Availability::new),
            plan,
            seats: Seats::default(),
            areas: HashMap::new(),
            no_area: Tracked::default(),
            bookings: Bookings::default(),
        }
    }

    /// What it holds, to be written down. Bookings that were never made have nothing to say.
    #[must_use]
    pub fn into_memory(self) -> HouseMemory {
        let tracked = |id| (id, self.tracked_booking(id));
        HouseMemory {
            event_id: self.event_id,
            bookings: self.bookings.made().map(|(_, made)| made.map(tracked).collect()).collect(),
            seats: self.begun_seats().collect(),
            event: self.event,
            areas: self.areas.into_iter().collect(),
        }
    }

    /// The house that this was written down of.
    pub(super) fn remembering(memory: HouseMemory, plan: Option<Arc<Plan>>) -> Self {
        let mut house = Self::new(memory.event_id, plan);
        house.event = memory.event;
        house.areas = memory.areas.into_iter().collect();
        for (id, booking) in memory.bookings.into_iter().flatten() {
            let of = Of { event: house.event_id, plan: house.plan.as_deref() };
            house.bookings.put(id, booking, of);
        }
        for (index, seat) in memory.seats {
            house.keep_seat(index, seat);
        }
        house
    }

    /// The event's id.
    #[must_use]
    pub fn event_id(&self) -> EventId {
        self.event_id
    }

    /// The event.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.event.state
    }

    /// Its seating plan, if it has reserved seats.
    #[must_use]
    pub fn plan(&self) -> Option<&Arc<Plan>> {
        self.plan.as_ref()
    }

    /// A booking of the event, if it was made.
    #[must_use]
    pub fn placed(&self, booking: BookingId) -> Option<Placed> {
        match self.tracked_booking(booking).state {
            Booking::Absent => None,
            Booking::Placed(placed) => Some(*placed),
        }
    }

    /// All bookings that were ever made.
    pub fn bookings(&self) -> impl Iterator<Item = (BookingId, Placed)> {
        let made = self.bookings.made().flat_map(|(_, made)| made);
        made.filter_map(|id| Some((id, self.placed(id)?)))
    }

    /// The booking of a buyer that keeps or has a seat at this moment.
    #[must_use]
    pub fn booking_of_seat(&self, label: &str) -> Option<BookingId> {
        let index = self.plan.as_ref()?.find(label)?;
        self.tracked_seat(index).state.booking()
    }

    /// Takes in a fact as recorded. One that was taken in before is passed over; says whether it
    /// was new.
    ///
    /// # Errors
    /// If it is not the next of its stream, or of none of this event's streams.
    pub fn apply(
        &mut self,
        stream: &StreamId,
        sequence: Sequence,
        fact: &Fact,
    ) -> Result<bool, OutOfOrder> {
        let foreign = OutOfOrder { expected: 0, got: sequence };
        if !self.is_of_this_event(stream, fact) {
            return Err(foreign);
        }
        let key = match stream.aggregate {
            AggregateType::Event => StreamKey::Event,
            AggregateType::Seat => {
                let plan = self.plan.as_ref().ok_or_else(|| foreign.clone())?;
                StreamKey::Seat(plan.find(stream.local_name()).ok_or(foreign)?)
            }
            AggregateType::Area => StreamKey::Area(stream.local_name().to_owned()),
            AggregateType::Booking => StreamKey::Booking(stream.id.parse().map_err(|_| foreign)?),
        };
        self.take_in(&key, sequence, fact)
    }

    /// The event is part of the name of all streams but a booking's, whose first fact says it.
    fn is_of_this_event(&self, stream: &StreamId, fact: &Fact) -> bool {
        match (stream.aggregate, fact) {
            (AggregateType::Booking, Fact::Booking(BookingFact::Held { order, .. })) => {
                order.event_id == self.event_id
            }
            (AggregateType::Booking, _) => true,
            (AggregateType::Event | AggregateType::Seat | AggregateType::Area, _) => {
                let event = stream.id.split(':').next().unwrap_or_default();
                event.parse().is_ok_and(|event: EventId| event == self.event_id)
            }
        }
    }

    /// Takes in a proposal as if it were recorded, so that the next command is decided on what it
    /// leaves. If the journal rejects it, the house must be thrown away.
    ///
    /// # Errors
    /// If it was decided on another state.
    pub fn apply_proposal(&mut self, proposal: &Proposal) -> Result<(), OutOfOrder> {
        for write in &proposal.writes {
            self.take_in(&write.stream, write.sequence, &write.fact)?;
        }
        Ok(())
    }

    fn take_in(
        &mut self,
        key: &StreamKey,
        sequence: Sequence,
        fact: &Fact,
    ) -> Result<bool, OutOfOrder> {
        match (key, fact) {
            (StreamKey::Event, Fact::Event(fact)) => self.event.evolve(sequence, fact),
            (StreamKey::Seat(index), Fact::Seat(fact)) => self.take_in_seat(*index, sequence, fact),
            (StreamKey::Area(name), Fact::Area(fact)) => {
                self.areas.entry(name.clone()).or_default().evolve(sequence, fact)
            }
            (StreamKey::Booking(id), Fact::Booking(fact)) => {
                let of = Of { event: self.event_id, plan: self.plan.as_deref() };
                self.bookings.apply(*id, sequence, fact, of)
            }
            _ => Err(OutOfOrder { expected: 0, got: sequence }),
        }
    }

    fn take_in_seat(
        &mut self,
        index: SeatIndex,
        sequence: Sequence,
        fact: &SeatFact,
    ) -> Result<bool, OutOfOrder> {
        let mut seat = self.tracked_seat(index);
        let news = seat.evolve(sequence, fact)?;
        if news {
            self.keep_seat(index, seat);
        }
        Ok(news)
    }

    fn keep_seat(&mut self, index: SeatIndex, seat: Tracked<Seat>) {
        let booking = seat.state.booking().map(|id| self.bookings.number(id));
        self.seats.put(index, seat, booking);
        self.mark(index, &seat.state);
    }

    fn mark(&mut self, index: SeatIndex, seat: &Seat) {
        if let Some(available) = &mut self.available {
            match seat {
                Seat::Free => available.free(index),
                Seat::Held { .. } | Seat::Booked { .. } => available.take(index),
            };
        }
    }

    /// All bookings that a buyer ever made, in their order.
    pub fn bookings_of(&self, buyer: &Subject) -> impl Iterator<Item = BookingId> {
        self.bookings.made_by(buyer)
    }

    /// How many seats and places a buyer holds or has.
    #[must_use]
    pub fn live_tickets_of(&self, buyer: &Subject, now: Timestamp) -> u32 {
        self.bookings.live_tickets_of(buyer, now)
    }

    fn begun_seats(&self) -> impl Iterator<Item = (SeatIndex, Tracked<Seat>)> {
        self.seats.begun().map(|index| (index, self.tracked_seat(index)))
    }

    pub(super) fn tracked_event(&self) -> Tracked<&Event> {
        self.event.as_ref()
    }

    pub(super) fn tracked_booking(&self, booking: BookingId) -> Tracked<Booking> {
        self.bookings.get(booking, self.of())
    }

    pub(super) fn tracked_seat(&self, index: SeatIndex) -> Tracked<Seat> {
        self.seats.get(index, |number| self.bookings.id(number))
    }

    /// What its orders are read with.
    pub(super) fn of(&self) -> Of<'_> {
        Of { event: self.event_id, plan: self.plan.as_deref() }
    }

    /// An area of thousands of holds is not copied to be asked.
    pub(super) fn tracked_area(&self, name: &str) -> Tracked<&Area> {
        self.areas.get(name).unwrap_or(&self.no_area).as_ref()
    }

    pub(super) fn availability(&self) -> Option<&Availability> {
        self.available.as_ref()
    }
}
