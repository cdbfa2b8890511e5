//! Rules of making a booking: limits, the sale window, prices, all or nothing.

use aisle_domain::area::AreaRefusal;
use aisle_domain::booking::BookingRefusal;
use aisle_domain::event::{EventCommand, EventRefusal, Phase, SaleWindow};
use aisle_domain::fact::Fact;
use aisle_domain::house::{Command, Counted, Proposal, Refusal, StreamKey};
use aisle_domain::id::BookingId;
use aisle_domain::testing::{
    GivenHouse, after, best, booking_id, capture, details, details_of, expire, hold, hold_places,
    payment_id, plan, plan_without_accessible, refund_id, release, renew, reprice, start_payment,
};

const ANN: BookingId = booking_id(1);
const BOB: BookingId = booking_id(2);
const CAT: BookingId = booking_id(3);

fn seats(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|label| (*label).to_owned()).collect()
}

fn total_of(house: &GivenHouse, booking: BookingId) -> i64 {
    house.order_of(booking).total
}

fn names(proposal: &Proposal) -> Vec<&'static str> {
    proposal.writes.iter().map(|write| write.fact.name()).collect()
}

#[test]
fn a_hold_keeps_all_its_seats_in_one_unit_of_work() {
    let house = GivenHouse::on_sale().when(hold(ANN, "ann", ["1-1", "1-2"])).then(|proposal| {
        assert_eq!(names(proposal), ["held", "held", "held"]);
        assert_eq!(proposal.writes[0].stream, StreamKey::Booking(ANN));
        assert!(proposal.writes.iter().all(|write| write.sequence == 1));
    });
    assert_eq!(total_of(&house, ANN), 2 * 6000 + 2 * 150);
    assert_eq!(house.report().seats_held, 2);
}

#[test]
fn one_taken_seat_refuses_the_whole_hold_and_all_taken_seats_are_named() {
    GivenHouse::on_sale()
        .and(hold(ANN, "ann", ["1-2", "1-3"]))
        .when(hold(BOB, "bob", ["1-1", "1-2", "1-3", "1-4"]))
        .then_refused(Refusal::SeatsTaken { seats: seats(&["1-2", "1-3"]) });
}

#[test]
fn a_lapsed_hold_gives_way_before_anyone_has_recorded_so() {
    let house = GivenHouse::on_sale()
        .and(hold(ANN, "ann", ["1-1", "1-2"]))
        .when(hold(BOB, "bob", ["1-2"]))
        .at(after(604))
        .then_refused(Refusal::SeatsTaken { seats: seats(&["1-2"]) })
        .when(hold(BOB, "bob", ["1-2"]))
        .at(after(605))
        .then(|proposal| assert_eq!(names(proposal), ["held", "released", "held"]))
        .and(expire(ANN));
    assert_eq!(house.house().booking_of_seat("1-2"), Some(BOB), "the sweeper comes too late");
    house.report().assert_sound();
}

#[test]
fn best_available_counts_lapsed_holds_as_free() {
    GivenHouse::on_sale_with(plan_without_accessible(1, 4), |_| {})
        .and(best(ANN, "ann", 4))
        .when(best(BOB, "bob", 2))
        .at(after(604))
        .then_refused(Refusal::NoneLeft { count: 2 })
        .when(best(BOB, "bob", 2))
        .at(after(605))
        .then(|proposal| assert_eq!(names(proposal).len(), 5))
        .report()
        .assert_sound();
}

#[test]
fn a_booking_has_one_to_twenty_seats() {
    let many = || GivenHouse::on_sale_with(plan(4, 30), |it| it.limit_per_buyer = 100);
    let count = |counted| Refusal::SeatCount { counted, max: 20 };
    many().when(hold(ANN, "ann", [])).then_refused(count(Counted::Named));
    many().when(best(ANN, "ann", 0)).then_refused(count(Counted::BestAvailable));
    many().when(best(ANN, "ann", 21)).then_refused(count(Counted::BestAvailable));
    many().when(hold_places(ANN, "ann", "Floor", 21)).then_refused(count(Counted::Places));
    let labels: [String; 21] = std::array::from_fn(|i| format!("1-{}", i + 1));
    let too_many = labels.each_ref().map(String::as_str);
    many().when(hold(ANN, "ann", too_many)).then_refused(count(Counted::Named));
    let house = many().and(best(ANN, "ann", 20));
    assert_eq!(house.report().seats_held, 20);
}

#[test]
fn a_buyer_has_no_more_than_the_limit_over_all_live_bookings() {
    let house = GivenHouse::on_sale_with(plan(4, 10), |it| it.limit_per_buyer = 3)
        .and(hold(ANN, "ann", ["1-1", "1-2"]))
        .when(hold(BOB, "ann", ["2-1", "2-2"]))
        .then_refused(Refusal::LimitPerBuyer { limit: 3, already: 2 })
        .and(hold(BOB, "ann", ["2-1"]))
        .when(hold_places(CAT, "ann", "Floor", 1))
        .then_refused(Refusal::LimitPerBuyer { limit: 3, already: 3 });
    let other = house.clone().and(hold(CAT, "bob", ["2-3", "2-4"]));
    other.report().assert_sound();
    house
        .clone()
        .when(hold(CAT, "ann", ["1-1", "1-2", "1-3", "1-4"]))
        .then_refused(Refusal::SeatCount { counted: Counted::Named, max: 3 });
    let released = house.clone().and(release(ANN)).and(hold(CAT, "ann", ["1-1", "1-2"]));
    released.report().assert_sound();
    house.at(after(605)).and(hold(CAT, "ann", ["3-1", "3-2", "3-3"])).report().assert_sound();
}

#[test]
fn paid_tickets_count_towards_the_limit_for_ever() {
    GivenHouse::on_sale_with(plan(4, 10), |it| it.limit_per_buyer = 2)
        .and(hold(ANN, "ann", ["1-1"]))
        .and(start_payment(ANN, payment_id(1)))
        .and(capture(ANN, payment_id(1), 6150, refund_id(1)))
        .at(after(99_999))
        .when(hold(BOB, "ann", ["2-1", "2-2"]))
        .then_refused(Refusal::LimitPerBuyer { limit: 2, already: 1 });
}

#[test]
fn a_hold_is_renewed_once_with_all_its_seats() {
    GivenHouse::on_sale()
        .and(hold(ANN, "ann", ["1-1", "1-2"]))
        .when(renew(ANN))
        .at(after(300))
        .then(|proposal| assert_eq!(names(proposal), ["renewed", "extended", "extended"]))
        .when(hold(BOB, "bob", ["1-1"]))
        .at(after(904))
        .then_refused(Refusal::SeatsTaken { seats: seats(&["1-1"]) })
        .when(renew(ANN))
        .then_refused(BookingRefusal::RenewalsUsedUp)
        .and(hold_places(BOB, "bob", "Floor", 2))
        .when(renew(BOB))
        .then(|proposal| assert_eq!(names(proposal), ["renewed", "extended"]))
        .report()
        .assert_sound();
}

#[test]
fn an_expired_hold_is_not_renewed() {
    let house = GivenHouse::on_sale().and(hold(ANN, "ann", ["1-1"])).at(after(605));
    house.clone().when(renew(ANN)).then_refused(BookingRefusal::HoldExpired);
    house.and(expire(ANN)).when(renew(ANN)).then_refused(BookingRefusal::HoldExpired);
}

#[test]
fn seats_are_sold_within_the_sale_window_only() {
    let window = SaleWindow { opens_at: Some(after(100)), closes_at: Some(after(200)) };
    let house = GivenHouse::on_sale_with(plan(4, 10), |it| it.sale_window = window.clone());
    let outside = EventRefusal::OutsideSaleWindow { window };
    for (seconds, is_in) in [(99, false), (100, true), (199, true), (200, false)] {
        let when = house.clone().at(after(seconds)).when(hold(ANN, "ann", ["1-1"]));
        match is_in {
            true => drop(when.then(|_| ())),
            false => drop(when.then_refused(outside.clone())),
        }
    }
}

#[test]
fn a_pause_between_look_and_hold_is_noticed() {
    // The hold names the sequence of the event that it saw; the pause moves the event past it.
    let house = GivenHouse::on_sale();
    let seen = house.clone().when(hold(ANN, "ann", ["1-1"])).outcome().unwrap().reads;
    assert_eq!(seen, [(StreamKey::Event, 3)]);
    let paused = house.when(Command::Run(EventCommand::PauseSales)).then(|proposal| {
        assert_eq!(
            (&proposal.writes[0].stream, proposal.writes[0].sequence),
            (&StreamKey::Event, 4)
        );
    });
    let phase = Phase::Paused;
    paused.when(hold(ANN, "ann", ["1-1"])).then_refused(EventRefusal::NotOnSale { phase });
}

#[test]
fn what_is_held_can_be_renewed_and_paid_while_sales_rest() {
    for stop in [EventCommand::PauseSales, EventCommand::CloseSales] {
        GivenHouse::on_sale()
            .and(hold(ANN, "ann", ["1-1"]))
            .and(Command::Run(stop))
            .and(renew(ANN))
            .when(start_payment(ANN, payment_id(1)))
            .then(|proposal| assert_eq!(proposal.reads, [(StreamKey::Event, 4)]))
            .and(capture(ANN, payment_id(1), 6150, refund_id(1)))
            .report()
            .assert_sound();
    }
}

#[test]
fn a_new_price_list_leaves_existing_holds_their_price() {
    let dearer = reprice([("Stalls", 9000), ("Standing", 3000)], 200);
    let house = GivenHouse::on_sale()
        .and(hold(ANN, "ann", ["1-1"]))
        .and(dearer)
        .and(hold(BOB, "bob", ["1-2"]))
        .when(hold(CAT, "cat", ["3-1"]))
        .then_refused(Refusal::NotForSale { seats: seats(&["3-1"]) });
    assert_eq!((total_of(&house, ANN), total_of(&house, BOB)), (6150, 9200));
    let paid = house.and(start_payment(ANN, payment_id(1))).and(capture(
        ANN,
        payment_id(1),
        6150,
        refund_id(1),
    ));
    assert_eq!(paid.report().bookings_confirmed, 1);
}

#[test]
fn unknown_and_repeated_seats_are_named() {
    let house = GivenHouse::on_sale();
    house
        .when(hold(ANN, "ann", ["1-1", "9-9", "1-99"]))
        .then_refused(Refusal::UnknownSeats { seats: seats(&["9-9", "1-99"]) })
        .when(hold(ANN, "ann", ["1-1", "1-2", "1-1"]))
        .then_refused(Refusal::RepeatedSeats { seats: seats(&["1-1"]) })
        .when(hold_places(ANN, "ann", "Roof", 1))
        .then_refused(Refusal::UnknownArea { area: "Roof".into() });
    let details = details();
    GivenHouse::draft(None, details)
        .and(Command::Run(EventCommand::Publish))
        .and(Command::Run(EventCommand::OpenSales))
        .when(hold(ANN, "ann", ["1-1"]))
        .then_refused(Refusal::UnknownSeats { seats: seats(&["1-1"]) })
        .when(best(ANN, "ann", 1))
        .then_refused(Refusal::NothingLikeIt);
}

#[test]
fn the_id_of_a_booking_is_used_once() {
    GivenHouse::on_sale()
        .and(hold(ANN, "ann", ["1-1"]))
        .when(hold(ANN, "ann", ["1-5"]))
        .then_refused(BookingRefusal::AlreadyExists);
}

#[test]
fn an_area_is_sold_up_to_its_capacity_and_lapsed_shares_give_way() {
    let small = || GivenHouse::on_sale_with(plan(1, 4), |it| it.areas[0].capacity = 10);
    let house = small()
        .and(hold_places(ANN, "ann", "Floor", 6))
        .when(hold_places(BOB, "bob", "Floor", 5))
        .then_refused(AreaRefusal::TooFewLeft { left: 4 })
        .when(hold_places(BOB, "bob", "Floor", 5))
        .at(after(605))
        .then(|proposal| assert_eq!(names(proposal), ["held", "released", "held"]));
    assert_eq!(total_of(&house, BOB), 5 * (2500 + 150));
    assert_eq!(house.report().places_held, 5);
    house.and(expire(ANN)).report().assert_sound();
}

#[test]
fn nothing_is_held_of_what_is_not_on_sale() {
    let details = details_of(&plan(4, 10));
    GivenHouse::absent(Some(plan(4, 10)))
        .when(hold(ANN, "ann", ["1-1"]))
        .then_refused(EventRefusal::NotFound);
    let draft = GivenHouse::draft(Some(plan(4, 10)), details);
    draft
        .when(hold(ANN, "ann", ["1-1"]))
        .then_refused(EventRefusal::NotFound)
        .and(Command::Run(EventCommand::Publish))
        .when(hold(ANN, "ann", ["1-1"]))
        .then_refused(EventRefusal::NotOnSale { phase: Phase::Published });
}

#[test]
fn what_is_released_can_be_held_by_another() {
    let house = GivenHouse::on_sale()
        .and(hold(ANN, "ann", ["1-1"]))
        .when(release(ANN))
        .then(|proposal| assert_eq!(names(proposal), ["released", "released"]))
        .when(release(ANN))
        .then_already_applied()
        .and(hold(BOB, "bob", ["1-1"]));
    assert_eq!(house.house().booking_of_seat("1-1"), Some(BOB));
}

#[test]
fn a_fact_of_another_event_is_none_of_this_house() {
    use aisle_domain::house::House;
    use aisle_domain::stream::AggregateType;
    use aisle_domain::testing::event_id;

    let journal = GivenHouse::on_sale()
        .and(hold(ANN, "ann", ["1-1"]))
        .and(hold_places(BOB, "bob", "Floor", 1))
        .journal()
        .to_vec();
    for kind in AggregateType::ALL {
        let row = journal.iter().find(|row| row.stream.aggregate == kind).unwrap();
        let fact = Fact::decode(kind, "1", &row.payload.to_string()).unwrap();
        let mut own = House::new(event_id(1), Some(plan(4, 10)));
        assert_eq!(own.apply(&row.stream, 1, &fact), Ok(true), "{kind}");
        let mut other = House::new(event_id(2), Some(plan(4, 10)));
        assert!(other.apply(&row.stream, 1, &fact).is_err(), "{kind}");
    }
}
