//! The aggregate **Booking**: a customer's order of seats or places of one event, and the money
//! that was moved for it.
//!
//! Whether its seats are still its own is the seats' business; the house asks both.

mod command;
mod order;
mod payments;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::command::{BookingCommand, BookingContext, BookingRefusal, SeatsState};
pub use self::order::{Order, PlacesLine, SeatLine};
pub use self::payments::{Payment, PaymentState};
use crate::decider::{Decider, Decision, aggregate_adapter};
use crate::id::{PaymentId, RefundId};
use crate::stream::AggregateType;

/// A booking's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Booking {
    /// Nobody has made it.
    #[default]
    Absent,
    /// It was made.
    Placed(Box<Placed>),
}

/// A booking that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// What was ordered, by whom, at which price.
    pub order: Arc<Order>,
    /// Where it stands.
    pub phase: BookingPhase,
    /// Every attempt to pay it, in order.
    pub payments: Vec<Payment>,
}

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BookingPhase {
    /// Its seats are kept; nothing is paid.
    Held {
        /// The deadline that the buyer was told.
        until: Timestamp,
        /// How often it was renewed.
        renewals: u32,
    },
    /// A payment is on its way.
    Paying {
        /// The deadline that the buyer was told.
        until: Timestamp,
        /// How often it was renewed.
        renewals: u32,
        /// The payment.
        payment: PaymentId,
    },
    /// Paid: the seats are the buyer's.
    Confirmed {
        /// The payment that paid it.
        payment: PaymentId,
    },
    /// Let go before it was paid.
    Released,
    /// Not paid in time.
    Expired,
    /// Given back, or called off with its event. What was paid is refunded.
    Cancelled,
}

impl BookingPhase {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Held { .. } => "held",
            Self::Paying { .. } => "paying",
            Self::Confirmed { .. } => "confirmed",
            Self::Released => "released",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// The deadline, while there is one.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Held { until, .. } | Self::Paying { until, .. } => Some(*until),
            Self::Confirmed { .. } | Self::Released | Self::Expired | Self::Cancelled => None,
        }
    }
}

/// What happens to a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BookingFact {
    /// It was made: its seats are kept until a deadline.
    Held {
        /// What was ordered, by whom, at which price.
        order: Arc<Order>,
        /// The deadline that the buyer was told.
        until: Timestamp,
    },
    /// Its deadline was moved.
    Renewed {
        /// The new deadline.
        until: Timestamp,
    },
    /// The buyer set out to pay it.
    PaymentStarted {
        /// Our name for the payment.
        payment_id: PaymentId,
        /// The provider's token for the means of payment; never a card number.
        method: String,
        /// The amount, in minor units of the order's currency.
        amount: i64,
    },
    /// A payment failed. The seats stay kept until the deadline.
    PaymentDeclined {
        /// Which payment.
        payment_id: PaymentId,
        /// Why, in the provider's words for buyers.
        reason: String,
    },
    /// It was paid: the seats are the buyer's.
    Confirmed {
        /// The payment that paid it.
        payment_id: PaymentId,
        /// The payment arrived after the hold had lapsed, and the seats were still free.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        late: bool,
    },
    /// The buyer let go before paying.
    Released {},
    /// It was not paid in time.
    Expired {},
    /// It was given back, or called off with its event.
    Cancelled {
        /// Why.
        reason: String,
    },
    /// Captured money is to go back: of a cancelled booking, or of a payment that came when the
    /// seats were gone.
    RefundRequested {
        /// Our name for the refund.
        refund_id: RefundId,
        /// The captured payment.
        payment_id: PaymentId,
        /// The amount, in minor units of the order's currency.
        amount: i64,
        /// Why.
        reason: String,
    },
    /// The money went back.
    Refunded {
        /// Which refund.
        refund_id: RefundId,
        /// Of which payment.
        payment_id: PaymentId,
        /// The amount, in minor units.
        amount: i64,
    },
}

impl BookingFact {
    /// The name of the fact.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Held { .. } => "held",
            Self::Renewed { .. } => "renewed",
            Self::PaymentStarted { .. } => "payment_started",
            Self::PaymentDeclined { .. } => "payment_declined",
            Self::Confirmed { .. } => "confirmed",
            Self::Released {} => "released",
            Self::Expired {} => "expired",
            Self::Cancelled { .. } => "cancelled",
            Self::RefundRequested { .. } => "refund_requested",
            Self::Refunded { .. } => "refunded",
        }
    }
}

impl Booking {
    /// The booking, if it was made.
    #[must_use]
    pub fn placed(&self) -> Option<&Placed> {
        match self {
            Self::Absent => None,
            Self::Placed(placed) => Some(placed),
        }
    }
}

impl Placed {
    fn evolve(&mut self, fact: &BookingFact) {
        match fact {
            BookingFact::Held { .. } => {}
            BookingFact::Renewed { until: next } => match &mut self.phase {
                BookingPhase::Held { until, renewals }
                | BookingPhase::Paying { until, renewals, .. } => {
                    *until = *next;
                    *renewals += 1;
                }
                BookingPhase::Confirmed { .. }
                | BookingPhase::Released
                | BookingPhase::Expired
                | BookingPhase::Cancelled => {}
            },
            BookingFact::PaymentStarted { payment_id, amount, .. } => {
                self.payments.push(Payment::started(*payment_id, *amount));
                if let BookingPhase::Held { until, renewals } = self.phase {
                    self.phase = BookingPhase::Paying { until, renewals, payment: *payment_id };
                }
            }
            BookingFact::PaymentDeclined { payment_id, .. } => {
                self.mark(*payment_id, PaymentState::Declined);
                self.payment_is_over(*payment_id);
            }
            BookingFact::Confirmed { payment_id, .. } => {
                self.mark(*payment_id, PaymentState::Captured);
                self.phase = BookingPhase::Confirmed { payment: *payment_id };
            }
            BookingFact::Released {} => self.phase = BookingPhase::Released,
            BookingFact::Expired {} => self.phase = BookingPhase::Expired,
            BookingFact::Cancelled { .. } => self.phase = BookingPhase::Cancelled,
            BookingFact::RefundRequested { refund_id, payment_id, amount, .. } => {
                let refunding = PaymentState::Refunding { refund: *refund_id, amount: *amount };
                self.mark(*payment_id, refunding);
                self.payment_is_over(*payment_id);
            }
            BookingFact::Refunded { refund_id, payment_id, amount } => {
                let refunded = PaymentState::Refunded { refund: *refund_id, amount: *amount };
                self.mark(*payment_id, refunded);
            }
        }
    }

    /// A payment that did not pay leaves the seats held: another may be tried.
    fn payment_is_over(&mut self, id: PaymentId) {
        if let BookingPhase::Paying { until, renewals, payment } = self.phase
            && payment == id
        {
            self.phase = BookingPhase::Held { until, renewals };
        }
    }

    fn mark(&mut self, payment: PaymentId, state: PaymentState) {
        match self.payments.iter_mut().find(|known| known.id == payment) {
            Some(known) => known.state = state,
            None => self.payments.push(Payment { id: payment, amount: 0, state }),
        }
    }
}

impl Decider for Booking {
    type Command = BookingCommand;
    type Context = BookingContext;
    type Fact = BookingFact;
    type Refusal = BookingRefusal;

    fn decide(
        &self,
        command: &BookingCommand,
        context: &BookingContext,
    ) -> Result<Decision<BookingFact>, BookingRefusal> {
        command::decide(self, command, context)
    }

    fn evolve(&mut self, fact: &BookingFact) {
        match (&mut *self, fact) {
            (Self::Absent, BookingFact::Held { order, until }) => {
                let phase = BookingPhase::Held { until: *until, renewals: 0 };
                let placed = Placed { order: order.clone(), phase, payments: Vec::new() };
                *self = Self::Placed(Box::new(placed));
            }
            (Self::Absent, _) => {}
            (Self::Placed(placed), fact) => placed.evolve(fact),
        }
    }
}

aggregate_adapter!(Booking, BookingFact, AggregateType::Booking);
