//! The checker checked: a sound journal passes, and each thing that it knows to be wrong is found.

use serde_json::{Value, json};
use sqlx::{ConnectOptions, Executor};

use super::*;

/// A fact, in the order in which they are recorded.
struct Fact {
    aggregate: &'static str,
    stream: &'static str,
    sequence: i64,
    kind: &'static str,
    says: Value,
}

/// Of a seat and a booking.
fn seat(stream: &'static str, sequence: i64, kind: &'static str, booking: &str) -> Fact {
    Fact { aggregate: "seat", stream, sequence, kind, says: json!({ "booking_id": booking }) }
}

/// Of the floor and some of its places.
fn floor(sequence: i64, kind: &'static str, count: u32) -> Fact {
    let says = json!({ "booking_id": "ann", "count": count });
    Fact { aggregate: "area", stream: "floor", sequence, kind, says }
}

/// Of a booking.
fn booking(stream: &'static str, sequence: i64, kind: &'static str) -> Fact {
    Fact { aggregate: "booking", stream, sequence, kind, says: json!({}) }
}

/// What the checker says of a journal, the first fact of which has this position.
async fn checked_from(
    first: i64,
    facts: &[Fact],
    expected: Expected,
) -> Result<String, BenchError> {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("journal").display());
    let options: sqlx::sqlite::SqliteConnectOptions = url.parse().unwrap();
    let mut journal = options.connect().await.unwrap();
    let table = "create table events (position integer primary key, aggregate_type text, \
                 aggregate_id text, sequence integer, event_type text, payload text)";
    journal.execute(table).await.unwrap();
    for (position, fact) in (first..).zip(facts) {
        sqlx::query("insert into events values (?, ?, ?, ?, ?, ?)")
            .bind(position)
            .bind(fact.aggregate)
            .bind(fact.stream)
            .bind(fact.sequence)
            .bind(fact.kind)
            .bind(json!({ fact.kind: fact.says }).to_string())
            .execute(&mut journal)
            .await
            .unwrap();
    }
    journal.close().await.unwrap();
    super::journal(&url, expected).await
}

async fn checked(facts: &[Fact], expected: Expected) -> Result<String, BenchError> {
    checked_from(1, facts, expected).await
}

/// The checker finds this, whatever is expected of the counts.
async fn finds(facts: &[Fact], what: &str) {
    let error = checked(facts, Expected::default()).await.unwrap_err().to_string();
    assert!(error.contains(what), "{error}");
}

fn seats(seats: u64) -> Expected {
    Expected { seats, ..Expected::default() }
}

#[tokio::test]
async fn a_sound_journal_passes() {
    let facts = [
        booking("ann", 1, "held"),
        seat("a", 1, "held", "ann"),
        seat("b", 1, "held", "ann"),
        seat("a", 2, "extended", "ann"),
        seat("a", 3, "booked", "ann"),
        booking("bob", 1, "held"),
        seat("c", 1, "held", "bob"),
        booking("bob", 2, "expired"),
        seat("c", 2, "released", "bob"),
        seat("c", 3, "booked", "eve"),
        floor(1, "held", PLACES),
        floor(2, "released", PLACES),
        floor(3, "held", PLACES),
    ];
    let given = 3 + 2 * u64::from(PLACES);
    let expected = Expected { bookings: 2, lapsed: 1, freed: 1, ..seats(given) };
    checked(&facts, expected).await.unwrap();
}

#[tokio::test]
async fn a_seat_that_is_given_to_two_is_found() {
    let twice = "1 seats held or sold while";
    finds(&[seat("a", 1, "held", "ann"), seat("a", 2, "held", "bob")], twice).await;
    finds(&[seat("a", 1, "booked", "ann"), seat("a", 2, "held", "bob")], twice).await;
    finds(&[seat("a", 1, "booked", "ann"), seat("a", 2, "booked", "ann")], twice).await;
    let kept =
        [seat("a", 1, "held", "ann"), seat("a", 2, "extended", "ann"), seat("a", 3, "held", "ann")];
    finds(&kept, twice).await;
}

#[tokio::test]
async fn a_seat_that_is_taken_from_its_booking_is_found() {
    for kind in ["booked", "extended", "released"] {
        let facts = [seat("a", 1, "held", "ann"), seat("a", 2, kind, "bob")];
        finds(&facts, "1 seats sold, kept longer or released for another").await;
    }
    let facts = [seat("a", 1, "booked", "ann"), seat("a", 2, "released", "bob")];
    finds(&facts, "1 seats sold, kept longer or released for another").await;
}

#[tokio::test]
async fn a_seat_that_nobody_had_is_found() {
    for kind in ["extended", "released"] {
        finds(&[seat("a", 1, kind, "ann")], "1 seats kept longer or released that nobody").await;
        let again = [
            seat("a", 1, "held", "ann"),
            seat("a", 2, "released", "ann"),
            seat("a", 3, kind, "ann"),
        ];
        finds(&again, "1 seats kept longer or released that nobody").await;
    }
}

#[tokio::test]
async fn an_area_that_gives_out_too_much_is_found_even_if_it_takes_it_back() {
    let facts = [floor(1, "held", PLACES), floor(2, "held", 1), floor(3, "released", 1)];
    finds(&facts, "more places than it has").await;
}

#[tokio::test]
async fn a_hole_is_found() {
    finds(&[seat("a", 2, "held", "ann")], "1 streams with a hole").await;
    let facts = [seat("a", 1, "held", "ann")];
    let error = checked_from(2, &facts, seats(1)).await.unwrap_err().to_string();
    assert!(error.contains("1 positions left out"), "{error}");
}

#[tokio::test]
async fn what_was_answered_and_is_not_there_is_found_and_the_other_way_round() {
    let facts = || {
        [
            booking("ann", 1, "held"),
            seat("a", 1, "held", "ann"),
            booking("ann", 2, "expired"),
            seat("a", 2, "released", "ann"),
        ]
    };
    let right = Expected { bookings: 1, lapsed: 1, freed: 1, ..seats(1) };
    checked(&facts(), right).await.unwrap();
    let wrong = [
        (Expected { bookings: 2, ..right }, "bookings held: 1"),
        (Expected { bookings: 0, ..right }, "bookings held: 1"),
        (Expected { seats: 2, ..right }, "seats or places held: 1"),
        (Expected { seats: 0, ..right }, "seats or places held: 1"),
        (Expected { lapsed: 0, ..right }, "bookings expired: 1"),
        (Expected { freed: 2, ..right }, "seats released: 1"),
        (Expected { freed: 0, ..right }, "seats released: 1"),
    ];
    for (expected, what) in wrong {
        let error = checked(&facts(), expected).await.unwrap_err().to_string();
        assert!(error.contains(what), "{error}");
    }
    // A booking that was answered by a fault may be there or not.
    checked(&facts(), Expected { bookings: 0, seats: 0, unknown: 1, ..right }).await.unwrap();
}

#[tokio::test]
async fn what_was_filled_in_is_not_counted() {
    let facts = ["a", "b", "c"].map(|name| seat(name, 1, "held", "ann"));
    checked(&facts, Expected { behind: 2, ..seats(1) }).await.unwrap();
}
