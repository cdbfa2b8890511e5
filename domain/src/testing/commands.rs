//! Commands to a house, in few words.

use crate::best_available::Together;
use crate::event::{CategoryPrice, EventCommand};
use crate::house::{Accessible, Command, Hold, HoldWish, Payment, SettledRefund};
use crate::id::{BookingId, PaymentId, RefundId};
use crate::money::{Currency, Money};

use super::subject;

/// A buyer wants these seats.
#[must_use]
pub fn hold<const N: usize>(booking: BookingId, buyer: &str, labels: [&str; N]) -> Command {
    let labels = labels.map(str::to_owned).into();
    hold_wish(booking, buyer, HoldWish::Seats { labels, accessible: Accessible::NotNeeded })
}

/// A buyer who needs accessible places wants these seats.
#[must_use]
pub fn hold_accessible<const N: usize>(
    booking: BookingId,
    buyer: &str,
    labels: [&str; N],
) -> Command {
    let labels = labels.map(str::to_owned).into();
    hold_wish(booking, buyer, HoldWish::Seats { labels, accessible: Accessible::Needed })
}

/// A buyer wants so many of the best seats that are left, side by side.
#[must_use]
pub fn best(booking: BookingId, buyer: &str, count: u32) -> Command {
    let wish = HoldWish::BestAvailable {
        count,
        category: None,
        max_price: None,
        together: Together::Required,
        accessible: Accessible::NotNeeded,
    };
    hold_wish(booking, buyer, wish)
}

/// A buyer wants places of a general-admission area.
#[must_use]
pub fn hold_places(booking: BookingId, buyer: &str, area: &str, count: u32) -> Command {
    hold_wish(booking, buyer, HoldWish::Places { area: area.to_owned(), count })
}

/// A buyer wants this, and the very best of it.
#[must_use]
pub fn hold_wish(booking: BookingId, buyer: &str, wish: HoldWish) -> Command {
    Command::Hold(Hold { booking, buyer: subject(buyer), wish, spread: 0 })
}

/// The holder needs more time.
#[must_use]
pub fn renew(booking: BookingId) -> Command {
    Command::Renew { booking }
}

/// The holder lets go.
#[must_use]
pub fn release(booking: BookingId) -> Command {
    Command::Release { booking }
}

/// The holder sets out to pay.
#[must_use]
pub fn start_payment(booking: BookingId, payment: PaymentId) -> Command {
    Command::StartPayment(pay(booking, payment))
}

/// The provider has the money.
#[must_use]
pub fn capture(booking: BookingId, payment: PaymentId, amount: i64, refund: RefundId) -> Command {
    let amount = Money::new(amount, Currency::EUR);
    Command::CapturePayment { payment: pay(booking, payment), amount, refund }
}

/// The provider has been refused the money.
#[must_use]
pub fn decline(booking: BookingId, payment: PaymentId) -> Command {
    Command::DeclinePayment { payment: pay(booking, payment), reason: "no funds".into() }
}

/// The provider has sent the money back.
#[must_use]
pub fn settle(booking: BookingId, refund: RefundId) -> Command {
    Command::SettleRefund(SettledRefund { booking, refund })
}

/// The deadline has passed.
#[must_use]
pub fn expire(booking: BookingId) -> Command {
    Command::Expire { booking }
}

/// The tickets are given back.
#[must_use]
pub fn cancel(booking: BookingId, refund: RefundId) -> Command {
    Command::Cancel { booking, reason: "given back".into(), refund }
}

/// A new price list in euros, with a fee in cents.
#[must_use]
pub fn reprice<const N: usize>(prices: [(&str, i64); N], fee: i64) -> Command {
    let price =
        |(category, amount): (&str, i64)| CategoryPrice { category: category.into(), amount };
    let prices = prices.map(price).into();
    Command::Run(EventCommand::Reprice { currency: Currency::EUR, prices, fee })
}

fn pay(booking: BookingId, payment: PaymentId) -> Payment {
    Payment { booking, id: payment, method: "tok_visa".into() }
}
