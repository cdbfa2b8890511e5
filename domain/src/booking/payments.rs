//! What became of each attempt to pay a booking.

use serde::{Deserialize, Serialize};

use crate::id::{PaymentId, RefundId};

/// One attempt to pay a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Our name for it.
    pub id: PaymentId,
    /// The amount asked for, in minor units.
    pub amount: i64,
    /// What became of it.
    pub state: PaymentState,
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaymentState {
    /// The provider has not answered yet.
    Started,
    /// It failed; no money was moved.
    Declined,
    /// The money is here, and pays the booking.
    Captured,
    /// The money is here, and on its way back.
    Refunding {
        /// By which refund.
        refund: RefundId,
        /// How much, in minor units.
        amount: i64,
    },
    /// The money went back.
    Refunded {
        /// By which refund.
        refund: RefundId,
        /// How much, in minor units.
        amount: i64,
    },
}

impl Payment {
    /// A payment that has just set out.
    #[must_use]
    pub fn started(id: PaymentId, amount: i64) -> Self {
        Self { id, amount, state: PaymentState::Started }
    }
}
