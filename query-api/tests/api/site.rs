//! The pages, as a browser without scripts gets them.

use std::sync::Arc;

use aisle_domain::actor::Role;
use aisle_domain::event::{EventDetails, EventFact};
use aisle_domain::id::BookingId;
use aisle_domain::testing::{after, booking_id, event_id};
use aisle_infra::clock::ManualClock;
use aisle_query_api::Options;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::{ACCEPT, AUTHORIZATION};

use super::world::{Got, World, bearer, titled};

/// A world on the day of the fixtures, whatever day it is.
pub(crate) async fn world() -> World {
    let clock = Arc::new(ManualClock::new(after(0)));
    World::with_options(&Options { clock, ..Options::default() }).await
}

/// What browsers prefer.
pub(crate) const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

pub(crate) async fn page(world: &World, path: &str) -> Got {
    let request = Request::get(path).header(ACCEPT, BROWSER).header("host", "tickets.example");
    world.send(request.body(Body::empty()).unwrap()).await
}

pub(crate) async fn page_as(world: &World, name: &str, path: &str) -> Got {
    let token = bearer(name, Role::Customer);
    let request = Request::get(path).header(ACCEPT, BROWSER).header(AUTHORIZATION, token);
    world.send(request.body(Body::empty()).unwrap()).await
}

pub(crate) fn html(got: &Got) -> String {
    assert_eq!(got.header("content-type"), "text/html; charset=utf-8", "{:?}", got.body);
    String::from_utf8(got.body.to_vec()).unwrap()
}

#[tokio::test]
async fn the_older_paths_are_pages_for_browsers_and_json_for_programs() {
    let world = world().await;
    let event = event_id(1);
    let position = world.on_sale(event, titled("Rockets v. Comets")).await;
    for path in [format!("/search?min-position={position}"), format!("/events/{event}")] {
        assert!(html(&page(&world, &path).await).contains("Rockets v. Comets"));
        let json = world.get(&path).await;
        assert_eq!((json.header("vary"), json.json().is_object()), ("Accept", true));
    }
}

#[tokio::test]
async fn what_organisers_write_is_never_read_as_html() {
    let world = world().await;
    let title = "<script>alert(1)</script> & \"Söhne\"";
    let position = world.on_sale(event_id(1), titled(title)).await;
    let event = event_id(1);
    for path in ["/".to_owned(), "/search?term=script".to_owned(), format!("/events/{event}")] {
        let joint = if path.contains('?') { '&' } else { '?' };
        let text = html(&page(&world, &format!("{path}{joint}min-position={position}")).await);
        assert!(!text.contains("<script>alert"), "{path}");
        assert!(text.contains("Söhne"), "{path}");
    }
}

#[tokio::test]
async fn a_search_says_what_it_found_and_keeps_its_address() {
    let world = world().await;
    for number in 1..=23 {
        world.on_sale(event_id(number), titled(&format!("Rockets v. Comets {number}"))).await;
    }
    let position = world.on_sale(event_id(30), titled("Opera")).await;
    let found = html(&page(&world, &format!("/search?term=rockets&min-position={position}")).await);
    assert!(found.contains("24 events for “rockets”"), "{found}");
    assert!(found.contains("<mark>Rockets</mark>"));
    let next = found.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    let rest = html(&page(&world, &next).await);
    assert_eq!(rest.matches("class=\"hit\"").count(), 4, "{next}");
    let none = html(&page(&world, "/search?term=xylophone+quartet").await);
    assert!(none.contains("Nothing found") && none.contains("Show all events"));
}

#[tokio::test]
async fn a_draft_is_nobodys_page_and_a_cancelled_event_says_why() {
    let world = world().await;
    let draft = aisle_domain::testing::details();
    let position = world.event(event_id(1), vec![EventFact::Created(Box::new(draft))]).await;
    let got = page(&world, &format!("/events/{}?min-position={position}", event_id(1))).await;
    assert_eq!(got.status, 404);
    assert!(html(&got).contains("There is nothing here"));

    world.on_sale(event_id(2), titled("Rockets v. Comets")).await;
    let reason = "The pitch is under water.".to_owned();
    let position = world.event(event_id(2), vec![EventFact::Cancelled { reason }]).await;
    let text =
        html(&page(&world, &format!("/events/{}?min-position={position}", event_id(2))).await);
    assert!(text.contains("The pitch is under water.") && text.contains("EventCancelled"));
    assert!(!text.contains("id=\"seats\""));
}

async fn held(world: &World) -> (BookingId, u64) {
    let event = event_id(1);
    world.on_sale_with_seats(event).await;
    let booking = booking_id(1);
    (booking, world.hold(event, booking, "bob", &["1-1", "1-2"]).await)
}

#[tokio::test]
async fn a_booking_is_its_buyers_page_and_nobody_elses() {
    let world = world().await;
    let (booking, position) = held(&world).await;
    let path = format!("/bookings/{booking}?min-position={position}");
    assert!(html(&page_as(&world, "bob", &path).await).contains("Your order"));
    let other = page_as(&world, "eve", &path).await;
    assert_eq!(other.status, 404);
    assert!(!html(&other).contains("Your order"));
    let nobody = page(&world, &path).await;
    assert_eq!(
        (nobody.status.as_u16(), nobody.header("location")),
        (303, format!("/sign-in?next=%2Fbookings%2F{booking}").as_str())
    );
    let mine = html(&page_as(&world, "bob", "/bookings").await);
    assert!(mine.contains(&format!("/bookings/{booking}")));
    assert!(!html(&page_as(&world, "eve", "/bookings").await).contains(&booking.to_string()));
}

#[tokio::test]
async fn a_page_calls_what_was_booked_seats_or_places() {
    let world = world().await;
    let (seats, _) = held(&world).await;
    let places = booking_id(2);
    let position = world.hold_places(event_id(1), places, "bob", "Floor", 2).await;
    for (booking, words, others) in [(seats, "seats", "places"), (places, "places", "seats")] {
        let path = format!("/bookings/{booking}?min-position={position}");
        let text = html(&page_as(&world, "bob", &path).await);
        for said in [format!("Your {words} are kept until"), format!("Give the {words} back")] {
            assert!(text.contains(&said), "{said}: {text}");
        }
        assert!(!text.contains(&format!("Your {others}")), "{text}");
    }
}

#[tokio::test]
async fn a_payment_has_the_same_key_in_every_tab() {
    let world = world().await;
    let (booking, position) = held(&world).await;
    let path = format!("/bookings/{booking}?min-position={position}");
    let key = |text: &str| {
        let rest = text.split("name=\"idempotency_key\" value=\"").nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let first = html(&page_as(&world, "bob", &path).await);
    let second = html(&page_as(&world, "bob", &path).await);
    assert_eq!(key(&first), key(&second));
}

#[tokio::test]
async fn nothing_that_is_asked_makes_a_page_fail() {
    let world = world().await;
    world.on_sale(event_id(1), titled("Rockets v. Comets")).await;
    let odd = [
        "%00",
        "%ff%fe",
        "%27%22%3E%3Cscript%3E",
        "..%2f..%2f",
        "%F0%9F%8E%9F",
        "-1",
        "99999999999999999999999",
    ];
    for value in odd {
        for path in [
            format!("/?problem={value}&field={value}&seats={value}&done={value}"),
            format!(
                "/search?term={value}&start_date={value}&end_date={value}&price_max={value}&sort={value}&after={value}&month={value}&region={value}"
            ),
            format!("/events/{value}"),
            format!("/events/{value}/calendar.ics"),
            format!("/bookings?after={value}&min-position={value}"),
            format!("/bookings/{value}"),
            format!("/bookings/{value}/cancel"),
            format!("/sign-in?next={value}"),
            format!("/sitemap/{value}"),
            format!("/assets/{value}/{value}"),
        ] {
            let got = page_as(&world, "bob", &path).await;
            assert!(got.status.as_u16() < 500, "{path}: {}", got.status);
            let text = String::from_utf8_lossy(&got.body).into_owned();
            assert!(!text.contains("\"><script>"), "{path}");
        }
    }
}

#[tokio::test]
async fn one_may_sign_in_by_a_provider_where_there_is_one() {
    let provider = Some("Example <&>".to_owned());
    let with = World::with_options(&Options { provider, ..Options::default() }).await;
    let without = world().await;
    for path in ["/sign-in?next=/a?b=1%26c", "/sign-up?next=/a?b=1%26c"] {
        let shown = html(&page(&with, path).await);
        assert!(shown.contains("href=\"/v1/oidc/start?next=%2Fa%3Fb%3D1%26c\""), "{shown}");
        assert!(shown.contains("Continue with Example &#60;&#38;&#62;"), "{shown}");
        assert!(!html(&page(&without, path).await).contains("/v1/oidc/"));
    }
    let failed = html(&page(&with, "/sign-in?problem=oidc_email_taken").await);
    assert!(failed.contains("Sign in with that password"), "{failed}");
}

#[tokio::test]
async fn a_date_is_said_with_its_time_only_where_that_is_sure() {
    let world = world().await;
    world.on_sale(event_id(1), titled("Rockets v. Comets")).await;
    let open = EventDetails { time_to_be_confirmed: true, ..titled("Rockets v. Comets") };
    let position = world.on_sale(event_id(2), open).await;
    let day = "Thursday, 24 December 2026";
    for (number, said) in [(1, format!(">{day}, 19:30<")), (2, format!(">{day}<"))] {
        let path = format!("/events/{}?min-position={position}", event_id(number));
        let text = html(&page(&world, &path).await);
        assert!(text.contains(&said), "{said}: {text}");
        assert_eq!(text.contains("time to be confirmed"), number == 2, "{text}");
    }
}

#[tokio::test]
async fn a_month_leads_to_as_many_events_as_are_counted_in_it() {
    let world = world().await;
    world.on_sale(event_id(1), titled("Rockets v. Comets")).await;
    // December by UTC, and January where it takes place.
    let starts_at = "2026-12-31T23:30:00Z".parse().unwrap();
    let late = EventDetails { starts_at, ..titled("Fireworks") };
    let position = world.on_sale(event_id(2), late).await;
    let all = html(&page(&world, &format!("/search?min-position={position}")).await);
    for (month, name, title) in [
        ("2026-12", "December 2026", "Rockets v. Comets"),
        ("2027-01", "January 2027", "Fireworks"),
    ] {
        let link =
            format!("href=\"/search?month={month}\"><span>{name}</span> <span class=\"count\">1<");
        assert!(all.contains(&link), "{link}: {all}");
        let found = html(&page(&world, &format!("/search?month={month}")).await);
        assert!(found.contains("1 event<") && found.contains(title), "{month}: {found}");
    }
}
