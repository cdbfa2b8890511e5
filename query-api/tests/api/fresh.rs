//! Reading one's own writes.

use std::time::Duration;

use aisle_domain::actor::Role;
use aisle_domain::testing::{booking_id, details, event_id};

use super::world::World;

fn reads() -> [String; 10] {
    let event = event_id(1);
    [
        "/v1/search".to_owned(),
        "/v1/suggest?prefix=a".to_owned(),
        format!("/v1/events/{event}"),
        format!("/v1/events/{event}/seats"),
        format!("/v1/events/{event}/seats/summary"),
        "/v1/bookings".to_owned(),
        format!("/v1/bookings/{}", booking_id(1)),
        "/v1/history".to_owned(),
        "/search".to_owned(),
        format!("/events/{event}"),
    ]
}

fn with_min(path: &str, position: u64) -> String {
    let and = if path.contains('?') { '&' } else { '?' };
    format!("{path}{and}min-position={position}")
}

#[tokio::test]
async fn a_read_waits_for_what_is_about_to_be_written() {
    let world = World::new().await;
    let event = event_id(1);
    let (_, before) = world.on_sale_with_seats(event).await;
    let seat = before + 2;
    let path = with_min(&format!("/v1/events/{event}/seats"), seat);
    let (got, position) = tokio::join!(world.get(&path), async {
        // Let the read come first.
        tokio::task::yield_now().await;
        world.hold(event, booking_id(1), "bob", &["1-1"]).await
    });
    assert_eq!(position, seat);
    assert!(got.position() >= seat);
    assert_eq!(got.json()["held"], 1);
}

#[tokio::test]
async fn every_read_goes_at_least_as_far_as_it_was_asked_to() {
    let world = World::new().await;
    let event = event_id(1);
    world.on_sale_with_seats(event).await;
    let position = world.hold(event, booking_id(1), "bob", &["1-1"]).await;
    for path in reads() {
        let got = world.get_as("bob", Role::Admin, &with_min(&path, position)).await;
        assert_eq!(got.status, 200, "{path}: {:?}", got.body);
        assert!(got.position() >= position, "{path}");
    }
}

#[tokio::test]
async fn who_asks_for_more_than_there_is_is_told_how_far_it_is() {
    let world = World::with_patience(Duration::from_millis(20)).await;
    let position = world.on_sale(event_id(1), details()).await;
    let plan = format!("/v1/events/{}/plan", event_id(1));
    for path in reads().into_iter().chain([plan]) {
        let got = world.get_as("ada", Role::Admin, &with_min(&path, 1000)).await;
        assert_eq!(got.problem(), (503, "not_yet_applied".into()), "{path}");
        let problem = got.document();
        assert!(problem["applied"].as_u64().unwrap() <= position, "{path}");
        assert_eq!(
            (problem["min_position"].as_u64(), got.header("retry-after")),
            (Some(1000), "1")
        );
    }
}

#[tokio::test]
async fn a_read_model_that_has_stopped_is_never_waited_for_and_never_lies() {
    let world = World::new().await;
    let position = world.on_sale(event_id(1), details()).await;
    let path = format!("/v1/events/{}", event_id(1));
    world.get(&with_min(&path, position)).await.json();
    world.stop_projections().await;
    let later = world.on_sale(event_id(2), details()).await;
    let got = world.get(&with_min(&path, later)).await;
    assert_eq!(got.problem(), (503, "not_yet_applied".into()));
    // What it knows it still tells, as of when it knew.
    let got = world.get(&path).await;
    assert_eq!((got.status.as_u16(), got.position()), (200, position));
}
