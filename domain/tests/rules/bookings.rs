//! Rules of the aggregate Booking: its deadline and its money, whatever its seats do.

use std::sync::Arc;

use aisle_domain::booking::{
    Booking, BookingCommand, BookingFact, BookingRefusal, Order, SeatLine, SeatsState,
};
use aisle_domain::id::{PaymentId, RefundId};
use aisle_domain::money::Currency;
use aisle_domain::testing::{Given, after, event_id, given, payment_id, refund_id, subject};

const FIRST: PaymentId = payment_id(1);
const SECOND: PaymentId = payment_id(2);
const REFUND: RefundId = refund_id(1);
const TOO_LATE: &str = "the payment came when the seats could not be had any more";

fn order(price: i64) -> Arc<Order> {
    let line = SeatLine { seat: "1-1".into(), category: "Stalls".into(), price };
    let order = Order {
        event_id: event_id(1),
        buyer: subject("ann"),
        seats: vec![line],
        places: Vec::new(),
        currency: Currency::EUR,
        price_version: 1,
        fee: 0,
        total: 0,
    };
    Arc::new(order.priced(0))
}

fn held() -> Given<Booking> {
    given([BookingFact::Held { order: order(6000), until: after(600) }])
}

fn started(payment_id: PaymentId) -> BookingFact {
    BookingFact::PaymentStarted { payment_id, method: "tok".into(), amount: 6000 }
}

fn declined(payment_id: PaymentId) -> BookingFact {
    BookingFact::PaymentDeclined { payment_id, reason: "no funds".into() }
}

fn confirmed(payment_id: PaymentId, late: bool) -> BookingFact {
    BookingFact::Confirmed { payment_id, late }
}

fn refund_of(payment_id: PaymentId, amount: i64, reason: &str) -> BookingFact {
    BookingFact::RefundRequested { refund_id: REFUND, payment_id, amount, reason: reason.into() }
}

fn start(payment: PaymentId) -> BookingCommand {
    BookingCommand::StartPayment { payment, method: "tok".into() }
}

fn decline(payment: PaymentId) -> BookingCommand {
    BookingCommand::DeclinePayment { payment, reason: "no funds".into() }
}

fn capture(payment: PaymentId, seats: SeatsState) -> BookingCommand {
    BookingCommand::CapturePayment { payment, amount: 6000, refund: REFUND, seats }
}

fn cancel() -> BookingCommand {
    BookingCommand::Cancel { reason: "ill".into(), refund: REFUND }
}

#[test]
fn a_booking_is_made_once() {
    let hold = |price| BookingCommand::Hold { order: order(price), until: after(600) };
    given::<Booking>([])
        .when(hold(6000))
        .then([BookingFact::Held { order: order(6000), until: after(600) }])
        .when(hold(7000))
        .then_refused(BookingRefusal::AlreadyExists);
    given::<Booking>([]).when(BookingCommand::Expire).then_refused(BookingRefusal::NotFound);
}

#[test]
fn a_hold_is_renewed_once_and_in_time() {
    let renew = |seconds| BookingCommand::Renew { until: after(seconds) };
    held()
        .when(renew(1200))
        .at(after(604))
        .then([BookingFact::Renewed { until: after(1200) }])
        .when(renew(1800))
        .at(after(700))
        .then_refused(BookingRefusal::RenewalsUsedUp);
    held().when(renew(1200)).at(after(605)).then_refused(BookingRefusal::HoldExpired);
}

#[test]
fn an_expired_hold_is_never_revived_by_a_retry() {
    let expired = || held().and([BookingFact::Expired {}]);
    for command in [BookingCommand::Renew { until: after(900) }, start(FIRST)] {
        held().when(command.clone()).at(after(605)).then_refused(BookingRefusal::HoldExpired);
        expired().when(command).at(after(1)).then_refused(BookingRefusal::HoldExpired);
    }
    expired().when(BookingCommand::Release).then_refused(BookingRefusal::HoldExpired);
    expired().when(BookingCommand::Expire).then_already_applied();
}

#[test]
fn a_hold_expires_after_the_grace_period_and_not_before() {
    held().when(BookingCommand::Expire).at(after(604)).then_refused(BookingRefusal::NotYetExpired);
    held().when(BookingCommand::Expire).at(after(605)).then([BookingFact::Expired {}]);
}

#[test]
fn there_is_one_payment_at_a_time() {
    held()
        .when(start(FIRST))
        .then([started(FIRST)])
        .when(start(SECOND))
        .then_refused(BookingRefusal::PaymentInProgress);
    held().and([started(FIRST)]).when(start(FIRST)).then_already_applied();
}

#[test]
fn a_declined_payment_can_be_followed_by_another() {
    held()
        .and([started(FIRST)])
        .when(decline(FIRST))
        .then([declined(FIRST)])
        .when(start(SECOND))
        .then([started(SECOND)])
        .when(capture(SECOND, SeatsState::Kept))
        .then([confirmed(SECOND, false)]);
    held().and([started(FIRST), declined(FIRST)]).when(decline(FIRST)).then_already_applied();
}

#[test]
fn a_payment_that_was_declined_is_not_started_again_by_a_retry() {
    held().and([started(FIRST), declined(FIRST)]).when(start(FIRST)).then_already_applied();
}

#[test]
fn to_start_the_payment_that_has_paid_is_a_repetition() {
    let paid = || held().and([started(FIRST), confirmed(FIRST, false)]);
    paid().when(start(FIRST)).then_already_applied();
    paid().when(start(SECOND)).then_refused(BookingRefusal::AlreadyPaid);
}

#[test]
fn money_that_comes_after_a_no_pays_all_the_same() {
    held()
        .and([started(FIRST), declined(FIRST)])
        .when(capture(FIRST, SeatsState::Kept))
        .then([confirmed(FIRST, false)])
        .when(decline(FIRST))
        .then_already_applied();
}

#[test]
fn a_captured_payment_is_answered_once() {
    let paying = || held().and([started(FIRST)]);
    let again = capture(FIRST, SeatsState::Kept);
    paying()
        .when(capture(FIRST, SeatsState::Kept))
        .then([confirmed(FIRST, false)])
        .when(again.clone())
        .then_already_applied();
    paying()
        .when(capture(FIRST, SeatsState::Gone))
        .then([refund_of(FIRST, 6000, TOO_LATE)])
        .when(again)
        .then_already_applied();
}

#[test]
fn a_late_payment_reacquires_free_seats() {
    held()
        .and([started(FIRST), BookingFact::Expired {}])
        .when(capture(FIRST, SeatsState::Free))
        .at(after(9_999))
        .then([confirmed(FIRST, true)]);
}

#[test]
fn a_payment_of_what_was_given_up_is_refunded() {
    for end in [BookingFact::Released {}, BookingFact::Cancelled { reason: "ill".into() }] {
        held()
            .and([started(FIRST), end])
            .when(capture(FIRST, SeatsState::Free))
            .then([refund_of(FIRST, 6000, TOO_LATE)]);
    }
}

#[test]
fn money_that_nobody_asked_for_goes_back() {
    held().when(capture(SECOND, SeatsState::Kept)).then([refund_of(SECOND, 6000, TOO_LATE)]);
    let wrong = BookingCommand::CapturePayment {
        payment: FIRST,
        amount: 5999,
        refund: REFUND,
        seats: SeatsState::Kept,
    };
    held().and([started(FIRST)]).when(wrong).then([refund_of(FIRST, 5999, TOO_LATE)]);
}

#[test]
fn a_paid_booking_is_cancelled_with_a_refund_and_an_unpaid_one_without() {
    let cancelled = BookingFact::Cancelled { reason: "ill".into() };
    let refund = refund_of(FIRST, 6000, "ill");
    held().when(cancel()).then([cancelled.clone()]);
    held()
        .and([started(FIRST), confirmed(FIRST, false)])
        .when(cancel())
        .then([cancelled, refund])
        .when(cancel())
        .then_already_applied();
}

#[test]
fn what_is_over_stays_over() {
    let released = || held().and([BookingFact::Released {}]);
    let over = BookingRefusal::Over { phase: "released" };
    for command in [cancel(), start(FIRST), BookingCommand::Renew { until: after(900) }] {
        released().when(command).then_refused(over.clone());
    }
    released().when(BookingCommand::Release).then_already_applied();
    let paid = held().and([started(FIRST), confirmed(FIRST, false)]);
    paid.when(BookingCommand::Release).then_refused(BookingRefusal::AlreadyPaid);
}

#[test]
fn a_refund_is_settled_once() {
    let refunded = BookingFact::Refunded { refund_id: REFUND, payment_id: FIRST, amount: 6000 };
    let settle = |refund| BookingCommand::SettleRefund { refund };
    held()
        .and([started(FIRST), refund_of(FIRST, 6000, TOO_LATE)])
        .when(settle(REFUND))
        .then([refunded])
        .when(settle(REFUND))
        .then_already_applied();
    held().when(settle(REFUND)).then_refused(BookingRefusal::UnknownRefund);
}

#[test]
fn what_costs_nothing_is_paid_by_setting_out_to_pay() {
    let free = || given::<Booking>([BookingFact::Held { order: order(0), until: after(600) }]);
    let started =
        BookingFact::PaymentStarted { payment_id: FIRST, method: "tok".into(), amount: 0 };
    let cancelled = BookingFact::Cancelled { reason: "ill".into() };
    free()
        .when(start(FIRST))
        .then([started, confirmed(FIRST, false)])
        .when(cancel())
        .then([cancelled]);
    free().when(start(FIRST)).at(after(605)).then_refused(BookingRefusal::HoldExpired);
}
