//! What a booking can be asked, and what it answers.
//!
//! Who may ask is checked before, by the house.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Booking, BookingFact, BookingPhase, Order, Payment, PaymentState, Placed};
use crate::decider::Decision;
use crate::id::{PaymentId, RefundId};
use crate::money::Currency;
use crate::policy;

/// What a booking can be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookingCommand {
    /// Make it.
    Hold {
        /// What is ordered.
        order: Arc<Order>,
        /// The deadline that the buyer is told.
        until: Timestamp,
    },
    /// Move its deadline.
    Renew {
        /// The new deadline.
        until: Timestamp,
    },
    /// Set out to pay it.
    StartPayment {
        /// Our name for the payment.
        payment: PaymentId,
        /// The provider's token for the means of payment.
        method: String,
    },
    /// The provider says that a payment failed.
    DeclinePayment {
        /// Which payment.
        payment: PaymentId,
        /// Why.
        reason: String,
    },
    /// The provider says that the money is here.
    CapturePayment {
        /// Which payment.
        payment: PaymentId,
        /// How much, in minor units.
        amount: i64,
        /// The name of the refund, should one be needed.
        refund: RefundId,
        /// How its seats stand.
        seats: SeatsState,
    },
    /// Let go before it is paid.
    Release,
    /// Its deadline has passed.
    Expire,
    /// Give it back, or call it off; what was paid is refunded.
    Cancel {
        /// Why.
        reason: String,
        /// The name of the refund, should one be needed.
        refund: RefundId,
    },
    /// The provider says that the money went back.
    SettleRefund {
        /// Which refund.
        refund: RefundId,
    },
}

/// How the seats of a booking stand when its payment arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatsState {
    /// They are all held by the booking still.
    Kept,
    /// Its hold has lapsed or was ended, and they are all free.
    Free,
    /// At least one is another's.
    Gone,
}

/// What a booking must know to decide.
#[derive(Debug, Clone, Copy)]
pub struct BookingContext {
    /// The present moment.
    pub now: Timestamp,
}

/// Why a booking says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookingRefusal {
    /// There is none, or the asker may not know of it.
    #[error("there is no such booking")]
    NotFound,
    /// There is one already, of another order.
    #[error("the booking exists already")]
    AlreadyExists,
    /// Its deadline has passed. A retry does not revive it.
    #[error("the hold has expired")]
    HoldExpired,
    /// It was renewed as often as is allowed.
    #[error("a hold can be renewed {max} times at most", max = policy::MAX_RENEWALS)]
    RenewalsUsedUp,
    /// A payment is on its way already.
    #[error("a payment of this booking is on its way")]
    PaymentInProgress,
    /// It was paid; it can be cancelled, not released.
    #[error("the booking is paid")]
    AlreadyPaid,
    /// It is over.
    #[error("the booking is {phase}")]
    Over {
        /// Where it stands: `released`, `expired` or `cancelled`.
        phase: &'static str,
    },
    /// The deadline has not passed yet.
    #[error("the hold has not expired yet")]
    NotYetExpired,
    /// The provider speaks of money of another currency than was asked for.
    #[error("the booking is paid in {expected}")]
    WrongCurrency {
        /// The order's currency.
        expected: Currency,
    },
    /// The provider speaks of a refund that nobody asked for.
    #[error("there is no such refund")]
    UnknownRefund,
}

/// The reason of a refund for a payment that could not pay its booking any more.
const CAME_TOO_LATE: &str = "the payment came when the seats could not be had any more";

type Decided = Result<Decision<BookingFact>, BookingRefusal>;

pub(super) fn decide(
    booking: &Booking,
    command: &BookingCommand,
    context: &BookingContext,
) -> Decided {
    match (booking, command) {
        (Booking::Absent, BookingCommand::Hold { order, until }) => {
            Ok(Decision::one(BookingFact::Held { order: order.clone(), until: *until }))
        }
        (Booking::Absent, _) => Err(BookingRefusal::NotFound),
        (Booking::Placed(_), BookingCommand::Hold { .. }) => Err(BookingRefusal::AlreadyExists),
        (Booking::Placed(placed), command) => placed.decide(command, context.now),
    }
}

impl Placed {
    fn decide(&self, command: &BookingCommand, now: Timestamp) -> Decided {
        match command {
            BookingCommand::Hold { .. } => Err(BookingRefusal::AlreadyExists),
            BookingCommand::Renew { until } => self.renew(*until, now),
            BookingCommand::StartPayment { payment, method } => {
                self.start_payment(*payment, method, now)
            }
            BookingCommand::DeclinePayment { payment, reason } => {
                Ok(self.decline_payment(*payment, reason))
            }
            BookingCommand::CapturePayment { payment, amount, refund, seats } => {
                Ok(self.capture_payment(*payment, *amount, *refund, *seats))
            }
            BookingCommand::Release => self.release(now),
            BookingCommand::Expire => self.expire(now),
            BookingCommand::Cancel { reason, refund } => self.cancel(reason, *refund),
            BookingCommand::SettleRefund { refund } => self.settle_refund(*refund),
        }
    }

    fn renew(&self, until: Timestamp, now: Timestamp) -> Decided {
        let (deadline, renewals) = match self.phase {
            BookingPhase::Held { until, renewals }
            | BookingPhase::Paying { until, renewals, .. } => (until, renewals),
            BookingPhase::Confirmed { .. } => return Err(BookingRefusal::AlreadyPaid),
            BookingPhase::Released | BookingPhase::Expired | BookingPhase::Cancelled => {
                return Err(self.over());
            }
        };
        if policy::has_lapsed(deadline, now) {
            return Err(BookingRefusal::HoldExpired);
        }
        if renewals >= policy::MAX_RENEWALS {
            return Err(BookingRefusal::RenewalsUsedUp);
        }
        Ok(Decision::one(BookingFact::Renewed { until }))
    }

    fn start_payment(&self, payment: PaymentId, method: &str, now: Timestamp) -> Decided {
        match self.phase {
            BookingPhase::Held { until, .. } if policy::has_lapsed(until, now) => {
                Err(BookingRefusal::HoldExpired)
            }
            // Declined since it was started: a retry must not start it again.
            BookingPhase::Held { .. } if self.payment(payment).is_some() => {
                Ok(Decision::AlreadyApplied)
            }
            BookingPhase::Held { .. } => Ok(Decision::Facts(self.payment_facts(payment, method))),
            BookingPhase::Paying { payment: under_way, .. } if under_way == payment => {
                Ok(Decision::AlreadyApplied)
            }
            BookingPhase::Paying { .. } => Err(BookingRefusal::PaymentInProgress),
            BookingPhase::Confirmed { payment: paid } if paid == payment => {
                Ok(Decision::AlreadyApplied)
            }
            BookingPhase::Confirmed { .. } => Err(BookingRefusal::AlreadyPaid),
            BookingPhase::Released | BookingPhase::Expired | BookingPhase::Cancelled => {
                Err(self.over())
            }
        }
    }

    /// A booking that costs nothing is paid by setting out to pay it: no provider takes zero.
    fn payment_facts(&self, payment_id: PaymentId, method: &str) -> Vec<BookingFact> {
        let amount = self.order.total;
        let started = BookingFact::PaymentStarted { payment_id, method: method.to_owned(), amount };
        match amount {
            0 => vec![started, BookingFact::Confirmed { payment_id, late: false }],
            _ => vec![started],
        }
    }

    fn decline_payment(&self, payment_id: PaymentId, reason: &str) -> Decision<BookingFact> {
        match self.payment(payment_id).map(|payment| payment.state) {
            Some(PaymentState::Started) => {
                let reason = reason.to_owned();
                Decision::one(BookingFact::PaymentDeclined { payment_id, reason })
            }
            // Declined before, or captured: money that is here outweighs a late "no".
            _ => Decision::AlreadyApplied,
        }
    }

    /// Money that is here either pays the booking or goes back; it is never left unanswered.
    fn capture_payment(
        &self,
        payment_id: PaymentId,
        amount: i64,
        refund_id: RefundId,
        seats: SeatsState,
    ) -> Decision<BookingFact> {
        use PaymentState::{Captured, Declined, Refunded, Refunding, Started};
        let known = self.payment(payment_id);
        if let Some(Payment { state: Captured | Refunding { .. } | Refunded { .. }, .. }) = known {
            return Decision::AlreadyApplied;
        }
        let expected = matches!(known, Some(Payment { state: Started | Declined, .. }));
        if expected && amount == self.order.total && self.can_be_paid(seats) {
            let late = seats != SeatsState::Kept;
            return Decision::one(BookingFact::Confirmed { payment_id, late });
        }
        let reason = CAME_TOO_LATE.to_owned();
        Decision::one(BookingFact::RefundRequested { refund_id, payment_id, amount, reason })
    }

    fn can_be_paid(&self, seats: SeatsState) -> bool {
        match (&self.phase, seats) {
            (_, SeatsState::Gone) => false,
            (
                BookingPhase::Held { .. } | BookingPhase::Paying { .. } | BookingPhase::Expired,
                SeatsState::Kept | SeatsState::Free,
            ) => true,
            // Paid by another payment, or given up by its holder: the money goes back.
            (
                BookingPhase::Confirmed { .. } | BookingPhase::Released | BookingPhase::Cancelled,
                SeatsState::Kept | SeatsState::Free,
            ) => false,
        }
    }

    fn release(&self, now: Timestamp) -> Decided {
        match self.phase {
            BookingPhase::Held { until, .. } | BookingPhase::Paying { until, .. }
                if policy::has_lapsed(until, now) =>
            {
                Err(BookingRefusal::HoldExpired)
            }
            BookingPhase::Held { .. } | BookingPhase::Paying { .. } => {
                Ok(Decision::one(BookingFact::Released {}))
            }
            BookingPhase::Confirmed { .. } => Err(BookingRefusal::AlreadyPaid),
            BookingPhase::Released => Ok(Decision::AlreadyApplied),
            BookingPhase::Expired | BookingPhase::Cancelled => Err(self.over()),
        }
    }

    fn expire(&self, now: Timestamp) -> Decided {
        match self.phase.until() {
            Some(until) if policy::has_lapsed(until, now) => {
                Ok(Decision::one(BookingFact::Expired {}))
            }
            Some(_) => Err(BookingRefusal::NotYetExpired),
            None => Ok(Decision::AlreadyApplied),
        }
    }

    fn cancel(&self, reason: &str, refund_id: RefundId) -> Decided {
        let cancelled = BookingFact::Cancelled { reason: reason.to_owned() };
        match self.phase {
            BookingPhase::Held { .. } | BookingPhase::Paying { .. } => Ok(Decision::one(cancelled)),
            BookingPhase::Confirmed { .. } if self.order.total == 0 => Ok(Decision::one(cancelled)),
            BookingPhase::Confirmed { payment: payment_id } => Ok(Decision::Facts(vec![
                cancelled,
                BookingFact::RefundRequested {
                    refund_id,
                    payment_id,
                    amount: self.order.total,
                    reason: reason.to_owned(),
                },
            ])),
            BookingPhase::Cancelled => Ok(Decision::AlreadyApplied),
            BookingPhase::Released | BookingPhase::Expired => Err(self.over()),
        }
    }

    fn settle_refund(&self, refund_id: RefundId) -> Decided {
        for payment in &self.payments {
            match payment.state {
                PaymentState::Refunding { refund, amount } if refund == refund_id => {
                    let payment_id = payment.id;
                    let refunded = BookingFact::Refunded { refund_id, payment_id, amount };
                    return Ok(Decision::one(refunded));
                }
                PaymentState::Refunded { refund, .. } if refund == refund_id => {
                    return Ok(Decision::AlreadyApplied);
                }
                _ => {}
            }
        }
        Err(BookingRefusal::UnknownRefund)
    }

    fn payment(&self, id: PaymentId) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.id == id)
    }

    fn over(&self) -> BookingRefusal {
        match self.phase {
            BookingPhase::Expired => BookingRefusal::HoldExpired,
            phase => BookingRefusal::Over { phase: phase.as_str() },
        }
    }
}
