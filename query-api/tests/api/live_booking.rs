//! The live feed of a booking: for whose it is, as long as anything may happen to it.

use std::time::Duration;

use aisle_domain::actor::Role;
use aisle_domain::booking::BookingFact;
use aisle_domain::stream::{Position, StreamId};
use aisle_domain::testing::{booking_id, event_id};
use aisle_query_api::Options;
use axum::http::header::AUTHORIZATION;

use super::live::Feed;
use super::world::{World, bearer};

/// A world whose feeds say nothing of themselves, so that who waits in vain is told.
async fn quiet_world() -> World {
    let beat = Duration::from_secs(3600);
    World::with_options(&Options { beat, ..Options::default() }).await
}

/// Appends that a booking expired.
async fn expire(world: &World) -> Position {
    let stream = StreamId::booking(booking_id(1));
    world.append(event_id(1), vec![(stream, BookingFact::Expired {}.into())]).await
}

/// Whoever runs the event is shown a booking only once its event is: it is read before that, and
/// what happens then is told.
#[tokio::test]
async fn what_happens_between_reading_a_booking_and_showing_it_is_told() {
    let world = quiet_world().await;
    let (_, on_sale) = world.on_sale_with_seats(event_id(1)).await;
    let seats = format!("/v1/events/{}/seats", event_id(1));
    world.get(&format!("{seats}?min-position={on_sale}")).await.json();
    let events = world.model("event_pages");
    events.hold_up();
    let held = world.hold(event_id(1), booking_id(1), "bob", &["1-1"]).await;
    let booking = format!("/v1/bookings/{}", booking_id(1));
    let admin = [("authorization", bearer("ada", Role::Admin))];
    let path = format!("{booking}/live?min-position={held}");
    let opening = Feed::open(&world, &path, &admin);
    let meanwhile = async {
        events.is_waited_for(on_sale + 1).await;
        let expired = expire(&world).await;
        world.get(&format!("{seats}?min-position={expired}")).await.json();
        let read = format!("{booking}?min-position={expired}");
        assert_eq!(world.get_as("bob", Role::Customer, &read).await.json()["state"], "expired");
        events.let_go();
        expired
    };
    let (mut feed, expired) = tokio::join!(opening, meanwhile);
    assert_eq!(feed.message().await.data["state"], "held");
    assert_eq!(feed.message().await.id, Some(expired));
}

#[tokio::test]
async fn what_was_told_before_a_feed_is_opened_is_shown_by_it() {
    let world = quiet_world().await;
    world.on_sale_with_seats(event_id(1)).await;
    let held = world.hold(event_id(1), booking_id(1), "bob", &["1-1"]).await;
    let booking = format!("/v1/bookings/{}", booking_id(1));
    let read = format!("{booking}?min-position={held}");
    assert_eq!(world.get_as("bob", Role::Customer, &read).await.json()["state"], "held");
    let bookings = world.model("bookings");
    bookings.hold_up();
    let expired = expire(&world).await;
    let seats = format!("/v1/events/{}/seats?min-position={expired}", event_id(1));
    world.get(&seats).await.json();
    let path = format!("{booking}/live");
    let buyer = [("authorization", bearer("bob", Role::Customer))];
    let opening = Feed::open(&world, &path, &buyer);
    let meanwhile = async {
        bookings.is_waited_for(expired).await;
        bookings.let_go();
    };
    let (mut feed, ()) = tokio::join!(opening, meanwhile);
    assert_eq!(feed.message().await.id, Some(expired));
}

#[tokio::test]
async fn the_feed_of_a_booking_to_which_nothing_happens_says_that_it_lives() {
    let options = Options { beat: Duration::from_millis(20), ..Options::default() };
    let world = World::with_options(&options).await;
    world.on_sale_with_seats(event_id(1)).await;
    let position = world.hold(event_id(1), booking_id(1), "bob", &["1-1"]).await;
    let path = format!("/v1/bookings/{}/live?min-position={position}", booking_id(1));
    let token = ("authorization", bearer("bob", Role::Customer));
    let mut feed = Feed::open(&world, &path, &[token]).await;
    feed.message().await;
    for _ in 0..3 {
        assert_eq!(feed.next().await.unwrap().comment, "beat");
    }
    let stream = StreamId::booking(booking_id(1));
    let expired = world.append(event_id(1), vec![(stream, BookingFact::Expired {}.into())]).await;
    assert_eq!(feed.message().await.id, Some(expired));
}

#[tokio::test]
async fn a_booking_is_watched_by_whose_it_is_and_by_nobody_else() {
    let world = World::new().await;
    world.on_sale_with_seats(event_id(1)).await;
    let position = world.hold(event_id(1), booking_id(1), "bob", &["1-1"]).await;
    let path = format!("/v1/bookings/{}/live", booking_id(1));
    let waiting = format!("{path}?min-position={position}");
    assert_eq!(world.get(&waiting).await.problem(), (401, "token_missing".into()));
    let stranger = world.get_as("eve", Role::Customer, &waiting).await;
    assert_eq!(stranger.problem(), (404, "booking_not_found".into()));

    let token = || ("authorization", bearer("bob", Role::Customer));
    let mut feed = Feed::open(&world, &waiting, &[token()]).await;
    let first = feed.message().await;
    assert_eq!((&*first.event, &first.data["state"]), ("booking", &"held".into()));
    let read =
        world.get_as("bob", Role::Customer, &format!("/v1/bookings/{}", booking_id(1))).await;
    assert_eq!(first.data, read.json());
    let stream = StreamId::booking(booking_id(1));
    let expired = world.append(event_id(1), vec![(stream, BookingFact::Expired {}.into())]).await;
    let then = feed.message().await;
    assert_eq!((then.id, &then.data["state"]), (Some(expired), &"expired".into()));

    // Who has it hears nothing until something happens.
    let known = ("last-event-id", expired.to_string());
    let mut back = Feed::open(&world, &path, &[token(), known]).await;
    back.next().await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(50), back.next()).await.is_err());
    let mut late =
        Feed::open(&world, &path, &[token(), ("last-event-id", position.to_string())]).await;
    assert_eq!(late.message().await.id, Some(expired));
    assert_eq!(AUTHORIZATION, token().0);
}
