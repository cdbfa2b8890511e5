//! Rules of the money, with the seats that it is for.

use aisle_domain::booking::{BookingFact, BookingRefusal};
use aisle_domain::event::{EventCommand, EventRefusal, Phase};
use aisle_domain::fact::Fact;
use aisle_domain::house::{Command, Proposal, StreamKey};
use aisle_domain::id::{BookingId, PaymentId, RefundId};
use aisle_domain::money::{Currency, Money};
use aisle_domain::plan::SeatIndex;
use aisle_domain::testing::{
    GivenHouse, after, booking_id, cancel, capture, decline, expire, hold, hold_places, payment_id,
    plan, refund_id, release, settle, start_payment,
};

const ANN: BookingId = booking_id(1);
const BOB: BookingId = booking_id(2);
const FIRST: PaymentId = payment_id(1);
const SECOND: PaymentId = payment_id(2);
const REFUND: RefundId = refund_id(1);
/// What two seats of the stalls cost.
const TWO: i64 = 2 * (6000 + 150);

fn paying() -> GivenHouse {
    GivenHouse::on_sale().and(hold(ANN, "ann", ["1-1", "1-2"])).and(start_payment(ANN, FIRST))
}

fn paid() -> GivenHouse {
    paying().and(capture(ANN, FIRST, TWO, REFUND))
}

fn captured() -> Command {
    capture(ANN, FIRST, TWO, REFUND)
}

fn call_off() -> Command {
    Command::Run(EventCommand::Cancel { reason: "rain".into() })
}

fn names(proposal: &Proposal) -> Vec<&'static str> {
    proposal.writes.iter().map(|write| write.fact.name()).collect()
}

fn confirms(proposal: &Proposal, late: bool) {
    let confirmed = BookingFact::Confirmed { payment_id: FIRST, late };
    assert_eq!(*proposal.writes[0].fact, Fact::Booking(confirmed));
}

#[test]
fn a_payment_in_time_confirms_the_booking_with_all_its_seats() {
    let house = paying().when(captured()).then(|proposal| {
        confirms(proposal, false);
        assert_eq!(names(proposal), ["confirmed", "booked", "booked"]);
        assert_eq!(proposal.reads, [(StreamKey::Event, 3)], "not called off meanwhile");
    });
    house.report().assert_sound();
    house.when(captured()).then_already_applied();
}

#[test]
fn a_late_payment_reacquires_free_seats() {
    for house in [paying().at(after(605)), paying().at(after(605)).and(expire(ANN))] {
        let house = house.when(captured()).then(|proposal| confirms(proposal, true));
        let report = house.report();
        report.assert_sound();
        assert_eq!((report.seats_booked, report.bookings_confirmed), (2, 1));
    }
}

#[test]
fn a_payment_within_the_grace_period_is_not_late() {
    paying().at(after(604)).when(captured()).then(|proposal| confirms(proposal, false));
}

#[test]
fn a_late_payment_takes_over_seats_whose_next_hold_has_lapsed_as_well() {
    paying()
        .at(after(605))
        .and(hold(BOB, "bob", ["1-2"]))
        .at(after(1300))
        .when(captured())
        .then(|proposal| assert_eq!(names(proposal), ["confirmed", "booked", "released", "booked"]))
        .and(expire(BOB))
        .report()
        .assert_sound();
}

#[test]
fn a_late_payment_is_refunded_when_a_seat_is_gone() {
    let house = paying()
        .at(after(605))
        .and(hold(BOB, "bob", ["1-2"]))
        .when(captured())
        .then(|proposal| assert_eq!(names(proposal), ["refund_requested"]))
        .when(captured())
        .then_already_applied()
        .and(expire(ANN))
        .and(settle(ANN, REFUND));
    let report = house.report();
    report.assert_sound();
    assert_eq!((report.refunds_requested, report.refunds_settled, report.seats_held), (1, 1, 1));
}

#[test]
fn a_late_payment_of_places_needs_room() {
    let paying = || {
        GivenHouse::on_sale_with(plan(1, 4), |it| it.areas[0].capacity = 10)
            .and(hold_places(ANN, "ann", "Floor", 6))
            .and(start_payment(ANN, FIRST))
            .at(after(605))
    };
    let captured = || capture(ANN, FIRST, 6 * 2650, REFUND);
    let in_place = paying().when(captured()).then(|proposal| confirms(proposal, true));
    assert_eq!(in_place.report().places_booked, 6);
    let room = paying().and(expire(ANN)).and(hold_places(BOB, "bob", "Floor", 4));
    let beside = room.when(captured()).then(|proposal| confirms(proposal, true));
    beside.report().assert_sound();
    let no_room = paying().and(hold_places(BOB, "bob", "Floor", 5)).when(captured());
    no_room.then(|proposal| assert_eq!(names(proposal), ["refund_requested"]));
}

#[test]
fn a_second_payment_of_a_confirmed_booking_is_refunded() {
    let house = paying()
        .and(decline(ANN, FIRST))
        .and(start_payment(ANN, SECOND))
        .and(captured())
        .when(capture(ANN, SECOND, TWO, refund_id(2)))
        .then(|proposal| assert_eq!(names(proposal), ["refund_requested"]));
    let report = house.report();
    report.assert_sound();
    assert_eq!((report.bookings_confirmed, report.refunds_requested), (1, 1));
}

#[test]
fn a_declined_payment_leaves_the_seats_held() {
    let house = paying()
        .when(decline(ANN, FIRST))
        .then(|proposal| assert_eq!(names(proposal), ["payment_declined"]));
    assert_eq!((house.report().seats_held, house.report().bookings_open), (2, 1));
    house
        .and(start_payment(ANN, SECOND))
        .and(capture(ANN, SECOND, TWO, REFUND))
        .report()
        .assert_sound();
}

#[test]
fn a_payment_of_what_was_let_go_is_refunded() {
    for end in [release(ANN), cancel(ANN, refund_id(2))] {
        let house = paying().and(end).and(captured());
        house.report().assert_sound();
        assert_eq!((house.report().seats_booked, house.report().refunds_requested), (0, 1));
    }
}

#[test]
fn a_payment_for_a_cancelled_event_is_refunded() {
    let house = paying().and(call_off()).when(captured()).then(|proposal| {
        assert_eq!(names(proposal), ["refund_requested"]);
        // That the seats cannot be had is true as long as they and the event are as they were.
        let seats = [SeatIndex(0), SeatIndex(1)].map(|seat| (StreamKey::Seat(seat), 1));
        assert_eq!(proposal.reads, [&[(StreamKey::Event, 4)], &seats[..]].concat());
    });
    house.report().assert_sound();
    let phase = Phase::Cancelled;
    let fresh = GivenHouse::on_sale().and(hold(ANN, "ann", ["1-1"])).and(call_off());
    fresh.when(start_payment(ANN, FIRST)).then_refused(EventRefusal::NotOnSale { phase });
}

#[test]
fn a_paid_booking_of_a_cancelled_event_is_cancelled_and_refunded() {
    let house = paid().and(call_off()).when(cancel(ANN, REFUND)).then(|proposal| {
        assert_eq!(names(proposal), ["cancelled", "refund_requested", "released", "released"]);
    });
    house.when(cancel(ANN, REFUND)).then_already_applied().report().assert_sound();
}

#[test]
fn what_was_given_back_can_be_bought_by_another() {
    let house = paid().and(cancel(ANN, REFUND)).and(hold(BOB, "bob", ["1-1", "1-2"]));
    house.report().assert_sound();
    assert_eq!(house.report().seats_held, 2);
}

#[test]
fn what_costs_nothing_is_confirmed_by_setting_out_to_pay() {
    let free = GivenHouse::on_sale_with(plan(4, 10), |it| {
        it.fee = 0;
        it.prices.iter_mut().for_each(|price| price.amount = 0);
    });
    let house = free.and(hold(ANN, "ann", ["1-1"])).when(start_payment(ANN, FIRST)).then(|it| {
        assert_eq!(names(it), ["payment_started", "confirmed", "booked"]);
    });
    house
        .when(start_payment(ANN, FIRST))
        .then_already_applied()
        .when(cancel(ANN, REFUND))
        .then(|it| assert_eq!(names(it), ["cancelled", "released"]))
        .report()
        .assert_sound();
}

#[test]
fn money_for_a_booking_that_was_never_made_is_not_ours_to_answer() {
    GivenHouse::on_sale().when(captured()).then_refused(BookingRefusal::NotFound);
}

#[test]
fn a_payment_of_another_amount_is_refunded_and_another_can_be_tried() {
    let refunded = paying().and(capture(ANN, FIRST, TWO - 1, REFUND));
    let proposal_of = |given: GivenHouse| given.when(start_payment(ANN, SECOND));
    proposal_of(refunded).then(|proposal| assert_eq!(names(proposal), ["payment_started"]));
}

#[test]
fn a_payment_of_another_currency_is_not_taken_for_ours() {
    let Command::CapturePayment { payment, refund, .. } = captured() else { unreachable!() };
    let amount = Money::new(TWO, "JPY".parse().unwrap());
    let expected = Currency::EUR;
    paying()
        .when(Command::CapturePayment { payment, amount, refund })
        .then_refused(BookingRefusal::WrongCurrency { expected });
}
