//! The checker checked: it passes what a house records and finds what a house must never record.

use aisle_domain::testing::checker::{Row, check};
use aisle_domain::testing::{
    GivenHouse, after, booking_id, cancel, capture, hold, hold_places, payment_id, refund_id,
    settle, start_payment,
};
use serde_json::{Value, json};

/// A sound history: two bookings, one of them paid, cancelled and refunded.
fn sound() -> Vec<Row> {
    GivenHouse::on_sale()
        .and(hold(booking_id(1), "ann", ["1-1", "1-2"]))
        .and(start_payment(booking_id(1), payment_id(1)))
        .and(capture(booking_id(1), payment_id(1), 12_300, refund_id(1)))
        .and(hold(booking_id(2), "bob", ["2-1"]))
        .and(cancel(booking_id(1), refund_id(1)))
        .and(settle(booking_id(1), refund_id(1)))
        .and(hold_places(booking_id(3), "cat", "Floor", 2))
        .journal()
        .to_vec()
}

/// The history without some rows, numbered anew: as if they had never been written.
fn without(rows: Vec<Row>, is_out: impl Fn(&Row) -> bool) -> Vec<Row> {
    renumbered(rows.into_iter().filter(|row| !is_out(row)).collect())
}

/// The history with one row more, numbered anew.
fn with(mut rows: Vec<Row>, at: usize, like: usize, payload: Value) -> Vec<Row> {
    let fact = payload.as_object().and_then(|fields| fields.keys().next()).expect("a fact").clone();
    rows.insert(at, Row { payload, fact, ..rows[like].clone() });
    renumbered(rows)
}

fn renumbered(mut rows: Vec<Row>) -> Vec<Row> {
    let mut sequences = std::collections::HashMap::new();
    for (row, position) in rows.iter_mut().zip(1..) {
        let sequence = sequences.entry(row.stream.clone()).or_insert(0);
        *sequence += 1;
        (row.position, row.sequence) = (position, *sequence);
    }
    rows
}

fn place_of(rows: &[Row], stream: &str, fact: &str) -> usize {
    let found = |row: &Row| row.stream.to_string().ends_with(stream) && row.fact == fact;
    rows.iter().position(found).expect("the history has it")
}

#[track_caller]
fn finds(rows: Vec<Row>, what: &str) {
    let violations = check(rows).violations;
    assert!(violations.iter().any(|found| found.contains(what)), "{what}: {violations:#?}");
}

fn id(number: u64) -> String {
    booking_id(number).to_string()
}

#[test]
fn it_passes_a_sound_history_and_counts_it() {
    let report = check(sound());
    report.assert_sound();
    assert_eq!((report.seats_held, report.seats_booked, report.places_held), (1, 0, 2));
    assert_eq!((report.bookings, report.bookings_open, report.bookings_confirmed), (3, 2, 0));
    assert_eq!((report.payments, report.refunds_requested, report.refunds_settled), (1, 1, 1));
    assert_eq!(report.answered, [payment_id(1).to_string()]);
}

#[test]
fn it_finds_a_seat_given_to_two() {
    let rows = sound();
    let at = place_of(&rows, ":2-1", "held");
    let second = json!({"held": {"booking_id": id(1), "until": after(600)}});
    finds(with(rows.clone(), at + 1, at, second), ":2-1 is oversold: 2 of 1");
    let sold = json!({"booked": {"booking_id": id(9)}});
    finds(with(rows, at + 1, at, sold), ":2-1 is oversold: 2 of 1");
}

#[test]
fn it_finds_an_area_that_is_oversold() {
    let mut rows = sound();
    let at = place_of(&rows, ":Floor", "held");
    rows[at].payload["held"]["count"] = json!(101);
    finds(rows, ":Floor is oversold: 101 of 100");
}

#[test]
fn it_finds_a_half_applied_unit() {
    let lost = |seat: &'static str, fact: &'static str| {
        without(sound(), move |row| row.stream.local_name() == seat && row.fact == fact)
    };
    finds(lost("1-2", "held"), "is `held` without seat/");
    finds(lost("1-2", "booked"), "is `confirmed` without seat/");
    finds(lost("1-2", "released"), "is `cancelled` and keeps seat/");
    finds(lost("Floor", "held"), "is `held` without area/");
    let unpaid = without(sound(), |row| row.fact == "refund_requested" || row.fact == "refunded");
    finds(unpaid, "is cancelled, but not refunded");
}

#[test]
fn it_finds_seats_that_no_booking_ordered() {
    let rows = sound();
    let at = place_of(&rows, ":2-1", "held");
    let mut other = rows[at].clone();
    other.stream.id = other.stream.id.replace("2-1", "2-2");
    let mut more = rows;
    more.insert(at + 1, other);
    finds(renumbered(more), ":2-2 moves with booking");
    finds(
        without(sound(), |row| row.fact == "held" && row.stream.id == id(2)),
        "moves with booking",
    );
}

#[test]
fn it_finds_a_double_refund() {
    let rows = sound();
    let asked = place_of(&rows, &id(1), "refund_requested");
    let mut again = rows[asked].payload.clone();
    again["refund_requested"]["refund_id"] = json!(refund_id(2));
    let end = rows.len();
    finds(with(rows.clone(), end, asked, again), "is refunded twice");
    let settled = place_of(&rows, &id(1), "refunded");
    let payload = rows[settled].payload.clone();
    finds(with(rows, settled + 1, settled, payload), "is settled twice");
}

#[test]
fn it_finds_money_that_is_kept_and_sent_back() {
    let rows = sound();
    let at = place_of(&rows, &id(2), "held");
    let refund = json!({"refund_requested": {
        "refund_id": refund_id(7), "payment_id": payment_id(1), "amount": 12_300, "reason": "?",
    }});
    let like = place_of(&rows, &id(1), "confirmed");
    finds(with(rows, at, like, refund), "but its booking");
}

#[test]
fn it_finds_a_booking_that_is_paid_twice() {
    let rows = sound();
    let at = place_of(&rows, &id(1), "confirmed");
    let payload = rows[at].payload.clone();
    finds(with(rows, at + 3, at, payload), "confirmed by a payment that cannot");
}

#[test]
fn it_finds_gaps_and_disorder() {
    let mut rows = sound();
    rows.iter_mut().skip(5).for_each(|row| row.position += 1);
    finds(rows, "position 6 is due");
    let mut rows = sound();
    rows.last_mut().unwrap().sequence += 1;
    finds(rows, "goes on with sequence 2, not 1");
    let mut rows = sound();
    rows.swap(3, 4);
    finds(rows, "position 4 is due");
}

#[test]
fn it_finds_a_hold_that_is_ended_too_early() {
    let rows = sound();
    let end = rows.len();
    let like = place_of(&rows, &id(2), "held");
    let expired = with(rows.clone(), end, like, json!({"expired": {}}));
    finds(expired, "expires before its time");
    let seat = place_of(&rows, ":2-1", "held");
    let released = json!({"released": {"booking_id": id(2), "reason": "expired"}});
    finds(with(rows, seat + 1, seat, released), "a hold that still binds is expired");
}

#[test]
fn it_finds_what_is_sold_while_nothing_is_on_sale() {
    finds(without(sound(), |row| row.fact == "sales_opened"), "while its event is not on sale");
}

#[test]
fn it_finds_a_payload_that_is_not_of_its_fact() {
    let mut rows = sound();
    rows[4].fact = "booked".into();
    finds(rows, "the payload is not that of `booked`");
}
