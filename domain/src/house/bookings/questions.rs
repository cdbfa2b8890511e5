//! What can be asked of all bookings: who made which, which seats are kept by holds that no longer bind.
//!
//! No order is read for it but by number: nothing is unpacked.

use jiff::Timestamp;

use super::super::moment::second;
use super::super::numbered::Number;
use super::{Bookings, Of};
use crate::booking::BookingPhase;
use crate::id::{BookingId, Subject};
use crate::plan::SeatIndex;
use crate::policy;

impl Bookings {
    /// Where a booking stands; nowhere if nobody has made it.
    pub(super) fn phase(&self, number: Number) -> Option<BookingPhase> {
        match self.odd(number) {
            Some(odd) => odd.state.placed().map(|placed| placed.phase),
            None => self.rows[number].course.phase(),
        }
    }

    /// How many seats and places a booking has.
    fn count(&self, number: Number) -> u32 {
        match self.odd(number) {
            Some(odd) => odd.state.placed().map_or(0, |placed| placed.order.count()),
            None => self.orders.count(self.rows[number].order),
        }
    }

    /// The seats of a booking.
    fn seats<'a>(&'a self, number: Number, of: Of<'a>) -> impl Iterator<Item = SeatIndex> {
        let odd = self.odd(number).and_then(|odd| odd.state.placed());
        let odd = odd.into_iter().flat_map(|placed| &placed.order.seats);
        let odd = odd.filter_map(move |line| of.plan?.find(&line.seat));
        odd.chain(self.orders.seats(self.rows[number].order))
    }

    /// All that a buyer ever made, in their order.
    pub(in crate::house) fn made_by(&self, buyer: &Subject) -> impl Iterator<Item = BookingId> {
        self.numbers_of(buyer).map(|number| self.id(number))
    }

    /// Who made a booking, if somebody has.
    pub(in crate::house) fn buyer_of(&self, id: BookingId) -> Option<&Subject> {
        let buyer = self.rows[self.rows.find(&id)?].buyer?;
        Some(&self.buyers[buyer].subject)
    }

    /// All buyers with all that they ever made, in their order.
    pub(in crate::house) fn made(
        &self,
    ) -> impl Iterator<Item = (&Subject, impl Iterator<Item = BookingId>)> {
        let buyers = self.buyers.iter().map(|buyer| &buyer.subject);
        buyers.map(|buyer| (buyer, self.made_by(buyer)))
    }

    /// How many have ever made one.
    pub(in crate::house) fn buyers(&self) -> usize {
        self.buyers.len()
    }

    /// How many seats and places a buyer holds or has.
    pub(in crate::house) fn live_tickets_of(&self, buyer: &Subject, now: Timestamp) -> u32 {
        let is_live = |number: &Number| match self.phase(*number) {
            Some(BookingPhase::Held { until, .. } | BookingPhase::Paying { until, .. }) => {
                !policy::has_lapsed(until, now)
            }
            Some(BookingPhase::Confirmed { .. }) => true,
            Some(BookingPhase::Released | BookingPhase::Expired | BookingPhase::Cancelled)
            | None => false,
        };
        self.numbers_of(buyer).filter(is_live).map(|number| self.count(number)).sum()
    }

    fn numbers_of(&self, buyer: &Subject) -> impl Iterator<Item = Number> {
        let first = self.buyers.find(buyer).map(|buyer| self.buyers[buyer].first);
        std::iter::successors(first, |number| self.rows[*number].next)
    }

    /// The deadline of a booking, while it has one.
    pub(in crate::house) fn until(&self, id: BookingId) -> Option<Timestamp> {
        self.phase(self.rows.find(&id)?)?.until()
    }

    /// The seats of those whose holds no longer bind although nobody has recorded so.
    pub(in crate::house) fn lapsed_seats<'a>(
        &'a self,
        now: Timestamp,
        of: Of<'a>,
    ) -> impl Iterator<Item = SeatIndex> {
        self.lapsed(now).flat_map(move |number| self.seats(number, of))
    }

    /// Asked for at every refusal: those whose grace has not passed, all of a rush perhaps, are not
    /// even looked at, but for those of the last second.
    fn lapsed(&self, now: Timestamp) -> impl Iterator<Item = Number> {
        let through = second(policy::lapsed_through(now));
        let by_then = self.deadlines.iter().take_while(move |(at, _)| *at <= through);
        by_then.map(|(_, number)| *number).filter(move |number| {
            let until = self.phase(*number).and_then(|phase| phase.until());
            until.is_some_and(|until| policy::has_lapsed(until, now))
        })
    }

    /// How many bytes they take, as far as they take more than is told by their number.
    #[cfg(test)]
    pub(in crate::house) fn bytes(&self) -> usize {
        let names = self.buyers.iter().map(|buyer| heap(buyer.subject.as_str().len()));
        let deadlines = self.deadlines.len() * 2 * size_of::<(u32, Number)>();
        self.rows.bytes()
            + self.orders.bytes()
            + self.buyers.bytes()
            + deadlines
            + names.sum::<usize>()
    }
}

/// What an allocation of so many bytes takes from a usual allocator.
#[cfg(test)]
fn heap(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { (bytes + 8).next_multiple_of(16).max(32) }
}
