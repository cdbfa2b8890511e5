//! Rules of where people sit: accessible places, and single seats left over.

use std::sync::Arc;

use aisle_domain::best_available::Together;
use aisle_domain::event::{EventDetails, SeatingRule};
use aisle_domain::house::{Accessible, Command, HoldWish, Refusal};
use aisle_domain::id::BookingId;
use aisle_domain::plan::Plan;
use aisle_domain::testing::{
    GivenHouse, after, best, booking_id, hold, hold_accessible, hold_wish, plan,
    plan_without_accessible, riethsporthalle, small_plan,
};

const ANN: BookingId = booking_id(1);
const BOB: BookingId = booking_id(2);

fn best_of(booking: BookingId, category: &str, max_price: Option<i64>) -> Command {
    let wish = HoldWish::BestAvailable {
        count: 1,
        category: Some(category.into()),
        max_price,
        together: Together::Required,
        accessible: Accessible::NotNeeded,
    };
    hold_wish(booking, "ann", wish)
}

/// Four ordinary seats and two accessible places.
fn small() -> GivenHouse {
    GivenHouse::on_sale_with(plan(1, 4), |_| {})
}

/// One row of six seats where nobody may leave a single one.
fn strict() -> GivenHouse {
    GivenHouse::on_sale_with(plan_without_accessible(1, 6), |it| {
        it.seating_rule = SeatingRule::NoOrphans;
    })
}

fn seat_of(house: &GivenHouse, booking: BookingId) -> Vec<String> {
    house.order_of(booking).seats.iter().map(|line| line.seat.clone()).collect()
}

#[test]
fn accessible_places_are_for_those_who_need_them() {
    let kept = Refusal::KeptAccessible { seats: vec!["W-1".into()] };
    small().when(hold(ANN, "ann", ["1-1", "W-1"])).then_refused(kept);
    small().when(best_of(ANN, "Wheelchair", None)).then_refused(Refusal::NothingLikeIt);
    let house = small().and(hold_accessible(ANN, "ann", ["1-1", "W-1"]));
    house.report().assert_sound();
}

#[test]
fn accessible_places_go_to_anyone_once_all_else_is_taken() {
    let house = small().and(best(ANN, "ann", 4));
    let house = house.and(hold(BOB, "bob", ["W-1"]));
    assert_eq!(seat_of(&house, BOB), ["W-1"]);
}

#[test]
fn a_lapsed_hold_does_not_open_accessible_places() {
    // All ordinary seats are held, but no longer: they are to be had, so W-1 is not.
    let kept = Refusal::KeptAccessible { seats: vec!["W-1".into()] };
    small()
        .and(best(ANN, "ann", 4))
        .at(after(605))
        .when(hold(BOB, "bob", ["W-1"]))
        .then_refused(kept);
}

#[test]
fn who_needs_an_accessible_place_is_given_one() {
    let wish = HoldWish::BestAvailable {
        count: 2,
        category: None,
        max_price: None,
        together: Together::Required,
        accessible: Accessible::Needed,
    };
    let house = small().and(hold_wish(ANN, "ann", wish));
    assert_eq!(seat_of(&house, ANN), ["W-1", "W-2"]);
}

#[test]
fn best_available_keeps_to_category_and_price() {
    let house = GivenHouse::on_sale();
    let seat = seat_of(&house.clone().and(best_of(ANN, "Balcony", Some(4500))), ANN);
    assert!(seat[0].starts_with("3-"), "{seat:?} is in the first row of the balcony");
    house
        .when(best_of(ANN, "Balcony", Some(4499)))
        .then_refused(Refusal::NothingLikeIt)
        .when(best_of(ANN, "Gallery", None))
        .then_refused(Refusal::NothingLikeIt);
}

#[test]
fn under_the_strict_rule_nobody_leaves_a_single_seat() {
    strict().when(hold(ANN, "ann", ["1-2", "1-3"])).then_refused(Refusal::LeavesOrphan);
    strict().and(hold(ANN, "ann", ["1-1", "1-2"])).report().assert_sound();
    let lax = GivenHouse::on_sale_with(plan_without_accessible(1, 6), |_| {});
    lax.and(hold(ANN, "ann", ["1-2", "1-3"])).report().assert_sound();
}

#[test]
fn that_a_seat_is_taken_is_the_better_answer_than_an_orphan() {
    strict()
        .and(hold(ANN, "ann", ["1-1", "1-2"]))
        .when(hold(BOB, "bob", ["1-2", "1-4"]))
        .then_refused(Refusal::SeatsTaken { seats: vec!["1-2".into()] });
}

#[test]
fn next_to_a_lapsed_hold_there_is_no_orphan() {
    // 1-1 and 1-2 are free again: 1-3 is one of three.
    strict()
        .and(hold(ANN, "ann", ["1-1", "1-2"]))
        .at(after(605))
        .and(hold(BOB, "bob", ["1-4", "1-5", "1-6"]))
        .report()
        .assert_sound();
}

#[test]
fn part_of_a_lapsed_hold_must_not_be_left_single() {
    strict()
        .and(hold(ANN, "ann", ["1-1", "1-2"]))
        .at(after(605))
        .when(hold(BOB, "bob", ["1-2"]))
        .then_refused(Refusal::LeavesOrphan);
}

#[test]
fn the_best_next_to_a_lapsed_hold_of_another_category_leaves_no_single_seat() {
    // A row of three and one that costs another price, all of them free again.
    let mut document: serde_json::Value = serde_json::from_slice(&small_plan(1, 4)).unwrap();
    document["zones"][0]["rows"][0]["seats"][3]["category"] = "Balcony".into();
    let plan = Plan::from_pretix(document.to_string().as_bytes()).unwrap();
    let strict = |it: &mut EventDetails| it.seating_rule = SeatingRule::NoOrphans;
    let three = HoldWish::BestAvailable {
        count: 3,
        category: Some("Stalls".into()),
        max_price: None,
        together: Together::Required,
        accessible: Accessible::NotNeeded,
    };
    GivenHouse::on_sale_with(Arc::new(plan), strict)
        .and(hold(ANN, "ann", ["1-1", "1-2", "1-3", "1-4"]))
        .at(after(605))
        .when(hold_wish(BOB, "bob", three))
        .then_refused(Refusal::NoneLeft { count: 3 });
}

#[test]
fn a_real_hall_sells_its_best_seats_side_by_side() {
    let house = GivenHouse::on_sale_with(riethsporthalle(), |_| {})
        .and(best(ANN, "ann", 4))
        .and(best(BOB, "bob", 4));
    let report = house.report();
    report.assert_sound();
    assert_eq!((report.seats_held, report.bookings_open), (8, 2));
}
