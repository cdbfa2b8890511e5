//! Where a booking stands, and its payment if it has one, packed.

use super::super::moment::Moment;
use crate::booking::{BookingPhase, Payment, PaymentState, Placed};
use crate::id::PaymentId;

/// The name of a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nobody has made it, as far as is known.
    Absent,
    Held,
    Paying,
    Confirmed,
    Released,
    Expired,
    Cancelled,
    /// It is kept as it is, elsewhere.
    Odd,
}

/// What became of its only payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attempt {
    None,
    Started,
    Declined,
    Captured,
}

/// Where a booking stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    until: Moment,
    payment: PaymentId,
    pub(super) stage: Stage,
    renewals: u8,
    attempt: Attempt,
}

impl Course {
    pub(super) fn new(stage: Stage) -> Self {
        let (until, payment) = (Moment::default(), PaymentId(uuid::Uuid::nil()));
        Self { until, payment, stage, renewals: 0, attempt: Attempt::None }
    }

    /// None if it does not fit: more than one payment, or one of another sum than the order's, or
    /// money that goes back.
    pub(super) fn pack(placed: &Placed) -> Option<Self> {
        let total = placed.order.total;
        let attempted = match *placed.payments {
            [] => Self::new(Stage::Absent),
            [Payment { id: payment, amount, state }] if amount == total => {
                Self { payment, attempt: Attempt::pack(state)?, ..Self::new(Stage::Absent) }
            }
            _ => return None,
        };
        let named = |payment| attempted.attempt != Attempt::None && payment == attempted.payment;
        let held = |until, renewals| {
            let (until, renewals) = (Moment::pack(until)?, u8::try_from(renewals).ok()?);
            Some(Self { until, renewals, stage: Stage::Held, ..attempted })
        };
        match placed.phase {
            BookingPhase::Held { until, renewals } => held(until, renewals),
            BookingPhase::Paying { until, renewals, payment } if named(payment) => {
                Some(Self { stage: Stage::Paying, ..held(until, renewals)? })
            }
            BookingPhase::Confirmed { payment } if named(payment) => {
                Some(Self { stage: Stage::Confirmed, ..attempted })
            }
            BookingPhase::Paying { .. } | BookingPhase::Confirmed { .. } => None,
            BookingPhase::Released => Some(Self { stage: Stage::Released, ..attempted }),
            BookingPhase::Expired => Some(Self { stage: Stage::Expired, ..attempted }),
            BookingPhase::Cancelled => Some(Self { stage: Stage::Cancelled, ..attempted }),
        }
    }

    /// None if nobody has made the booking, or it is kept elsewhere.
    pub(super) fn phase(&self) -> Option<BookingPhase> {
        let (until, renewals) = (self.until.unpack(), u32::from(self.renewals));
        let payment = self.payment;
        match self.stage {
            Stage::Absent | Stage::Odd => None,
            Stage::Held => Some(BookingPhase::Held { until, renewals }),
            Stage::Paying => Some(BookingPhase::Paying { until, renewals, payment }),
            Stage::Confirmed => Some(BookingPhase::Confirmed { payment }),
            Stage::Released => Some(BookingPhase::Released),
            Stage::Expired => Some(BookingPhase::Expired),
            Stage::Cancelled => Some(BookingPhase::Cancelled),
        }
    }

    /// Its payment, of an order of this sum.
    pub(super) fn payments(&self, amount: i64) -> Vec<Payment> {
        let state = match self.attempt {
            Attempt::None => return Vec::new(),
            Attempt::Started => PaymentState::Started,
            Attempt::Declined => PaymentState::Declined,
            Attempt::Captured => PaymentState::Captured,
        };
        vec![Payment { id: self.payment, amount, state }]
    }
}

impl Attempt {
    fn pack(state: PaymentState) -> Option<Self> {
        match state {
            PaymentState::Started => Some(Self::Started),
            PaymentState::Declined => Some(Self::Declined),
            PaymentState::Captured => Some(Self::Captured),
            PaymentState::Refunding { .. } | PaymentState::Refunded { .. } => None,
        }
    }
}
