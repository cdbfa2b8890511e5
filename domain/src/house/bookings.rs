//! The bookings of a house, packed: 64 bytes each, eight for each seat of it, and the buyer's name
//! once.
//!
//! A booking that does not fit is kept as it is, so what comes out is what went in, whatever that is:
//! refunds are, which are few, and what no house of ours would record.

mod buyers;
mod course;
mod orders;
mod questions;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use self::buyers::{Buyer, Buyers};
use self::course::{Course, Stage};
use self::orders::{Orders, Packed};
use super::moment::second;
use super::numbered::{Named, Number, Numbered};
use super::state::{OutOfOrder, Tracked};
use crate::booking::{Booking, BookingFact, Placed};
use crate::id::{BookingId, EventId, Subject};
use crate::plan::Plan;
use crate::stream::Sequence;

/// What orders are read with.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    pub(super) event: EventId,
    pub(super) plan: Option<&'a Plan>,
}

/// What is known of bookings.
#[derive(Debug, Clone, Default)]
pub(super) struct Bookings {
    rows: Numbered<Row>,
    orders: Orders,
    buyers: Buyers,
    odd: HashMap<Number, Tracked<Booking>>,
    /// Those that have a deadline, by the second in which it is, soonest first.
    deadlines: BTreeSet<(u32, Number)>,
}

/// A booking, or one that a seat names and nobody has told of yet.
#[derive(Debug, Clone)]
struct Row {
    id: BookingId,
    sequence: u32,
    order: Packed,
    course: Course,
    buyer: Option<Number>,
    /// What its buyer booked next.
    next: Option<Number>,
}

impl Named for Row {
    type Name = BookingId;

    fn name(&self) -> &BookingId {
        &self.id
    }
}

impl Bookings {
    /// The number of a booking. One that is not known is from now on.
    pub(super) fn number(&mut self, id: BookingId) -> Number {
        let new = || Row {
            id,
            sequence: 0,
            order: Packed::default(),
            course: Course::new(Stage::Absent),
            buyer: None,
            next: None,
        };
        self.rows.find_or_add(&id, new)
    }

    /// Which booking has a number.
    pub(super) fn id(&self, number: Number) -> BookingId {
        self.rows[number].id
    }

    /// How many facts made a booking what it is.
    pub(super) fn sequence(&self, id: BookingId) -> Sequence {
        self.rows.find(&id).map_or(0, |number| match self.odd(number) {
            Some(odd) => odd.sequence,
            None => u64::from(self.rows[number].sequence),
        })
    }

    /// A booking; absent if nobody has made it.
    pub(super) fn get(&self, id: BookingId, of: Of<'_>) -> Tracked<Booking> {
        let Some(number) = self.rows.find(&id) else { return Tracked::default() };
        if let Some(odd) = self.odd(number) {
            return odd.clone();
        }
        let row = &self.rows[number];
        let placed = self.unpack(row, of).map(Box::new);
        let state = placed.map_or(Booking::Absent, Booking::Placed);
        Tracked { state, sequence: u64::from(row.sequence) }
    }

    /// A booking that is kept as it is.
    fn odd(&self, number: Number) -> Option<&Tracked<Booking>> {
        match self.rows[number].course.stage {
            Stage::Odd => self.odd.get(&number),
            _ => None,
        }
    }

    fn unpack(&self, row: &Row, of: Of<'_>) -> Option<Placed> {
        let (phase, buyer) = row.course.phase().zip(row.buyer)?;
        let order = self.orders.unpack(row.order, &self.buyers[buyer].subject, of)?;
        let payments = row.course.payments(order.total);
        Some(Placed { order: Arc::new(order), phase, payments })
    }

    /// Takes in a fact of a booking. One that was taken in before is passed over; says whether it
    /// was new.
    pub(super) fn apply(
        &mut self,
        id: BookingId,
        sequence: Sequence,
        fact: &BookingFact,
        of: Of<'_>,
    ) -> Result<bool, OutOfOrder> {
        if sequence <= self.sequence(id) {
            return Ok(false);
        }
        let mut booking = self.get(id, of);
        let news = booking.evolve(sequence, fact)?;
        self.put(id, booking, of);
        Ok(news)
    }

    /// Keeps what a booking is.
    pub(super) fn put(&mut self, id: BookingId, booking: Tracked<Booking>, of: Of<'_>) {
        let number = self.number(id);
        let before = self.phase(number).and_then(|phase| phase.until());
        if let Some(placed) = booking.state.placed() {
            self.is_made_by(number, &placed.order.buyer);
        }
        if !self.pack(number, &booking, of) {
            let row = &mut self.rows[number];
            (row.course, row.order) = (Course::new(Stage::Odd), Packed::default());
            self.odd.insert(number, booking);
        }
        let after = self.phase(number).and_then(|phase| phase.until());
        if before != after {
            self.move_deadline(number, before, after);
        }
    }

    /// Says whether it fits. One that did not once never does: so its order is packed once.
    fn pack(&mut self, number: Number, booking: &Tracked<Booking>, of: Of<'_>) -> bool {
        let Ok(sequence) = u32::try_from(booking.sequence) else { return false };
        let row = &mut self.rows[number];
        if let Some(placed) = booking.state.placed() {
            let Some(course) = Course::pack(placed) else { return false };
            match row.course.stage {
                Stage::Odd => return false,
                Stage::Absent => match self.orders.pack(&placed.order, of) {
                    Some(order) => row.order = order,
                    None => return false,
                },
                _ => {}
            }
            row.course = course;
        }
        row.sequence = sequence;
        true
    }

    fn is_made_by(&mut self, number: Number, subject: &Subject) {
        if self.rows[number].buyer.is_some() {
            return;
        }
        let first = || Buyer { subject: subject.clone(), first: number, last: number };
        let buyer = self.buyers.find_or_add(subject, first);
        let last = std::mem::replace(&mut self.buyers[buyer].last, number);
        self.rows[number].buyer = Some(buyer);
        if last != number {
            self.rows[last].next = Some(number);
        }
    }

    fn move_deadline(&mut self, number: Number, from: Option<Timestamp>, to: Option<Timestamp>) {
        if let Some(from) = from {
            self.deadlines.remove(&(second(from), number));
        }
        if let Some(to) = to {
            self.deadlines.insert((second(to), number));
        }
    }
}

#[cfg(test)]
mod tests;
