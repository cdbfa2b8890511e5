//! What is written down of a house is what its schema says: who changes one must change the other,
//! or a process reads what an older one wrote as something else.
//!
//! The file in `testdata/golden` that is named for the present schema is never changed. A new
//! schema gets a file of its own; the old one's may go, for it is not read any more.

use std::path::PathBuf;

use aisle_domain::house::{HOUSE_SCHEMA, HouseMemory};
use aisle_domain::id::BookingId;
use aisle_domain::testing::{
    GivenHouse, after, booking_id, cancel, capture, decline, expire, hold, hold_accessible,
    hold_places, payment_id, plan, refund_id, release, renew, reprice, settle, start_payment,
};
use serde_json::Value;

/// A house in which there is one of everything.
fn full_of_life() -> GivenHouse {
    let booking: Vec<BookingId> = (0..12).map(booking_id).collect();
    let house = GivenHouse::on_sale_with(plan(2, 5), |_| {})
        .and(hold(booking[1], "ann", ["1-1", "1-2"]))
        .and(renew(booking[1]))
        .and(hold(booking[2], "bob", ["1-3"]))
        .and(start_payment(booking[2], payment_id(2)))
        .and(hold(booking[3], "cat", ["1-4"]))
        .and(start_payment(booking[3], payment_id(3)))
        .and(decline(booking[3], payment_id(3)));
    let house = house.and(hold(booking[4], "dan", ["2-1"]));
    let house = paid(house, booking[4], 4).and(hold(booking[5], "eve", ["2-2"]));
    let house = paid(house, booking[5], 5).and(cancel(booking[5], refund_id(5))).and(hold(
        booking[6],
        "fay",
        ["2-3"],
    ));
    let house = paid(house, booking[6], 6)
        .and(cancel(booking[6], refund_id(6)))
        .and(settle(booking[6], refund_id(6)))
        .and(hold(booking[7], "gus", ["2-4"]))
        .and(release(booking[7]))
        .and(hold_places(booking[8], "hal", "Floor", 3))
        .and(hold_places(booking[9], "ida", "Floor", 2));
    paid(house, booking[9], 9)
        .and(hold_accessible(booking[10], "jan", ["W-1"]))
        .and(hold(booking[11], "ann", ["2-5"]))
        .and(reprice(
            [("Stalls", 6500), ("Balcony", 4800), ("Wheelchair", 3200), ("Standing", 2600)],
            200,
        ))
        .at(after(700))
        .and(expire(booking[11]))
}

fn paid(house: GivenHouse, booking: BookingId, number: u64) -> GivenHouse {
    let (payment, total) = (payment_id(number), house.order_of(booking).total);
    house.and(start_payment(booking, payment)).and(capture(
        booking,
        payment,
        total,
        refund_id(100 + number),
    ))
}

/// What is written, in one order: that of a hash table is chance.
fn written(memory: &HouseMemory) -> Value {
    let mut written = serde_json::to_value(memory).expect("a house can be written");
    for name in ["seats", "areas", "bookings"] {
        written[name].as_array_mut().expect("a list").sort_by_key(Value::to_string);
    }
    written
}

#[test]
fn what_is_written_of_a_house_is_what_its_schema_says() {
    let given = full_of_life();
    let written = written(&given.house().clone().into_memory());
    let name = format!("testdata/golden/house.{HOUSE_SCHEMA}.json");
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(&name);
    let golden = std::fs::read_to_string(file).unwrap_or_default();
    let expected: Value = serde_json::from_str(&golden).unwrap_or_default();
    assert!(
        written == expected,
        "a house is written in another way than {name} says. Raise HOUSE_SCHEMA, and keep the \
         file of the new one:\n{written}"
    );
    let memory: HouseMemory = serde_json::from_str(&golden).unwrap();
    assert_eq!(memory.into_house(given.house().plan().cloned()), *given.house());
}
