//! Events and plans that make no sense: refused with the place that is wrong.

use serde_json::{Value, json};

use crate::fixtures::{hall, prices};
use crate::store::Store;
use crate::world::World;

/// A hall with something else in this place.
fn hall_with(place: &str, value: Value) -> Value {
    let mut event = hall();
    match event.pointer_mut(place) {
        Some(old) => *old = value,
        None => {
            let (parent, name) = place.rsplit_once('/').unwrap();
            event.pointer_mut(parent).unwrap()[name] = value;
        }
    }
    event
}

/// Each of these events is refused with this code, and where it is wrong.
async fn refused<const N: usize>(events: [(Value, &str, &str); N]) {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    for (event, code, field) in events {
        let sent = async { world.organiser().post("/v1/events", &event).await };
        world.refuses(sent, 422, code).await.at(field);
    }
    assert_eq!(world.journal.head().await.unwrap(), 0);
    store.close().await;
}

#[tokio::test]
async fn money_must_make_sense() {
    let price = |amount: Value, currency: &str| json!({"amount": amount, "currency": currency});
    let reprice = |value| hall_with("/prices/1/price", value);
    refused([
        (reprice(price(json!(-1), "EUR")), "invalid_event", "/prices/1/price/amount"),
        (reprice(price(json!(45.5), "EUR")), "invalid_body", "/prices/1/price/amount"),
        (reprice(price(json!("45"), "EUR")), "invalid_body", "/prices/1/price/amount"),
        (reprice(price(json!(i64::MAX), "EUR")), "invalid_event", "/prices/1/price/amount"),
        (reprice(price(json!(4500), "EURO")), "invalid_body", "/prices/1/price/currency"),
        (reprice(price(json!(4500), "USD")), "mixed_currencies", "/prices/1/price/currency"),
        (hall_with("/fee", price(json!(1), "USD")), "mixed_currencies", "/fee/currency"),
        (hall_with("/fee", price(json!(-1), "EUR")), "invalid_event", "/fee/amount"),
        (hall_with("/prices", json!([])), "invalid_event", "/prices"),
        (hall_with("/prices", prices(&[("Royal", 1)])), "invalid_event", "/prices/0/category"),
        (
            hall_with("/prices", prices(&[("Stalls", 1), ("Stalls", 2)])),
            "invalid_event",
            "/prices/1/category",
        ),
    ])
    .await;
}

#[tokio::test]
async fn times_and_texts_must_make_sense() {
    refused([
        (hall_with("/starts_at", json!("2026-12-24T18:30:00")), "invalid_body", "/starts_at"),
        (hall_with("/starts_at", json!("Christmas")), "invalid_body", "/starts_at"),
        (hall_with("/starts_at", json!(1_798_137_000)), "invalid_body", "/starts_at"),
        (hall_with("/time_zone", json!("Middle/Earth")), "invalid_event", "/time_zone"),
        (hall_with("/title", json!("")), "invalid_event", "/title"),
        (hall_with("/title", json!("x".repeat(201))), "invalid_event", "/title"),
        (hall_with("/title", json!("a\u{0}b")), "invalid_event", "/title"),
        (hall_with("/title", Value::Null), "invalid_body", "/title"),
        (hall_with("/venue/country", json!("Austria")), "invalid_event", "/venue/country"),
        (hall_with("/performers/1", json!(" ")), "invalid_event", "/performers/1"),
        (hall_with("/organiser", json!("eve")), "invalid_body", "/organiser"),
        (
            hall_with(
                "/sale_window",
                json!({"opens_at": "2026-12-02T00:00:00Z",
                "closes_at": "2026-12-01T00:00:00Z"}),
            ),
            "invalid_event",
            "/sale_window/closes_at",
        ),
    ])
    .await;
}

#[tokio::test]
async fn terms_and_areas_must_make_sense() {
    refused([
        (hall_with("/limit_per_buyer", json!(0)), "invalid_event", "/limit_per_buyer"),
        (hall_with("/hold_seconds", json!(1)), "invalid_event", "/hold_seconds"),
        (hall_with("/hold_seconds", json!(86_401)), "invalid_event", "/hold_seconds"),
        (hall_with("/seating_rule", json!("any")), "invalid_body", "/seating_rule"),
        (hall_with("/areas/0/capacity", json!(0)), "invalid_event", "/areas/0/capacity"),
        (hall_with("/areas/0/capacity", json!(-1)), "invalid_body", "/areas/0/capacity"),
        (
            hall_with("/accessible_categories", json!(["Royal"])),
            "invalid_event",
            "/accessible_categories/0",
        ),
        (
            json!({"title": "T", "category": "C", "starts_at": "2026-12-24T18:30:00Z",
                "time_zone": "UTC", "venue": {"name": "V"}, "prices": prices(&[("Any", 1)])}),
            "invalid_event",
            "/plan",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_plan_must_make_sense() {
    let seat = "/plan/zones/0/rows/1/seats/2";
    let with = |member: &str, value: Value| hall_with(&format!("{seat}/{member}"), value);
    let hash = "0".repeat(64);
    refused([
        (with("seat_guid", json!("1-1")), "plan_duplicate_seat", &format!("{seat}/seat_guid")),
        (with("category", json!("Royal")), "plan_unknown_category", &format!("{seat}/category")),
        (with("seat_guid", json!("")), "plan_label_empty", &format!("{seat}/seat_guid")),
        (hall_with("/plan/zones", json!([])), "plan_no_seats", "/plan/zones"),
        (hall_with("/plan/zones", json!("none")), "plan_malformed", "/plan/zones"),
        (hall_with("/plan", json!({})), "plan_malformed", "/plan"),
        (hall_with("/plan", json!([1])), "plan_malformed", "/plan/0"),
        (hall_with("/plan", json!("abc")), "invalid_event", "/plan"),
        (hall_with("/plan", json!(hash)), "invalid_event", "/plan"),
    ])
    .await;
}

#[tokio::test]
async fn a_plan_must_not_have_too_many_seats() {
    let seat = |n: u32| {
        json!({"seat_guid": n.to_string(), "seat_number": "1", "category": "A",
            "position": {"x": 0, "y": 0}})
    };
    let seats: Vec<Value> = (0..=100_000).map(seat).collect();
    let row = json!({"row_number": "1", "position": {"x": 0, "y": 0}, "seats": seats});
    let zone = json!({"name": "Z", "position": {"x": 0, "y": 0}, "rows": [row]});
    let plan = json!({"name": "P", "size": {"width": 1, "height": 1},
        "categories": [{"name": "A"}], "zones": [zone]});
    refused([(hall_with("/plan", plan), "plan_too_many_seats", "/plan/zones")]).await;
}

#[tokio::test]
async fn a_new_price_list_must_make_sense() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let event = world.on_sale(&hall()).await;
    let in_yen = json!({"prices": [{"category": "Stalls",
        "price": {"amount": 100, "currency": "JPY"}}]});
    for (list, code, field) in [
        (in_yen, "wrong_currency", "/prices"),
        (json!({"prices": prices(&[("Royal", 1)])}), "invalid_event", "/prices/0/category"),
        (json!({"prices": prices(&[("Stalls", -1)])}), "invalid_event", "/prices/0/price/amount"),
        (json!({"prices": []}), "invalid_event", "/prices"),
        (json!({}), "invalid_body", "/prices"),
    ] {
        let path = format!("/v1/events/{event}/prices");
        world.refuses(world.organiser().put(&path, &list), 422, code).await.at(field);
    }
    store.close().await;
}

#[tokio::test]
async fn a_plan_that_was_sent_before_can_be_named_by_its_hash() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let created = world.organiser().post("/v1/events", &hall()).await.expect(201);
    let event = hall_with("/plan", created["plan"].clone());
    let second = world.organiser().post("/v1/events", &event).await.expect(201);
    assert_eq!((&second["plan"], &second["capacity"]), (&created["plan"], &json!(142)));
    store.close().await;
}
