//! Paying: from setting out to the money's arrival, in time or late.

use super::{Command, Context, House, Payment, Proposal, Refusal, StreamKey};
use crate::booking::{BookingCommand, BookingRefusal, Order, SeatsState};
use crate::event::Phase;
use crate::id::RefundId;
use crate::money::Money;

impl House {
    pub(super) fn start_payment(
        &self,
        payment: &Payment,
        context: &Context,
    ) -> Result<Proposal, Refusal> {
        self.authorise(payment.booking, &context.actor)?;
        self.not_cancelled()?;
        let start =
            BookingCommand::StartPayment { payment: payment.id, method: payment.method.clone() };
        let mut proposal = self.with_booking(payment.booking, &start, context)?;
        proposal.rests_on(StreamKey::Event, self.tracked_event().sequence);
        Ok(proposal)
    }

    pub(super) fn capture_payment(
        &self,
        payment: &Payment,
        amount: Money,
        refund: RefundId,
        context: &Context,
    ) -> Result<Proposal, Refusal> {
        let placed = self.placed(payment.booking).ok_or(BookingRefusal::NotFound)?;
        let expected = placed.order.currency;
        if amount.currency != expected {
            return Err(BookingRefusal::WrongCurrency { expected }.into());
        }
        let seats = self.seats_state(payment, &placed.order, context);
        let capture = BookingCommand::CapturePayment {
            payment: payment.id,
            amount: amount.amount,
            refund,
            seats,
        };
        let mut proposal = self.with_booking(payment.booking, &capture, context)?;
        if !proposal.is_repetition() {
            proposal.rests_on(StreamKey::Event, self.tracked_event().sequence);
            self.rest_on_places(&placed.order, &mut proposal);
        }
        Ok(proposal)
    }

    /// Whether money pays or goes back depends on every seat and area of the order.
    fn rest_on_places(&self, order: &Order, proposal: &mut Proposal) {
        let plan = self.plan();
        let seats = order.seats.iter().filter_map(|line| plan?.find(&line.seat));
        seats.for_each(|seat| {
            proposal.rests_on(StreamKey::Seat(seat), self.tracked_seat(seat).sequence);
        });
        for line in &order.places {
            let sequence = self.tracked_area(&line.area).sequence;
            proposal.rests_on(StreamKey::Area(line.area.clone()), sequence);
        }
    }

    /// How the seats and places of an order stand. Of a cancelled event, nothing can be had.
    fn seats_state(&self, payment: &Payment, order: &Order, context: &Context) -> SeatsState {
        if self.event().phase() == Some(Phase::Cancelled) {
            return SeatsState::Gone;
        }
        let seats = order.seats.iter().map(|line| self.seat_state(payment, &line.seat, context));
        let places = order.places.iter().map(|line| {
            let area = self.tracked_area(&line.area).state;
            let capacity = self.capacity_of(&line.area);
            match () {
                () if area.is_kept_for(payment.booking, context.now) => SeatsState::Kept,
                () if area.left(&context.area(capacity)) >= line.count => SeatsState::Free,
                () => SeatsState::Gone,
            }
        });
        seats.chain(places).fold(SeatsState::Kept, worse)
    }

    fn seat_state(&self, payment: &Payment, label: &str, context: &Context) -> SeatsState {
        let Some(index) = self.plan().and_then(|plan| plan.find(label)) else {
            return SeatsState::Gone;
        };
        let seat = self.tracked_seat(index).state;
        match () {
            () if seat.is_free(context.now) => SeatsState::Free,
            () if seat.booking() == Some(payment.booking) => SeatsState::Kept,
            () => SeatsState::Gone,
        }
    }

    pub(super) fn capacity_of(&self, area: &str) -> u32 {
        let details = self.event().details();
        details.and_then(|details| details.area(area)).map_or(0, |area| area.capacity)
    }
}

impl Command {
    /// The booking that it concerns, if it concerns one.
    #[must_use]
    pub fn booking(&self) -> Option<crate::id::BookingId> {
        match self {
            Self::Run(_) => None,
            Self::Hold(hold) => Some(hold.booking),
            Self::StartPayment(payment)
            | Self::CapturePayment { payment, .. }
            | Self::DeclinePayment { payment, .. } => Some(payment.booking),
            Self::SettleRefund(settled) => Some(settled.booking),
            Self::Renew { booking }
            | Self::Release { booking }
            | Self::Expire { booking }
            | Self::Cancel { booking, .. } => Some(*booking),
        }
    }
}

fn worse(one: SeatsState, other: SeatsState) -> SeatsState {
    use SeatsState::{Free, Gone, Kept};
    match (one, other) {
        (Gone, _) | (_, Gone) => Gone,
        (Free, _) | (_, Free) => Free,
        (Kept, Kept) => Kept,
    }
}
