//! What can be asked of a house.

use jiff::Timestamp;

use crate::actor::Actor;
use crate::area::AreaContext;
use crate::best_available::Together;
use crate::booking::BookingContext;
use crate::event::EventCommand;
use crate::id::{BookingId, PaymentId, RefundId, Subject};
use crate::money::Money;

/// Who asks, and when.
#[derive(Debug, Clone)]
pub struct Context {
    /// The present moment.
    pub now: Timestamp,
    /// On whose behalf.
    pub actor: Actor,
}

impl Context {
    pub(super) fn booking(&self) -> BookingContext {
        BookingContext { now: self.now }
    }

    pub(super) fn area(&self, capacity: u32) -> AreaContext {
        AreaContext { now: self.now, capacity }
    }
}

/// What can be asked of a house.
#[derive(Debug, Clone)]
pub enum Command {
    /// Create the event or run its sale.
    Run(EventCommand),
    /// Make a booking: keep seats or places.
    Hold(Hold),
    /// Move the deadline of a booking.
    Renew {
        /// Which.
        booking: BookingId,
    },
    /// Let go of a booking that is not paid.
    Release {
        /// Which.
        booking: BookingId,
    },
    /// Set out to pay a booking.
    StartPayment(Payment),
    /// The provider says that the money is here.
    CapturePayment {
        /// Which payment of which booking.
        payment: Payment,
        /// How much.
        amount: Money,
        /// The name of the refund, should one be needed.
        refund: RefundId,
    },
    /// The provider says that a payment failed.
    DeclinePayment {
        /// Which payment of which booking.
        payment: Payment,
        /// Why.
        reason: String,
    },
    /// The provider says that the money went back.
    SettleRefund(SettledRefund),
    /// The deadline of a booking has passed.
    Expire {
        /// Which.
        booking: BookingId,
    },
    /// Give a booking back, or call it off; what was paid is refunded.
    Cancel {
        /// Which.
        booking: BookingId,
        /// Why.
        reason: String,
        /// The name of the refund, should one be needed.
        refund: RefundId,
    },
}

/// A wish for seats or places.
#[derive(Debug, Clone)]
pub struct Hold {
    /// The id that the booking will have.
    pub booking: BookingId,
    /// For whom.
    pub buyer: Subject,
    /// What.
    pub wish: HoldWish,
    /// 0 takes the very best; another number one of the best few, so that buyers who are decided
    /// on at once in several processes do not fight for one block.
    pub spread: u64,
}

/// What a buyer wants.
#[derive(Debug, Clone)]
pub enum HoldWish {
    /// These seats, all of them.
    Seats {
        /// Their labels.
        labels: Vec<String>,
        /// Whether accessible places may be among them.
        accessible: Accessible,
    },
    /// The best that are left.
    BestAvailable {
        /// How many.
        count: u32,
        /// Of this category only.
        category: Option<String>,
        /// At this price without the fee at the most, in minor units.
        max_price: Option<i64>,
        /// Whether they must stand side by side.
        together: Together,
        /// Whether accessible places are wanted.
        accessible: Accessible,
    },
    /// Places of a general-admission area.
    Places {
        /// Its name.
        area: String,
        /// How many.
        count: u32,
    },
}

/// By what a wish says how many seats or places it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// It names each seat.
    Named,
    /// By the number of the best seats.
    BestAvailable,
    /// By the number of places.
    Places,
}

impl HoldWish {
    /// How many seats or places are wished for, and what says so.
    pub(super) fn count(&self) -> (u32, Counted) {
        match self {
            Self::Seats { labels, .. } => {
                (u32::try_from(labels.len()).unwrap_or(u32::MAX), Counted::Named)
            }
            Self::BestAvailable { count, .. } => (*count, Counted::BestAvailable),
            Self::Places { count, .. } => (*count, Counted::Places),
        }
    }
}

/// Whether the buyer needs accessible places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Accessible {
    /// No: they stay for those who do, until everything else is sold.
    #[default]
    NotNeeded,
    /// Yes.
    Needed,
}

/// A payment of a booking.
#[derive(Debug, Clone)]
pub struct Payment {
    /// The booking.
    pub booking: BookingId,
    /// Our name for the payment.
    pub id: PaymentId,
    /// The provider's token for the means of payment; empty where it does not matter.
    pub method: String,
}

/// A refund that the provider has carried out.
#[derive(Debug, Clone, Copy)]
pub struct SettledRefund {
    /// The booking.
    pub booking: BookingId,
    /// The refund.
    pub refund: RefundId,
}
