//! Who-has-what of one event, folded from its facts: the states of its seats and the shares of
//! its areas. Pure; the seat map and the event page both fold with it.
//!
//! It reads no clock: a hold whose deadline has passed counts as held until its release is
//! recorded, which the expiry process does within a second.

use std::collections::BTreeMap;

use aisle_domain::area::AreaFact;
use aisle_domain::event::EventDetails;
use aisle_domain::fact::Fact;
use aisle_domain::id::{BookingId, EventId};
use aisle_domain::plan::PlanHash;
use aisle_domain::seat::SeatFact;
use aisle_domain::stream::Position;
use aisle_infra::journal::Entry;
use serde::{Deserialize, Serialize};

use super::plans_of_batch::PlansOfBatch;
use super::states::{PackedStates, SeatState};

/// The seats and areas of one event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Occupancy {
    pub(crate) plan: Option<PlanHash>,
    /// How many seats the plan has.
    pub(crate) seats: u32,
    pub(crate) states: PackedStates,
    pub(crate) held: u32,
    pub(crate) sold: u32,
    /// By name.
    pub(crate) areas: BTreeMap<String, AreaOccupancy>,
    /// The position of the last fact that changed any of it.
    pub(crate) version: Position,
}

/// The places of one area. What is sold needs no names: a share that is not held is sold.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct AreaOccupancy {
    pub(crate) capacity: u32,
    pub(crate) held: u32,
    pub(crate) sold: u32,
    holds: BTreeMap<BookingId, u32>,
}

/// An entry does not fit what was before it; the text says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfit(pub(crate) String);

impl Occupancy {
    /// Of an event that was just created: all is free.
    pub(crate) fn new(details: &EventDetails, position: Position) -> Self {
        let area = |area: &aisle_domain::event::AreaSpec| {
            let occupancy = AreaOccupancy { capacity: area.capacity, ..AreaOccupancy::default() };
            (area.name.clone(), occupancy)
        };
        Self {
            plan: details.plan,
            seats: details.seats,
            states: PackedStates::default(),
            held: 0,
            sold: 0,
            areas: details.areas.iter().map(area).collect(),
            version: position,
        }
    }

    /// Takes in a fact of the event. Facts of events and bookings change nothing here.
    pub(crate) fn apply(
        &mut self,
        event: EventId,
        entry: &Entry,
        plans: &PlansOfBatch,
    ) -> Result<(), Unfit> {
        let name = entry.recorded.stream.local_name();
        let changed = match &*entry.fact {
            Fact::Seat(fact) => {
                let unknown = || Unfit(format!("the plan of event {event} has no seat {name}"));
                let seat = plans.find(event, name).ok_or_else(unknown)?;
                self.apply_to_seat(seat, fact)
            }
            Fact::Area(fact) => {
                let unknown = || Unfit(format!("event {event} has no area {name}"));
                self.areas.get_mut(name).ok_or_else(unknown)?.apply(fact)?
            }
            Fact::Event(_) | Fact::Booking(_) => false,
        };
        if changed {
            self.version = entry.position();
        }
        Ok(())
    }

    /// The seats that are held, by their places in plan order.
    pub(crate) fn held_seats(&self) -> impl Iterator<Item = u32> {
        let end = if self.held > 0 { self.seats } else { 0 };
        (0..end).filter(|seat| self.states.state(*seat) == SeatState::Held)
    }

    /// Returns whether the seat's state changed.
    fn apply_to_seat(&mut self, seat: u32, fact: &SeatFact) -> bool {
        let next = match fact {
            SeatFact::Held { .. } => SeatState::Held,
            SeatFact::Booked { .. } => SeatState::Sold,
            SeatFact::Released { .. } => SeatState::Free,
            SeatFact::Extended { .. } => return false,
        };
        let before = self.states.state(seat);
        self.count(before, u32::wrapping_sub);
        self.count(next, u32::wrapping_add);
        self.states.set(seat, next, self.seats);
        before != next
    }

    fn count(&mut self, state: SeatState, change: fn(u32, u32) -> u32) {
        match state {
            SeatState::Held => self.held = change(self.held, 1),
            SeatState::Sold => self.sold = change(self.sold, 1),
            SeatState::Free | SeatState::Blocked => {}
        }
    }
}

impl AreaOccupancy {
    /// How many places are held for each booking that holds some.
    pub(crate) fn holds(&self) -> impl Iterator<Item = (BookingId, u32)> {
        self.holds.iter().map(|(booking, count)| (*booking, *count))
    }

    /// Returns whether the numbers changed.
    fn apply(&mut self, fact: &AreaFact) -> Result<bool, Unfit> {
        match *fact {
            AreaFact::Extended { .. } => return Ok(false),
            AreaFact::Held { booking_id, count, .. } => {
                self.let_go(booking_id);
                self.holds.insert(booking_id, count);
                self.held += count;
            }
            AreaFact::Booked { booking_id, count } => {
                self.let_go(booking_id);
                self.sold += count;
            }
            AreaFact::Released { booking_id, count, .. } => {
                if !self.let_go(booking_id) {
                    let more = || Unfit(format!("{count} places are released, fewer were sold"));
                    self.sold = self.sold.checked_sub(count).ok_or_else(more)?;
                }
            }
        }
        Ok(true)
    }

    /// Ends the hold of a booking, if it has one.
    fn let_go(&mut self, booking: BookingId) -> bool {
        let held = self.holds.remove(&booking);
        self.held -= held.unwrap_or(0);
        held.is_some()
    }
}
