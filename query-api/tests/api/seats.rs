//! Seat maps.

use aisle_domain::area::AreaFact;
use aisle_domain::seat::SeatFact;
use aisle_domain::stream::StreamId;
use aisle_domain::testing::{after, booking_id, details, event_id};
use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::world::{Got, World};

const SEATS: &str = "application/vnd.aisle.seats";

async fn get_with(world: &World, path: &str, headers: &[(&str, &str)]) -> Got {
    let request = Request::get(path);
    let request =
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    world.send(request.body(Body::empty()).unwrap()).await
}

/// Seat 0 sold, seats 2 and 21 held. Returns the path and the position.
async fn sold_and_held(world: &World) -> (String, u64) {
    let event = event_id(1);
    let (plan, _) = world.on_sale_with_seats(event).await;
    assert_eq!(plan.len(), 22);
    world.hold(event, booking_id(1), "bob", &["1-1"]).await;
    let booked = SeatFact::Booked { booking_id: booking_id(1) };
    world.append(event, vec![(StreamId::seat(event, "1-1"), booked.into())]).await;
    let position = world.hold(event, booking_id(2), "eve", &["1-3", "W-2"]).await;
    (format!("/v1/events/{event}/seats"), position)
}

#[tokio::test]
async fn the_states_of_all_seats_are_in_plan_order() {
    let world = World::new().await;
    let (path, position) = sold_and_held(&world).await;
    let got = world.get(&format!("{path}?min-position={position}")).await;
    assert_eq!((got.header("content-type"), got.header("vary")), ("application/json", "accept"));
    assert_eq!(got.header("cache-control"), "no-cache");
    assert_eq!((got.position(), got.header("etag")), (position, &*format!("\"{position}\"")));
    let map = got.json();
    let counts = json!([map["count"], map["free"], map["held"], map["sold"]]);
    assert_eq!((counts, &map["version"]), (json!([22, 19, 2, 1]), &json!(position)));
    let states = STANDARD.decode(map["states"].as_str().unwrap()).unwrap();
    assert_eq!(states, [0b00_01_00_10, 0, 0, 0, 0, 0b00_00_01_00]);
    let floor = json!({"name": "Floor", "capacity": 100, "held": 0, "sold": 0, "available": 100});
    assert_eq!(map["areas"], json!([floor]));
}

#[tokio::test]
async fn the_binary_form_says_the_same_as_json() {
    let world = World::new().await;
    let (path, position) = sold_and_held(&world).await;
    let map = world.get(&format!("{path}?min-position={position}")).await.json();
    for accept in [
        SEATS,
        "application/octet-stream",
        "application/json;q=0.1, application/vnd.aisle.seats;q=0.9",
    ] {
        let got = get_with(&world, &path, &[("accept", accept)]).await;
        assert_eq!((got.header("content-type"), got.header("vary")), (SEATS, "accept"));
        let (head, states) = got.body.split_at(17);
        assert_eq!(&head[..5], b"AISL\x01");
        assert_eq!(head[5..13], position.to_le_bytes());
        assert_eq!(head[13..], 22_u32.to_le_bytes());
        assert_eq!(STANDARD.encode(states), map["states"].as_str().unwrap());
    }
}

#[tokio::test]
async fn whoever_accepts_neither_form_gets_json() {
    let world = World::new().await;
    let (path, position) = sold_and_held(&world).await;
    for accept in ["text/html", "*/*", "application/json, application/vnd.aisle.seats;q=0.5"] {
        let waiting = format!("{path}?min-position={position}");
        let got = get_with(&world, &waiting, &[("accept", accept)]).await;
        assert_eq!(got.header("content-type"), "application/json", "{accept}");
        got.json();
    }
}

#[tokio::test]
async fn as_long_as_nothing_changes_the_answer_has_no_body() {
    let world = World::new().await;
    let (path, position) = sold_and_held(&world).await;
    for accept in ["application/json", SEATS] {
        let waiting = format!("{path}?min-position={position}");
        let first = get_with(&world, &waiting, &[("accept", accept)]).await;
        let etag = first.header("etag").to_owned();
        let again = get_with(&world, &path, &[("accept", accept), ("if-none-match", &etag)]).await;
        assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
        assert_eq!((again.header("etag"), again.header("vary")), (&*etag, "accept"));
        let other = if accept == SEATS { "application/json" } else { SEATS };
        let other = get_with(&world, &path, &[("accept", other), ("if-none-match", &etag)]).await;
        assert_eq!(other.status, 200, "the other form is another representation");
    }
    let etag = format!("\"{position}\"");
    let now = world.hold(event_id(1), booking_id(3), "bob", &["2-2"]).await;
    let waiting = format!("{path}?min-position={now}");
    let changed = get_with(&world, &waiting, &[("if-none-match", &etag)]).await;
    assert_eq!(changed.json()["held"], 3);
    assert_eq!(changed.header("etag"), format!("\"{now}\""));
}

#[tokio::test]
async fn what_changes_no_seat_changes_no_version() {
    let world = World::new().await;
    let (path, before) = sold_and_held(&world).await;
    let elsewhere = world.on_sale(event_id(2), details()).await;
    let got = world.get(&format!("{path}?min-position={elsewhere}")).await;
    assert_eq!((got.position(), &got.json()["version"]), (elsewhere, &json!(before)));
}

#[tokio::test]
async fn an_event_without_reserved_seats_has_areas_only() {
    let world = World::new().await;
    let event = event_id(1);
    world.on_sale(event, details()).await;
    let held = AreaFact::Held { booking_id: booking_id(1), count: 3, until: after(60) };
    let position = world.append(event, vec![(StreamId::area(event, "Floor"), held.into())]).await;
    let map = world.get(&format!("/v1/events/{event}/seats?min-position={position}")).await.json();
    assert_eq!(json!([map["plan"], map["count"], map["states"]]), json!([null, 0, ""]));
    assert_eq!((&map["areas"][0]["held"], &map["areas"][0]["available"]), (&json!(3), &json!(97)));
}
