//! What must still happen: deadlines that will pass, payments and refunds under way, bookings of
//! events that were called off. A pure fold over the journal.
//!
//! It acts on nothing: the workers of `command-api` read it and send commands, whose ids are
//! derived from what they react to, so that a repeated one changes nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use crate::booking::{BookingFact, Order};
use crate::event::EventFact;
use crate::fact::Fact;
use crate::id::{BookingId, EventId, PaymentId, RefundId};
use crate::money::Money;

/// A payment that the provider has not answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPayment {
    /// Our name for it.
    pub payment: PaymentId,
    /// What it is to pay.
    pub booking: BookingId,
    /// How much.
    pub amount: Money,
    /// The provider's token for the means of payment.
    pub method: String,
}

/// A refund that the provider has not carried out yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRefund {
    /// Our name for it.
    pub refund: RefundId,
    /// The payment that goes back.
    pub payment: PaymentId,
    /// Of which booking.
    pub booking: BookingId,
    /// How much.
    pub amount: Money,
}

/// A live booking of an event that was called off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphaned {
    /// The event.
    pub event: EventId,
    /// The booking.
    pub booking: BookingId,
    /// Why the event was called off.
    pub reason: String,
}

/// Everything that must still happen.
#[derive(Debug, Clone, Default)]
pub struct Agenda {
    live: HashMap<BookingId, Live>,
    of_event: HashMap<EventId, HashSet<BookingId>>,
    deadlines: BTreeSet<(Timestamp, BookingId)>,
    payments: HashMap<PaymentId, OpenPayment>,
    refunds: HashMap<RefundId, OpenRefund>,
    called_off: HashMap<EventId, String>,
    orphaned: BTreeSet<BookingId>,
}

/// A booking that holds or has seats, or that money may still arrive for.
#[derive(Debug, Clone)]
struct Live {
    event: EventId,
    currency: crate::money::Currency,
    until: Option<Timestamp>,
}

impl Agenda {
    /// Takes a fact of an event in.
    pub fn apply_event(&mut self, event: EventId, fact: &EventFact) {
        match fact {
            EventFact::Cancelled { reason } => {
                self.called_off.insert(event, reason.clone());
                self.orphaned.extend(self.of_event.get(&event).into_iter().flatten());
            }
            EventFact::Created(_)
            | EventFact::Repriced { .. }
            | EventFact::Published {}
            | EventFact::SalesOpened {}
            | EventFact::SalesPaused {}
            | EventFact::SalesClosed {} => {}
        }
    }

    /// Takes a fact of a booking in.
    pub fn apply_booking(&mut self, booking: BookingId, fact: &BookingFact) {
        match fact {
            BookingFact::Held { order, until } => self.held(booking, order, *until),
            BookingFact::Renewed { until } => self.move_deadline(booking, Some(*until)),
            BookingFact::PaymentStarted { payment_id, method, amount } => {
                self.payment_started(booking, *payment_id, method, *amount);
            }
            BookingFact::PaymentDeclined { payment_id, .. } => {
                self.payments.remove(payment_id);
            }
            BookingFact::Confirmed { payment_id, .. } => {
                self.payments.remove(payment_id);
                self.move_deadline(booking, None);
                self.is_live(booking);
            }
            BookingFact::Released {} | BookingFact::Expired {} | BookingFact::Cancelled { .. } => {
                self.move_deadline(booking, None);
                self.ended(booking);
            }
            BookingFact::RefundRequested { refund_id, payment_id, amount, .. } => {
                self.payments.remove(payment_id);
                self.refund_requested(booking, *refund_id, *payment_id, *amount);
            }
            BookingFact::Refunded { refund_id, .. } => {
                self.refunds.remove(refund_id);
            }
        }
    }

    /// Takes any fact in; seats and areas say nothing that their bookings do not.
    pub fn apply(&mut self, event: Option<EventId>, booking: Option<BookingId>, fact: &Fact) {
        match (fact, event, booking) {
            (Fact::Event(fact), Some(event), _) => self.apply_event(event, fact),
            (Fact::Booking(fact), _, Some(booking)) => self.apply_booking(booking, fact),
            (Fact::Event(_) | Fact::Booking(_) | Fact::Seat(_) | Fact::Area(_), _, _) => {}
        }
    }

    /// Bookings whose enforced deadline has passed, soonest first, with the deadline that their
    /// buyers were told.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = (Timestamp, BookingId)> {
        let due = self.deadlines.iter();
        due.take_while(move |(at, _)| crate::policy::has_lapsed(*at, now)).copied()
    }

    /// The enforced deadline that passes next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _)| crate::policy::enforced(*at))
    }

    /// How many holds have a deadline to come.
    #[must_use]
    pub fn deadlines(&self) -> usize {
        self.deadlines.len()
    }

    /// Payments that the provider has not answered yet.
    pub fn open_payments(&self) -> impl Iterator<Item = &OpenPayment> {
        self.payments.values()
    }

    /// Refunds that the provider has not carried out yet.
    pub fn open_refunds(&self) -> impl Iterator<Item = &OpenRefund> {
        self.refunds.values()
    }

    /// Live bookings of events that were called off.
    pub fn orphaned(&self) -> impl Iterator<Item = Orphaned> {
        self.orphaned.iter().filter_map(|booking| {
            let event = self.live.get(booking)?.event;
            let reason = self.called_off.get(&event)?.clone();
            Some(Orphaned { event, booking: *booking, reason })
        })
    }

    /// The event of a booking, whether or not it has ended: money may still arrive for it.
    #[must_use]
    pub fn event_of(&self, booking: BookingId) -> Option<EventId> {
        self.live.get(&booking).map(|live| live.event)
    }

    fn held(&mut self, booking: BookingId, order: &Order, until: Timestamp) {
        let event = order.event_id;
        let live = Live { event, currency: order.currency, until: None };
        self.live.insert(booking, live);
        self.is_live(booking);
        self.move_deadline(booking, Some(until));
    }

    /// It holds or has seats: made, or confirmed by a payment that came after it had expired.
    fn is_live(&mut self, booking: BookingId) {
        let Some(live) = self.live.get(&booking) else { return };
        self.of_event.entry(live.event).or_default().insert(booking);
        if self.called_off.contains_key(&live.event) {
            self.orphaned.insert(booking);
        }
    }

    fn payment_started(
        &mut self,
        booking: BookingId,
        payment: PaymentId,
        method: &str,
        amount: i64,
    ) {
        let Some(live) = self.live.get(&booking) else { return };
        let amount = Money::new(amount, live.currency);
        let open = OpenPayment { payment, booking, amount, method: method.to_owned() };
        self.payments.insert(payment, open);
    }

    fn refund_requested(
        &mut self,
        booking: BookingId,
        refund: RefundId,
        payment: PaymentId,
        amount: i64,
    ) {
        let Some(live) = self.live.get(&booking) else { return };
        let amount = Money::new(amount, live.currency);
        self.refunds.insert(refund, OpenRefund { refund, payment, booking, amount });
    }

    fn move_deadline(&mut self, booking: BookingId, until: Option<Timestamp>) {
        let Some(live) = self.live.get_mut(&booking) else { return };
        if let Some(before) = std::mem::replace(&mut live.until, until) {
            self.deadlines.remove(&(before, booking));
        }
        if let Some(until) = until {
            self.deadlines.insert((until, booking));
        }
    }

    /// A booking that has ended stays known: money may still arrive for it.
    fn ended(&mut self, booking: BookingId) {
        self.orphaned.remove(&booking);
        if let Some(live) = self.live.get(&booking)
            && let Some(bookings) = self.of_event.get_mut(&live.event)
        {
            bookings.remove(&booking);
        }
    }
}
