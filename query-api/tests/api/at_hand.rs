//! What is answered before the routes is what the routes would answer.

use aisle_domain::event::EventFact;
use aisle_domain::testing::{booking_id, details, event_id};
use aisle_query_api::{Ready, Wanted};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};

use super::world::{Got, World};

/// What the layers around the routes add.
const OF_LAYERS: [&str; 4] =
    ["content-security-policy", "x-content-type-options", "x-frame-options", "x-request-id"];

async fn routed(world: &World, path: &str, headers: &HeaderMap) -> Got {
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    *request.headers_mut() = headers.clone();
    let mut got = world.send(request).await;
    for name in OF_LAYERS {
        assert!(got.headers.remove(name).is_some(), "{name}");
    }
    got.headers.remove("content-length");
    got
}

fn at_hand(world: &World, path: &str, headers: &HeaderMap) -> Option<Ready> {
    world.api().at_hand(&Wanted::by(path, headers.clone())?)
}

/// The headers of what is ready, but for the length, which is checked.
fn headers_of(ready: &Ready) -> HeaderMap {
    let head = std::str::from_utf8(&ready.head).unwrap();
    let lines = head.split_terminator("\r\n").map(|line| line.split_once(": ").unwrap());
    let lines = lines.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let mut headers: HeaderMap<HeaderValue> = lines.collect();
    headers.insert("aisle-position", ready.position.into());
    let length = headers.remove("content-length").map(|length| length.to_str().unwrap().to_owned());
    let has_body = ready.status == StatusCode::OK;
    assert_eq!(length, has_body.then(|| ready.body.len().to_string()));
    headers
}

fn headers(of: &[(&'static str, &str)]) -> HeaderMap {
    let header = |(name, value): &(&'static str, &str)| {
        (name.parse().unwrap(), HeaderValue::from_str(value).unwrap())
    };
    of.iter().map(header).collect()
}

#[tokio::test]
async fn what_is_at_hand_is_what_the_route_answers() {
    let (world, event) = (World::new().await, event_id(1));
    world.on_sale_with_seats(event).await;
    let position = world.hold(event, booking_id(1), "bob", &["1-1"]).await;
    let path = format!("/v1/events/{event}/seats");
    let seen = world.get(&format!("{path}?min-position={position}")).await;
    let (tag, gzip) = (seen.header("etag"), format!("\"1.{position}-gzip\""));
    let binary = "application/vnd.aisle.seats";
    for (of, status) in [
        (vec![], 200),
        (vec![("accept", binary)], 200),
        (vec![("accept-encoding", "br, gzip")], 200),
        (vec![("accept", binary), ("accept-encoding", "zstd")], 200),
        (vec![("if-none-match", tag)], 304),
        (vec![("if-none-match", "\"1\"")], 200),
        (vec![("accept-encoding", "gzip"), ("if-none-match", &*gzip)], 304),
        (vec![("accept-encoding", "gzip"), ("if-none-match", tag)], 200),
    ] {
        let headers = headers(&of);
        let routed = routed(&world, &path, &headers).await;
        // Twice: what was written once is kept.
        for _ in 0..2 {
            let ready = at_hand(&world, &path, &headers).unwrap();
            assert_eq!((ready.status, routed.status.as_u16()), (routed.status, status), "{of:?}");
            assert_eq!(
                (headers_of(&ready), ready.body),
                (routed.headers.clone(), routed.body.clone()),
                "{of:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_was_understood_once_is_answered_as_of_now() {
    let (world, event) = (World::new().await, event_id(1));
    world.on_sale_with_seats(event).await;
    let path = format!("/v1/events/{event}/seats");
    let wanted = Wanted::by(&path, HeaderMap::new()).unwrap();
    assert!(world.api().at_hand(&wanted).is_none());
    for number in 1..=2 {
        let seat = format!("1-{number}");
        let position = world.hold(event, booking_id(number), "bob", &[&seat]).await;
        let seen = world.get(&format!("{path}?min-position={position}")).await;
        let ready = world.api().at_hand(&wanted).unwrap();
        assert_eq!((ready.position, &ready.body), (position, &seen.body));
    }
}

#[tokio::test]
async fn nothing_is_at_hand_that_was_not_made_or_that_not_everybody_may_see() {
    let (world, draft, event) = (World::new().await, event_id(1), event_id(2));
    let created = world.event(draft, vec![EventFact::Created(Box::new(details()))]).await;
    let none = HeaderMap::new();
    let path = |event| format!("/v1/events/{event}/seats");
    let fresh = format!("{}?min-position={created}", path(draft));
    // Its organiser sees it, and nobody else does because of that.
    let seen = world.get_as("organiser", aisle_domain::actor::Role::Admin, &fresh).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(at_hand(&world, &path(draft), &none).is_none());

    world.on_sale_with_seats(event).await;
    let position = world.hold(event, booking_id(1), "bob", &["1-1"]).await;
    assert!(at_hand(&world, &path(event), &none).is_none());
    world.get(&format!("{}?min-position={position}", path(event))).await;
    assert!(at_hand(&world, &path(event), &none).is_some());
    for other in [
        format!("{}?min-position={position}", path(event)),
        format!("{}/", path(event)),
        format!("{}/summary", path(event)),
        path(event_id(3)),
        "/v1/events//seats".to_owned(),
    ] {
        assert!(at_hand(&world, &other, &none).is_none(), "{other}");
    }
    // Not encoded yet; then what was shown is no longer all.
    assert!(at_hand(&world, &path(event), &headers(&[("accept-encoding", "br")])).is_none());
    let position = world.hold(event, booking_id(2), "eve", &["1-2"]).await;
    world.get(&format!("/v1/events/{event}?min-position={position}")).await;
    world.get(&format!("{}/summary?min-position={position}", path(event))).await;
    assert!(at_hand(&world, &path(event), &none).is_none());
}
