//! The state of a house: every stream of its event that has begun, with its sequence.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{HouseMemory, Proposal, StreamKey};
use crate::area::Area;
use crate::best_available::Availability;
use crate::booking::{Booking, BookingFact, BookingPhase};
use crate::decider::Decider;
use crate::event::Event;
use crate::fact::Fact;
use crate::id::{BookingId, EventId, Subject};
use crate::plan::{Plan, SeatIndex};
use crate::policy;
use crate::seat::{Seat, SeatFact};
use crate::stream::{AggregateType, Sequence, StreamId};

/// An aggregate and how many facts made it what it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tracked<A> {
    pub(super) state: A,
    pub(super) sequence: Sequence,
}

/// What every booking is that nobody has made.
const NO_BOOKING: Tracked<&Booking> = Tracked { state: &Booking::Absent, sequence: 0 };

impl<A> Tracked<A> {
    pub(super) fn as_ref(&self) -> Tracked<&A> {
        Tracked { state: &self.state, sequence: self.sequence }
    }
}

impl<A: Decider> Tracked<A> {
    /// Takes a fact in if it is the next one. One that was taken in before is passed over.
    fn evolve(&mut self, sequence: Sequence, fact: &A::Fact) -> Result<bool, OutOfOrder> {
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

/// The state of all streams of one event. A seat that was never held costs nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct House {
    event_id: EventId,
    event: Tracked<Event>,
    plan: Option<Arc<Plan>>,
    /// Which seats nobody holds or has; lapsed holds count as held until they are released.
    pub(super) available: Option<Availability>,
    pub(super) seats: HashMap<SeatIndex, Tracked<Seat>>,
    areas: HashMap<String, Tracked<Area>>,
    /// What every area is that nobody has places of.
    no_area: Tracked<Area>,
    pub(super) bookings: HashMap<BookingId, Tracked<Booking>>,
    pub(super) by_buyer: HashMap<Subject, Vec<BookingId>>,
    /// Bookings that have a deadline, soonest first.
    pub(super) deadlines: BTreeSet<(Timestamp, BookingId)>,
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
            seats: HashMap::new(),
            areas: HashMap::new(),
            no_area: Tracked::default(),
            bookings: HashMap::new(),
            by_buyer: HashMap::new(),
            deadlines: BTreeSet::new(),
        }
    }

    /// What it holds, to be written down. Bookings that were never made have nothing to say.
    #[must_use]
    pub fn into_memory(mut self) -> HouseMemory {
        let mut of_buyer = |ids: Vec<BookingId>| {
            ids.into_iter().filter_map(|id| Some((id, self.bookings.remove(&id)?))).collect()
        };
        HouseMemory {
            event_id: self.event_id,
            event: self.event,
            bookings: self.by_buyer.into_values().map(&mut of_buyer).collect(),
            seats: self.seats.into_iter().collect(),
            areas: self.areas.into_iter().collect(),
        }
    }

    /// The house that this was written down of.
    pub(super) fn remembering(memory: HouseMemory, plan: Option<Arc<Plan>>) -> Self {
        let mut house = Self::new(memory.event_id, plan);
        house.event = memory.event;
        house.areas = memory.areas.into_iter().collect();
        house.seats.reserve(memory.seats.len());
        for (index, seat) in memory.seats {
            house.seats.insert(index, seat);
            house.mark(index, &seat.state);
        }
        for (id, booking) in memory.bookings.into_iter().flatten() {
            if let Some(placed) = booking.state.placed() {
                house.by_buyer.entry(placed.order.buyer.clone()).or_default().push(id);
            }
            house.move_deadline(id, None, deadline_of(&booking.state));
            house.bookings.insert(id, booking);
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

    /// A booking of the event.
    #[must_use]
    pub fn booking(&self, booking: BookingId) -> Option<&Booking> {
        self.bookings.get(&booking).map(|tracked| &tracked.state)
    }

    /// All bookings that were ever made.
    pub fn bookings(&self) -> impl Iterator<Item = (BookingId, &Booking)> {
        self.bookings.iter().map(|(id, tracked)| (*id, &tracked.state))
    }

    /// The booking of a buyer that keeps or has a seat at this moment.
    #[must_use]
    pub fn booking_of_seat(&self, label: &str) -> Option<BookingId> {
        let index = self.plan.as_ref()?.find(label)?;
        self.seats.get(&index)?.state.booking()
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
                self.take_in_booking(*id, sequence, fact)
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
        let seat = self.seats.entry(index).or_default();
        let news = seat.evolve(sequence, fact)?;
        let state = seat.state;
        if news {
            self.mark(index, &state);
        }
        Ok(news)
    }

    fn mark(&mut self, index: SeatIndex, seat: &Seat) {
        if let Some(available) = &mut self.available {
            match seat {
                Seat::Free => available.free(index),
                Seat::Held { .. } | Seat::Booked { .. } => available.take(index),
            };
        }
    }

    fn take_in_booking(
        &mut self,
        id: BookingId,
        sequence: Sequence,
        fact: &BookingFact,
    ) -> Result<bool, OutOfOrder> {
        let booking = self.bookings.entry(id).or_default();
        if sequence <= booking.sequence {
            return Ok(false);
        }
        let before = deadline_of(&booking.state);
        let was_absent = booking.state == Booking::Absent;
        let news = booking.evolve(sequence, fact)?;
        let after = deadline_of(&booking.state);
        if was_absent && let Some(placed) = booking.state.placed() {
            let buyer = placed.order.buyer.clone();
            self.by_buyer.entry(buyer).or_default().push(id);
        }
        self.move_deadline(id, before, after);
        Ok(news)
    }

    fn move_deadline(&mut self, id: BookingId, from: Option<Timestamp>, to: Option<Timestamp>) {
        if let Some(from) = from {
            self.deadlines.remove(&(from, id));
        }
        if let Some(to) = to {
            self.deadlines.insert((to, id));
        }
    }

    /// All bookings that a buyer ever made, in their order.
    #[must_use]
    pub fn bookings_of(&self, buyer: &Subject) -> &[BookingId] {
        self.by_buyer.get(buyer).map_or(&[], Vec::as_slice)
    }

    /// How many seats and places a buyer holds or has.
    #[must_use]
    pub fn live_tickets_of(&self, buyer: &Subject, now: Timestamp) -> u32 {
        let placed = self.bookings_of(buyer).iter().filter_map(|id| self.booking(*id)?.placed());
        placed
            .filter(|placed| match placed.phase {
                BookingPhase::Held { until, .. } | BookingPhase::Paying { until, .. } => {
                    !policy::has_lapsed(until, now)
                }
                BookingPhase::Confirmed { .. } => true,
                BookingPhase::Released | BookingPhase::Expired | BookingPhase::Cancelled => false,
            })
            .map(|placed| placed.order.count())
            .sum()
    }

    /// Bookings whose holds no longer bind although nobody has recorded so.
    pub(super) fn lapsed_bookings(&self, now: Timestamp) -> impl Iterator<Item = &Booking> {
        let lapsed = self.deadlines.iter().take_while(move |(at, _)| policy::has_lapsed(*at, now));
        lapsed.filter_map(|(_, id)| self.booking(*id))
    }

    pub(super) fn tracked_event(&self) -> Tracked<&Event> {
        self.event.as_ref()
    }

    pub(super) fn tracked_booking(&self, booking: BookingId) -> Tracked<&Booking> {
        self.bookings.get(&booking).map_or(NO_BOOKING, Tracked::as_ref)
    }

    pub(super) fn tracked_seat(&self, index: SeatIndex) -> Tracked<Seat> {
        self.seats.get(&index).copied().unwrap_or_default()
    }

    /// An area of thousands of holds is not copied to be asked.
    pub(super) fn tracked_area(&self, name: &str) -> Tracked<&Area> {
        self.areas.get(name).unwrap_or(&self.no_area).as_ref()
    }

    pub(super) fn availability(&self) -> Option<&Availability> {
        self.available.as_ref()
    }
}

fn deadline_of(booking: &Booking) -> Option<Timestamp> {
    booking.placed().and_then(|placed| placed.phase.until())
}
