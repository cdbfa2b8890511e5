//! Where a booking stands, as far as its buyer sees a difference.

use aisle_domain::policy::MAX_RENEWALS;
use aisle_projections::views::PaymentPageState::{Declined, Started};
use aisle_projections::views::{BookingPage, BookingState, PaymentPage, PaymentPageState};
use jiff::{SignedDuration, Timestamp};

use crate::site::card::Badge;

/// After how long a payment is said to take longer than usual.
const SLOW: SignedDuration = SignedDuration::from_secs(8);

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// To be paid.
    Held,
    /// To be paid, after a card was declined.
    Declined,
    /// Its time is up, though nobody has recorded so yet.
    Lapsed,
    /// A payment is on its way.
    Paying,
    /// A payment is on its way for longer than usual.
    Slow,
    /// A payment is on its way, and the time of the hold is up.
    Late,
    /// Paid.
    Confirmed,
    /// Paid after the time was up, and nobody had taken the seats.
    ConfirmedLate,
    Released,
    Expired,
    /// Money came when it was over, and goes back.
    Returning,
    /// Given back after it was paid, or called off.
    Cancelled,
}

impl Stage {
    /// Where a booking stands at a moment.
    pub(crate) fn of(page: &BookingPage, now: Timestamp) -> Self {
        let is_up = page.until.is_some_and(|until| now >= until);
        match page.phase {
            BookingState::Held if is_up => Self::Lapsed,
            BookingState::Held if last_is(page, Declined) => Self::Declined,
            BookingState::Held => Self::Held,
            BookingState::Paying if is_up => Self::Late,
            BookingState::Paying if page.updated.at.duration_until(now) >= SLOW => Self::Slow,
            BookingState::Paying => Self::Paying,
            BookingState::Confirmed if page.late => Self::ConfirmedLate,
            BookingState::Confirmed => Self::Confirmed,
            BookingState::Released | BookingState::Expired if returned(page).is_some() => {
                Self::Returning
            }
            // The hold has ended, but whether money comes is not known yet.
            BookingState::Released | BookingState::Expired if last_is(page, Started) => Self::Late,
            BookingState::Released => Self::Released,
            BookingState::Expired => Self::Expired,
            BookingState::Cancelled => Self::Cancelled,
        }
    }

    /// Its name in the catalogue.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Declined => "declined",
            Self::Lapsed => "lapsed",
            Self::Paying => "paying",
            Self::Slow => "slow",
            Self::Late => "late",
            Self::Confirmed => "confirmed",
            Self::ConfirmedLate => "confirmed-late",
            Self::Released => "released",
            Self::Expired => "expired",
            Self::Returning => "returning",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it is to be paid, and can be.
    pub(crate) fn is_payable(self) -> bool {
        matches!(self, Self::Held | Self::Declined)
    }

    /// Whether a payment is on its way.
    pub(crate) fn is_under_way(self) -> bool {
        matches!(self, Self::Paying | Self::Slow | Self::Late)
    }

    /// Whether its seats are its buyer's.
    pub(crate) fn is_confirmed(self) -> bool {
        matches!(self, Self::Confirmed | Self::ConfirmedLate)
    }

    /// Whether nothing will become of it.
    pub(crate) fn is_over(self) -> bool {
        !self.is_payable() && !self.is_under_way() && !self.is_confirmed()
    }

    /// Whether nothing will change by itself any more.
    pub(crate) fn is_settled(self) -> bool {
        self != Self::Lapsed && (self.is_over() || self.is_confirmed())
    }

    /// In a word or two.
    pub(crate) fn badge(self) -> Badge {
        let (name, tone) = match self {
            Self::Held | Self::Declined => ("state-held", "warn"),
            Self::Paying | Self::Slow | Self::Late => ("state-paying", "warn"),
            Self::Confirmed | Self::ConfirmedLate => ("state-confirmed", "good"),
            Self::Released => ("state-released", ""),
            Self::Lapsed | Self::Expired | Self::Returning => ("state-expired", ""),
            Self::Cancelled => ("state-cancelled", "bad"),
        };
        Badge::new(name, tone)
    }
}

/// How often it can still be renewed.
pub(crate) fn renewals_left(page: &BookingPage) -> u32 {
    MAX_RENEWALS.saturating_sub(page.renewals)
}

/// The payment whose money goes back or went, if there is one.
pub(crate) fn returned(page: &BookingPage) -> Option<&PaymentPage> {
    page.payments.iter().rev().find(|payment| match payment.state {
        PaymentPageState::Refunding | PaymentPageState::Refunded => true,
        PaymentPageState::Started | PaymentPageState::Declined | PaymentPageState::Captured => {
            false
        }
    })
}

fn last_is(page: &BookingPage, state: PaymentPageState) -> bool {
    page.payments.last().is_some_and(|payment| payment.state == state)
}

#[cfg(test)]
mod tests {
    use aisle_domain::booking::Order;
    use aisle_domain::id::PaymentId;
    use aisle_domain::money::Currency;
    use aisle_domain::testing::{after, booking_id, event_id, subject};
    use aisle_projections::views::Moment;
    use uuid::Uuid;

    use super::BookingState::{Cancelled, Confirmed, Expired, Held, Paying, Released};
    use super::PaymentPageState::{Captured, Refunded, Refunding};
    use super::*;

    /// When the hold of the table's bookings ends, in seconds after they last changed.
    const UNTIL: i64 = 60;

    /// A booking that last changed at 0, with what became of its payments.
    fn booking(phase: BookingState, payments: &[PaymentPageState]) -> BookingPage {
        let moment = Moment { position: 1, at: after(0) };
        let order = Order {
            event_id: event_id(1),
            buyer: subject("bob"),
            seats: Vec::new(),
            places: Vec::new(),
            currency: Currency::EUR,
            price_version: 1,
            fee: 0,
            total: 0,
        };
        let payment = |state: &PaymentPageState| PaymentPage {
            id: PaymentId(Uuid::from_u128(1)),
            amount: 100,
            state: *state,
            declined: None,
            refund: None,
        };
        BookingPage {
            id: booking_id(1),
            order,
            phase,
            until: matches!(phase, Held | Paying).then(|| after(UNTIL)),
            renewals: 0,
            late: false,
            cancelled: None,
            payments: payments.iter().map(payment).collect(),
            created: moment,
            updated: moment,
        }
    }

    #[test]
    fn a_buyer_is_told_where_a_booking_stands() {
        for (phase, payments, seconds, stage) in [
            (Held, &[][..], 0, Stage::Held),
            (Held, &[], UNTIL - 1, Stage::Held),
            (Held, &[], UNTIL, Stage::Lapsed),
            (Held, &[Declined], 1, Stage::Declined),
            (Held, &[Declined], UNTIL, Stage::Lapsed),
            (Paying, &[Started], 7, Stage::Paying),
            (Paying, &[Declined, Started], 7, Stage::Paying),
            (Paying, &[Started], 8, Stage::Slow),
            (Paying, &[Started], UNTIL, Stage::Late),
            (Confirmed, &[Captured], UNTIL, Stage::Confirmed),
            (Released, &[], 1, Stage::Released),
            (Released, &[Started], 1, Stage::Late),
            (Released, &[Refunding], 1, Stage::Returning),
            (Expired, &[], UNTIL, Stage::Expired),
            (Expired, &[Declined], UNTIL, Stage::Expired),
            (Expired, &[Started], UNTIL, Stage::Late),
            (Expired, &[Refunding], UNTIL, Stage::Returning),
            (Expired, &[Refunded], UNTIL, Stage::Returning),
            (Cancelled, &[Refunding], 1, Stage::Cancelled),
            (Cancelled, &[Refunded], 1, Stage::Cancelled),
        ] {
            let found = Stage::of(&booking(phase, payments), after(seconds));
            assert_eq!(found, stage, "{phase:?} {payments:?} after {seconds} s");
        }
        let late = BookingPage { late: true, ..booking(Confirmed, &[Captured]) };
        assert_eq!(Stage::of(&late, after(0)), Stage::ConfirmedLate);
    }

    #[test]
    fn a_page_offers_what_its_stage_allows() {
        let (payable, under_way, confirmed, over) = (
            &[Stage::Held, Stage::Declined][..],
            &[Stage::Paying, Stage::Slow, Stage::Late][..],
            &[Stage::Confirmed, Stage::ConfirmedLate][..],
            &[Stage::Released, Stage::Expired, Stage::Returning, Stage::Cancelled][..],
        );
        for stage in payable.iter().chain(under_way).chain(confirmed).chain(over) {
            let is =
                [stage.is_payable(), stage.is_under_way(), stage.is_confirmed(), stage.is_over()];
            let named = [payable, under_way, confirmed, over].map(|named| named.contains(stage));
            assert_eq!(is, named, "{stage:?}");
            assert_eq!(stage.is_settled(), named[2] || named[3], "{stage:?}");
        }
        // Whoever waits for it to be recorded is shown what becomes of it.
        assert!(Stage::Lapsed.is_over() && !Stage::Lapsed.is_settled());
    }
}
