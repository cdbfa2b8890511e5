//! Rules of the aggregate Area.

use aisle_domain::area::{Area, AreaCommand, AreaContext, AreaFact, AreaRefusal};
use aisle_domain::fact::ReleaseReason;
use aisle_domain::id::BookingId;
use aisle_domain::testing::{Given, after, booking_id, given};

const ANN: BookingId = booking_id(1);
const BOB: BookingId = booking_id(2);
const CAT: BookingId = booking_id(3);

fn held(booking_id: BookingId, count: u32, until: i64) -> AreaFact {
    AreaFact::Held { booking_id, count, until: after(until) }
}

fn lapsed(booking_id: BookingId, count: u32) -> AreaFact {
    AreaFact::Released { booking_id, count, reason: ReleaseReason::Expired }
}

fn hold(booking: BookingId, count: u32) -> AreaCommand {
    AreaCommand::Hold { booking, count, until: after(900) }
}

fn ten_places_at(seconds: i64) -> AreaContext {
    AreaContext { now: after(seconds), capacity: 10 }
}

fn six_held_by_ann() -> Given<Area> {
    given([held(ANN, 6, 600)])
}

#[test]
fn an_area_gives_away_what_it_has_and_no_more() {
    six_held_by_ann()
        .when(hold(BOB, 5))
        .with(ten_places_at(0))
        .then_refused(AreaRefusal::TooFewLeft { left: 4 });
    six_held_by_ann()
        .when(hold(BOB, 4))
        .with(ten_places_at(0))
        .then([held(BOB, 4, 900)])
        .when(hold(CAT, 1))
        .with(ten_places_at(0))
        .then_refused(AreaRefusal::TooFewLeft { left: 0 });
}

#[test]
fn lapsed_shares_give_way_but_no_more_of_them_than_needed() {
    let area = || given::<Area>([held(ANN, 4, 100), held(BOB, 4, 100), held(CAT, 2, 900)]);
    let dan = booking_id(4);
    area()
        .when(hold(dan, 3))
        .with(ten_places_at(104))
        .then_refused(AreaRefusal::TooFewLeft { left: 0 });
    area().when(hold(dan, 3)).with(ten_places_at(105)).then([lapsed(ANN, 4), held(dan, 3, 900)]);
    area().when(hold(dan, 8)).with(ten_places_at(105)).then([
        lapsed(ANN, 4),
        lapsed(BOB, 4),
        held(dan, 8, 900),
    ]);
    let refusal = AreaRefusal::TooFewLeft { left: 8 };
    area().when(hold(dan, 9)).with(ten_places_at(105)).then_refused(refusal);
    assert_eq!(area().state().left(&ten_places_at(105)), 8);
}

#[test]
fn to_hold_what_one_holds_is_a_repetition() {
    six_held_by_ann().when(hold(ANN, 6)).then_already_applied();
}

#[test]
fn a_late_share_can_be_sold_while_there_is_room() {
    let book = |count| AreaCommand::Book { booking: ANN, count };
    let booked = |count| AreaFact::Booked { booking_id: ANN, count };
    six_held_by_ann()
        .when(book(6))
        .with(ten_places_at(9_999))
        .then([booked(6)])
        .when(book(6))
        .with(ten_places_at(9_999))
        .then_already_applied();
    let refusal = AreaRefusal::TooFewLeft { left: 5 };
    given::<Area>([held(BOB, 5, 900)]).when(book(6)).with(ten_places_at(0)).then_refused(refusal);
    given::<Area>([held(BOB, 5, 900)]).when(book(5)).with(ten_places_at(0)).then([booked(5)]);
}

#[test]
fn only_a_hold_that_binds_can_be_extended() {
    let extend = |booking| AreaCommand::Extend { booking, until: after(900) };
    let extended = AreaFact::Extended { booking_id: ANN, until: after(900) };
    six_held_by_ann()
        .when(extend(ANN))
        .at(after(604))
        .then([extended])
        .when(hold(BOB, 5))
        .with(ten_places_at(904))
        .then_refused(AreaRefusal::TooFewLeft { left: 4 });
    six_held_by_ann().when(extend(ANN)).at(after(605)).then_refused(AreaRefusal::NotHeld);
    six_held_by_ann().when(extend(BOB)).then_refused(AreaRefusal::NotHeld);
    let booked = AreaFact::Booked { booking_id: ANN, count: 6 };
    six_held_by_ann().and([booked]).when(extend(ANN)).then_refused(AreaRefusal::NotHeld);
}

#[test]
fn released_places_are_on_sale_again() {
    let reason = ReleaseReason::Cancelled;
    let release = |booking| AreaCommand::Release { booking, reason };
    let area = six_held_by_ann().when(release(ANN)).then([AreaFact::Released {
        booking_id: ANN,
        count: 6,
        reason,
    }]);
    assert_eq!((area.state().taken(), area.state().left(&ten_places_at(0))), (0, 10));
    area.when(release(ANN)).then_already_applied();
}
