//! What must still happen: deadlines that will pass, payments and refunds under way, bookings of
//! events that were called off. A pure fold over the journal.
//!
//! It acts on nothing: the workers of `command-api` read it and send commands, whose ids are
//! derived from what they react to, so that a repeated one changes nothing.

mod parted;

use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::parted::Parted;
use crate::booking::{BookingFact, Order};
use crate::event::EventFact;
use crate::fact::Fact;
use crate::id::{BookingId, EventId, PaymentId, RefundId};
use crate::money::{Currency, Money};

/// A payment that the provider has not answered yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// The schema of [`AgendaMemory`]. It changes with whatever is written differently.
pub const AGENDA_SCHEMA: u32 = 1;

/// Everything that must still happen. What has ended is forgotten: it grows with the bookings that
/// hold or have seats, not with those that ever did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Agenda {
    memory: AgendaMemory,
    of_event: HashMap<EventId, HashSet<BookingId>>,
    /// The timers, soonest first: a hundred thousand are as quick to ask as ten (ADR 0020).
    deadlines: BTreeSet<(Timestamp, BookingId)>,
    orphaned: BTreeSet<BookingId>,
}

/// What of an agenda is written down; the rest follows from it. A copy costs next to nothing, so
/// that nobody waits while one is made and written.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AgendaMemory {
    live: Parted<BookingId, Live>,
    payments: Parted<PaymentId, OpenPayment>,
    refunds: Parted<RefundId, OpenRefund>,
    called_off: Parted<EventId, String>,
    /// What each event is paid in: money may arrive for a booking that is forgotten.
    currencies: Parted<EventId, Currency>,
}

impl AgendaMemory {
    /// The agenda that this was written down of.
    #[must_use]
    pub fn into_agenda(self) -> Agenda {
        let mut agenda = Agenda { memory: self, ..Agenda::default() };
        for (booking, Live { event, until }) in agenda.memory.live.iter() {
            agenda.of_event.entry(*event).or_default().insert(*booking);
            if agenda.memory.called_off.contains_key(event) {
                agenda.orphaned.insert(*booking);
            }
            agenda.deadlines.extend(until.map(|until| (until, *booking)));
        }
        agenda
    }
}

/// A booking that holds or has seats.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Live {
    event: EventId,
    until: Option<Timestamp>,
}

impl Agenda {
    /// What it holds, to be written down.
    #[must_use]
    pub fn memory(&self) -> AgendaMemory {
        self.memory.clone()
    }

    /// Takes a fact of an event in.
    pub fn apply_event(&mut self, event: EventId, fact: &EventFact) {
        match fact {
            EventFact::Cancelled { reason } => {
                self.memory.called_off.insert(event, reason.clone());
                self.orphaned.extend(self.of_event.get(&event).into_iter().flatten());
            }
            EventFact::Created(details) => {
                self.memory.currencies.insert(event, details.currency);
            }
            EventFact::Repriced { .. }
            | EventFact::Published {}
            | EventFact::SalesOpened {}
            | EventFact::SalesPaused {}
            | EventFact::SalesClosed {} => {}
        }
    }

    /// Takes a fact of a booking in. Rows of other writers than Aisle say no event; then only what
    /// is known of a live booking counts.
    pub fn apply_booking(
        &mut self,
        event: Option<EventId>,
        booking: BookingId,
        fact: &BookingFact,
    ) {
        let event = event.or_else(|| self.event_of(booking));
        match fact {
            BookingFact::Held { order, until } => self.held(booking, order, *until),
            BookingFact::Renewed { until } => self.move_deadline(booking, Some(*until)),
            BookingFact::PaymentStarted { payment_id, method, amount } => {
                let paid_in = self.paid_in(event);
                self.payment_started(booking, *payment_id, method, *amount, paid_in);
            }
            BookingFact::PaymentDeclined { payment_id, .. } => {
                self.memory.payments.remove(payment_id);
            }
            BookingFact::Confirmed { payment_id, .. } => {
                self.memory.payments.remove(payment_id);
                self.move_deadline(booking, None);
                if let Some(event) = event {
                    self.is_live(booking, event);
                }
            }
            BookingFact::Released {} | BookingFact::Expired {} | BookingFact::Cancelled { .. } => {
                self.move_deadline(booking, None);
                self.ended(booking);
            }
            BookingFact::RefundRequested { refund_id, payment_id, amount, .. } => {
                let started =
                    self.memory.payments.remove(payment_id).map(|open| open.amount.currency);
                let paid_in = started.or_else(|| self.paid_in(event));
                self.refund_requested(booking, *refund_id, *payment_id, *amount, paid_in);
            }
            BookingFact::Refunded { refund_id, .. } => {
                self.memory.refunds.remove(refund_id);
            }
        }
    }

    /// Takes any fact in; seats and areas say nothing that their bookings do not.
    pub fn apply(&mut self, event: Option<EventId>, booking: Option<BookingId>, fact: &Fact) {
        match (fact, event, booking) {
            (Fact::Event(fact), Some(event), _) => self.apply_event(event, fact),
            (Fact::Booking(fact), event, Some(booking)) => self.apply_booking(event, booking, fact),
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
        self.memory.payments.values()
    }

    /// Refunds that the provider has not carried out yet.
    pub fn open_refunds(&self) -> impl Iterator<Item = &OpenRefund> {
        self.memory.refunds.values()
    }

    /// Live bookings of events that were called off.
    pub fn orphaned(&self) -> impl Iterator<Item = Orphaned> {
        self.orphaned.iter().filter_map(|booking| {
            let event = self.memory.live.get(booking)?.event;
            let reason = self.memory.called_off.get(&event)?.clone();
            Some(Orphaned { event, booking: *booking, reason })
        })
    }

    /// How many bookings are known: those that hold or have seats.
    #[must_use]
    pub fn live(&self) -> usize {
        self.memory.live.len()
    }

    /// Whether a booking has this deadline still.
    #[must_use]
    pub fn has_deadline(&self, booking: BookingId, until: Timestamp) -> bool {
        self.deadlines.contains(&(until, booking))
    }

    /// Whether the provider has not answered this payment yet.
    #[must_use]
    pub fn has_payment(&self, payment: PaymentId) -> bool {
        self.memory.payments.contains_key(&payment)
    }

    /// Whether the provider has not carried out this refund yet.
    #[must_use]
    pub fn has_refund(&self, refund: RefundId) -> bool {
        self.memory.refunds.contains_key(&refund)
    }

    /// Whether a booking is live although its event was called off.
    #[must_use]
    pub fn has_orphan(&self, booking: BookingId) -> bool {
        self.orphaned.contains(&booking)
    }

    /// The event of a booking that holds or has seats.
    #[must_use]
    pub fn event_of(&self, booking: BookingId) -> Option<EventId> {
        self.memory.live.get(&booking).map(|live| live.event)
    }

    fn held(&mut self, booking: BookingId, order: &Order, until: Timestamp) {
        self.memory.currencies.insert(order.event_id, order.currency);
        self.is_live(booking, order.event_id);
        self.move_deadline(booking, Some(until));
    }

    /// It holds or has seats: made, or confirmed by a payment that came after it had expired.
    fn is_live(&mut self, booking: BookingId, event: EventId) {
        if !self.memory.live.contains_key(&booking) {
            self.memory.live.insert(booking, Live { event, until: None });
        }
        self.of_event.entry(event).or_default().insert(booking);
        if self.memory.called_off.contains_key(&event) {
            self.orphaned.insert(booking);
        }
    }

    fn paid_in(&self, event: Option<EventId>) -> Option<Currency> {
        self.memory.currencies.get(&event?).copied()
    }

    fn payment_started(
        &mut self,
        booking: BookingId,
        payment: PaymentId,
        method: &str,
        amount: i64,
        paid_in: Option<Currency>,
    ) {
        let Some(currency) = paid_in else { return };
        let amount = Money::new(amount, currency);
        let open = OpenPayment { payment, booking, amount, method: method.to_owned() };
        self.memory.payments.insert(payment, open);
    }

    fn refund_requested(
        &mut self,
        booking: BookingId,
        refund: RefundId,
        payment: PaymentId,
        amount: i64,
        paid_in: Option<Currency>,
    ) {
        let Some(currency) = paid_in else { return };
        let amount = Money::new(amount, currency);
        self.memory.refunds.insert(refund, OpenRefund { refund, payment, booking, amount });
    }

    fn move_deadline(&mut self, booking: BookingId, until: Option<Timestamp>) {
        let Some(live) = self.memory.live.get_mut(&booking) else { return };
        if let Some(before) = std::mem::replace(&mut live.until, until) {
            self.deadlines.remove(&(before, booking));
        }
        if let Some(until) = until {
            self.deadlines.insert((until, booking));
        }
    }

    /// A booking that has ended is forgotten. Money that arrives for it finds its event's currency.
    fn ended(&mut self, booking: BookingId) {
        self.orphaned.remove(&booking);
        let Some(live) = self.memory.live.remove(&booking) else { return };
        if let Some(bookings) = self.of_event.get_mut(&live.event) {
            bookings.remove(&booking);
            if bookings.is_empty() {
                self.of_event.remove(&live.event);
            }
        }
    }
}
