//! Seat maps.

use std::io::Read as _;

use aisle_domain::area::AreaFact;
use aisle_domain::event::{CategoryPrice, EventFact};
use aisle_domain::plan::Plan;
use aisle_domain::seat::SeatFact;
use aisle_domain::stream::StreamId;
use aisle_domain::testing::{after, booking_id, details, event_id};
use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use brotli::Decompressor;
use flate2::read::GzDecoder;
use serde_json::json;

use super::world::{Got, World};

const SEATS: &str = "application/vnd.aisle.seats";
const VARY: &str = "accept, accept-encoding";

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
    assert_eq!((got.header("content-type"), got.header("vary")), ("application/json", VARY));
    assert_eq!(got.header("cache-control"), "public, max-age=1, stale-while-revalidate=2");
    assert_eq!((got.position(), got.header("etag")), (position, &*format!("\"1.{position}\"")));
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
        assert_eq!((got.header("content-type"), got.header("vary")), (SEATS, VARY));
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
        assert_eq!((again.header("etag"), again.header("vary")), (&*etag, VARY));
        let other = if accept == SEATS { "application/json" } else { SEATS };
        let other = get_with(&world, &path, &[("accept", other), ("if-none-match", &etag)]).await;
        assert_eq!(other.status, 200, "the other form is another representation");
    }
    let etag = format!("\"1.{position}\"");
    let now = world.hold(event_id(1), booking_id(3), "bob", &["2-2"]).await;
    let waiting = format!("{path}?min-position={now}");
    let changed = get_with(&world, &waiting, &[("if-none-match", &etag)]).await;
    assert_eq!(changed.json()["held"], 3);
    assert_eq!(changed.header("etag"), format!("\"1.{now}\""));
}

fn decoded(got: &Got) -> Vec<u8> {
    let mut plain = Vec::new();
    match got.header("content-encoding") {
        "gzip" => _ = GzDecoder::new(&got.body[..]).read_to_end(&mut plain).unwrap(),
        "br" => _ = Decompressor::new(&got.body[..], 4096).read_to_end(&mut plain).unwrap(),
        "zstd" => plain = zstd::decode_all(&got.body[..]).unwrap(),
        none => {
            assert_eq!(none, "");
            plain = got.body.to_vec();
        }
    }
    plain
}

#[tokio::test]
async fn every_form_in_every_coding_says_the_same_under_its_own_tag() {
    let world = World::new().await;
    let (path, position) = sold_and_held(&world).await;
    world.get(&format!("{path}?min-position={position}")).await.json();
    let (plan, summary) = (path.replace("/seats", "/plan"), format!("{path}/summary"));
    for (path, accept) in [(&path, "*/*"), (&path, SEATS), (&plan, "*/*"), (&summary, "*/*")] {
        let plain = get_with(&world, path, &[("accept", accept)]).await;
        let mut tags = vec![plain.header("etag").to_owned()];
        for coding in ["gzip", "br", "zstd"] {
            let wish = [("accept", accept), ("accept-encoding", coding)];
            let got = get_with(&world, path, &wish).await;
            assert_eq!((got.header("content-encoding"), got.header("vary")), (coding, VARY));
            assert_eq!(decoded(&got), plain.body, "{path} {coding}");
            let etag = got.header("etag").to_owned();
            let known = [wish[0], wish[1], ("if-none-match", &*etag)];
            let again = get_with(&world, path, &known).await;
            assert_eq!((again.status.as_u16(), again.header("etag")), (304, &*etag));
            assert!(!tags.contains(&etag), "{tags:?} {etag}");
            tags.push(etag);
        }
        // The tag of one coding says nothing of another.
        let other = [("accept", accept), ("accept-encoding", "br"), ("if-none-match", &*tags[1])];
        assert_eq!(get_with(&world, path, &other).await.status, 200);
    }
}

#[tokio::test]
async fn whoever_compresses_further_out_leaves_it_alone() {
    let world = World::new().await;
    let (path, position) = sold_and_held(&world).await;
    let path = format!("{path}?min-position={position}");
    let plain = world.get(&path).await;
    for (wish, coding) in [("gzip, br", "br"), ("gzip;q=0.5, identity", ""), ("gzip", "gzip")] {
        let request = Request::get(&path).header("accept-encoding", wish);
        let got = world.send_compressed(request.body(Body::empty()).unwrap()).await;
        assert_eq!(got.header("content-encoding"), coding, "{wish}");
        assert_eq!((decoded(&got), got.header("vary")), (plain.body.to_vec(), VARY));
    }
}

#[tokio::test]
async fn a_summary_counts_what_is_left_by_section() {
    let world = World::new().await;
    let (path, position) = sold_and_held(&world).await;
    let got = world.get(&format!("{path}/summary?min-position={position}")).await;
    assert_eq!(got.header("cache-control"), "public, max-age=1, stale-while-revalidate=2");
    let summary = got.json();
    let counts = |of: &serde_json::Value| json!([of["count"], of["free"], of["held"], of["sold"]]);
    assert_eq!(counts(&summary), json!([22, 19, 2, 1]));
    assert_eq!((&summary["version"], &summary["price_version"]), (&json!(position), &json!(1)));
    let sections = summary["sections"].as_array().unwrap();
    let sum = |name: &str| sections.iter().map(|each| each[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("count"), sum("free"), sum("held"), sum("sold")), (22, 19, 2, 1));
    for section in sections {
        let categories = section["categories"].as_array().unwrap();
        let left = categories.iter().filter(|each| each["free"].as_u64() > Some(0));
        let cheapest = left.filter_map(|each| each["price"]["amount"].as_i64()).min();
        assert_eq!(section["from"]["amount"].as_i64(), cheapest);
        let corners: Vec<f64> =
            section["box"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        assert!(corners[0] <= corners[2] && corners[1] <= corners[3], "{corners:?}");
    }
    assert_eq!(summary["areas"][0]["available"], 100);
    let prices = EventFact::Repriced {
        price_version: 2,
        prices: vec![CategoryPrice { category: "Stalls".into(), amount: 9900 }],
        fee: 0,
    };
    let now = world.event(event_id(1), vec![prices]).await;
    let later = world.get(&format!("{path}/summary?min-position={now}")).await;
    assert_ne!(later.header("etag"), got.header("etag"));
    assert_eq!(later.json()["price_version"], 2);
}

/// Room for everything that a query node keeps of a stadium's event: both forms and the summary in
/// every coding, as large as they can get, the states twice, and what was said lately to those who
/// watch; and its plan in every coding, which all events at the venue share.
#[tokio::test]
async fn an_event_of_sixty_thousand_seats_takes_less_than_a_megabyte() {
    const LATELY: usize = 256 << 10;
    let world = World::new().await;
    let event = event_id(1);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/plans/stadium.json.zst");
    let document = zstd::decode_all(&std::fs::read(file).unwrap()[..]).unwrap();
    let plan = Plan::from_pretix(&document).unwrap();
    let position = world.on_sale_at(event, &plan).await;
    let path = format!("/v1/events/{event}/seats");
    let mut held = LATELY + 2 * plan.len().div_ceil(4);
    for (path, accept) in [(&path, "*/*"), (&path, SEATS), (&format!("{path}/summary"), "*/*")] {
        let path = format!("{path}?min-position={position}");
        let got = get_with(&world, &path, &[("accept", accept)]).await;
        assert_eq!(got.status, 200);
        held += 4 * (got.body.len() + 100);
    }
    let summary = world.get(&format!("{path}/summary")).await.json();
    assert_eq!((plan.len(), summary["sections"].as_array().unwrap().len()), (60_907, 147));
    let path = format!("/v1/events/{event}/plan");
    for coding in ["gzip", "br", "zstd"] {
        let got = get_with(&world, &path, &[("accept-encoding", coding)]).await;
        assert!(got.body.len() < 100_000, "{coding}: {} bytes", got.body.len());
        held += got.body.len();
    }
    assert!(held < 1_000_000, "{held} bytes");
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
