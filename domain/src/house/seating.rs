//! Seats and places follow their booking: what it decides, they carry out, in one unit of work.

use super::{House, Proposal, Refusal, StreamKey};
use crate::area::{AreaCommand, AreaContext};
use crate::booking::{BookingFact, Order};
use crate::fact::{Fact, ReleaseReason};
use crate::id::BookingId;
use crate::seat::{SeatCommand, SeatContext};

/// What all seats and places of a booking are to do.
#[derive(Clone, Copy)]
enum Step {
    Extend(jiff::Timestamp),
    Book,
    Release(ReleaseReason),
}

impl House {
    /// Adds to a proposal what the seats and places of a booking do about the booking's facts.
    pub(super) fn follow(
        &self,
        booking: BookingId,
        order: &Order,
        proposal: &mut Proposal,
        context: &SeatContext,
    ) -> Result<(), Refusal> {
        let steps: Vec<Step> = proposal.writes.iter().filter_map(|w| step(&w.fact)).collect();
        for step in steps {
            self.take_step(booking, order, step, proposal, context)?;
        }
        Ok(())
    }

    fn take_step(
        &self,
        booking: BookingId,
        order: &Order,
        step: Step,
        proposal: &mut Proposal,
        context: &SeatContext,
    ) -> Result<(), Refusal> {
        for line in &order.seats {
            let Some(index) = self.plan().and_then(|plan| plan.find(&line.seat)) else {
                return Err(Refusal::UnknownSeats { seats: vec![line.seat.clone()] });
            };
            let command = match step {
                Step::Extend(until) => SeatCommand::Extend { booking, until },
                Step::Book => SeatCommand::Book { booking },
                Step::Release(reason) => SeatCommand::Release { booking, reason },
            };
            let seat = self.tracked_seat(index);
            proposal.ask(StreamKey::Seat(index), seat.as_ref(), &command, context)?;
        }
        for line in &order.places {
            let command = match step {
                Step::Extend(until) => AreaCommand::Extend { booking, until },
                Step::Book => AreaCommand::Book { booking, count: line.count },
                Step::Release(reason) => AreaCommand::Release { booking, reason },
            };
            let area = self.tracked_area(&line.area);
            let context = AreaContext { now: context.now, capacity: self.capacity_of(&line.area) };
            proposal.ask(StreamKey::Area(line.area.clone()), area, &command, &context)?;
        }
        Ok(())
    }
}

fn step(fact: &Fact) -> Option<Step> {
    let Fact::Booking(fact) = fact else { return None };
    match fact {
        BookingFact::Renewed { until } => Some(Step::Extend(*until)),
        BookingFact::Confirmed { .. } => Some(Step::Book),
        BookingFact::Released {} => Some(Step::Release(ReleaseReason::Released)),
        BookingFact::Expired {} => Some(Step::Release(ReleaseReason::Expired)),
        BookingFact::Cancelled { .. } => Some(Step::Release(ReleaseReason::Cancelled)),
        BookingFact::Held { .. }
        | BookingFact::PaymentStarted { .. }
        | BookingFact::PaymentDeclined { .. }
        | BookingFact::RefundRequested { .. }
        | BookingFact::Refunded { .. } => None,
    }
}
