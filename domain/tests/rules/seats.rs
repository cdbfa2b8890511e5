//! Rules of the aggregate Seat.

use aisle_domain::fact::ReleaseReason;
use aisle_domain::id::BookingId;
use aisle_domain::seat::{Seat, SeatCommand, SeatFact, SeatRefusal};
use aisle_domain::testing::{after, booking_id, given};

const ANN: BookingId = booking_id(1);
const BOB: BookingId = booking_id(2);

fn held(booking_id: BookingId) -> SeatFact {
    SeatFact::Held { booking_id, until: after(600) }
}

fn hold(booking: BookingId) -> SeatCommand {
    SeatCommand::Hold { booking, until: after(600) }
}

fn lapsed(booking_id: BookingId) -> SeatFact {
    SeatFact::Released { booking_id, reason: ReleaseReason::Expired }
}

#[test]
fn a_seat_begins_with_its_first_hold() {
    given::<Seat>([]).when(hold(ANN)).then([held(ANN)]);
}

#[test]
fn a_held_seat_cannot_be_held_by_another() {
    given::<Seat>([held(ANN)]).when(hold(BOB)).at(after(604)).then_refused(SeatRefusal::Taken);
}

#[test]
fn a_lapsed_hold_gives_way_in_the_decision_itself() {
    let until = after(1205);
    given::<Seat>([held(ANN)])
        .when(SeatCommand::Hold { booking: BOB, until })
        .at(after(605))
        .then([lapsed(ANN), SeatFact::Held { booking_id: BOB, until }]);
}

#[test]
fn to_hold_what_one_holds_is_a_repetition() {
    given::<Seat>([held(ANN)]).when(hold(ANN)).at(after(10)).then_already_applied();
    let booked = SeatFact::Booked { booking_id: ANN };
    given::<Seat>([held(ANN), booked]).when(hold(ANN)).at(after(9999)).then_already_applied();
}

#[test]
fn a_sold_seat_never_lapses() {
    given::<Seat>([held(ANN), SeatFact::Booked { booking_id: ANN }])
        .when(hold(BOB))
        .at("2030-01-01T00:00:00Z")
        .then_refused(SeatRefusal::Taken);
}

#[test]
fn only_a_hold_that_binds_can_be_extended_and_only_its_own() {
    let extend = |booking| SeatCommand::Extend { booking, until: after(900) };
    let extended = SeatFact::Extended { booking_id: ANN, until: after(900) };
    given::<Seat>([held(ANN)])
        .when(extend(ANN))
        .at(after(604))
        .then([extended])
        .when(hold(BOB))
        .at(after(904))
        .then_refused(SeatRefusal::Taken);
    given::<Seat>([held(ANN)]).when(extend(ANN)).at(after(605)).then_refused(SeatRefusal::NotHeld);
    given::<Seat>([held(ANN)]).when(extend(BOB)).then_refused(SeatRefusal::NotHeld);
    given::<Seat>([]).when(extend(ANN)).then_refused(SeatRefusal::NotHeld);
}

#[test]
fn a_seat_is_sold_to_whoever_holds_it_or_to_anyone_if_it_is_free() {
    let book = |booking| SeatCommand::Book { booking };
    let booked = |booking_id| SeatFact::Booked { booking_id };
    given::<Seat>([held(ANN)]).when(book(ANN)).at(after(700)).then([booked(ANN)]);
    given::<Seat>([held(ANN)]).when(book(BOB)).at(after(604)).then_refused(SeatRefusal::Taken);
    given::<Seat>([held(ANN)]).when(book(BOB)).at(after(605)).then([lapsed(ANN), booked(BOB)]);
    given::<Seat>([]).when(book(ANN)).then([booked(ANN)]);
    given::<Seat>([booked(ANN)]).when(book(ANN)).then_already_applied();
    given::<Seat>([booked(ANN)]).when(book(BOB)).then_refused(SeatRefusal::Taken);
}

#[test]
fn nobody_releases_the_seat_of_another() {
    let reason = ReleaseReason::Released;
    let release = |booking| SeatCommand::Release { booking, reason };
    let released = SeatFact::Released { booking_id: ANN, reason };
    given::<Seat>([held(ANN)]).when(release(BOB)).then_already_applied();
    given::<Seat>([held(ANN)])
        .when(release(ANN))
        .then([released])
        .when(release(ANN))
        .then_already_applied();
}
