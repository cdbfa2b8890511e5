//! What is asked in the model: each a command that can be repeated word for word.

use aisle_domain::event::EventCommand;
use aisle_domain::house::{Accessible, HoldWish};
use aisle_domain::house::{Command, House};
use aisle_domain::id::RefundId;
use aisle_domain::testing::{
    booking_id, cancel, capture, decline, expire, hold_places, hold_wish, payment_id, refund_id,
    release, renew, settle, start_payment,
};

/// How often a booking may be tried to be paid.
const ATTEMPTS: u64 = 2;

/// A command; bookings are numbered from 1, and so are the payments of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Ask {
    Hold(u64),
    Renew(u64),
    Release(u64),
    Expire(u64),
    Cancel(u64),
    Pay(u64, u64),
    /// The provider tells that a payment was captured, however late and often.
    Captured(u64, u64),
    /// The provider tells that it was not.
    Declined(u64, u64),
    /// The provider tells that the refund which a cancellation asked for was made.
    RefundedCancelled(u64),
    /// The provider tells that the refund of a payment that came too late was made.
    RefundedLate(u64, u64),
    CallOff,
}

impl Ask {
    /// All that can ever be asked about so many bookings.
    pub(crate) fn all(bookings: u64) -> Vec<Self> {
        let attempts = |b: u64| {
            (1..=ATTEMPTS).flat_map(move |n| {
                [
                    Self::Pay(b, n),
                    Self::Captured(b, n),
                    Self::Declined(b, n),
                    Self::RefundedLate(b, n),
                ]
            })
        };
        let of_booking = |b: u64| {
            let once = [
                Self::Hold(b),
                Self::Renew(b),
                Self::Release(b),
                Self::Expire(b),
                Self::Cancel(b),
                Self::RefundedCancelled(b),
            ];
            once.into_iter().chain(attempts(b))
        };
        (1..=bookings).flat_map(of_booking).chain([Self::CallOff]).collect()
    }

    /// Whether it comes with an idempotency key and needs one: the answer to it is stored in the
    /// transaction of its facts, and a repetition is given that answer.
    pub(crate) fn is_keyed(self) -> bool {
        matches!(self, Self::Hold(_) | Self::Renew(_))
    }

    /// The command, as its sender would word it. `house` is asked for the price only.
    pub(crate) fn command(self, wishes: &[&[&str]], house: &House) -> Command {
        match self {
            Self::Hold(b) => held(b, wishes[usize::try_from(b - 1).expect("small")]),
            Self::Renew(b) => renew(booking_id(b)),
            Self::Release(b) => release(booking_id(b)),
            Self::Expire(b) => expire(booking_id(b)),
            Self::Cancel(b) => cancel(booking_id(b), refund_of_cancelled(b)),
            Self::Pay(b, n) => start_payment(booking_id(b), payment_id(number(b, n))),
            Self::Captured(b, n) => {
                let placed = house.placed(booking_id(b));
                let total = placed.map_or(0, |placed| placed.order.total);
                capture(booking_id(b), payment_id(number(b, n)), total, refund_of_late(b, n))
            }
            Self::Declined(b, n) => decline(booking_id(b), payment_id(number(b, n))),
            Self::RefundedCancelled(b) => settle(booking_id(b), refund_of_cancelled(b)),
            Self::RefundedLate(b, n) => settle(booking_id(b), refund_of_late(b, n)),
            Self::CallOff => Command::Run(EventCommand::Cancel { reason: "rain".into() }),
        }
    }
}

/// The number of a payment.
pub(crate) fn number(booking: u64, attempt: u64) -> u64 {
    10 * booking + attempt
}

fn refund_of_late(booking: u64, attempt: u64) -> RefundId {
    refund_id(number(booking, attempt))
}

fn refund_of_cancelled(booking: u64) -> RefundId {
    refund_id(number(booking, 0))
}

/// No seats are two places of the area, which has three.
fn held(booking: u64, seats: &[&str]) -> Command {
    let (id, buyer) = (booking_id(booking), format!("buyer {booking}"));
    if seats.is_empty() {
        return hold_places(id, &buyer, "Floor", 2);
    }
    let labels = seats.iter().map(|label| (*label).to_owned()).collect();
    hold_wish(id, &buyer, HoldWish::Seats { labels, accessible: Accessible::NotNeeded })
}
