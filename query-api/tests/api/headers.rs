//! With which headers browsers are answered: pages, parts of pages, files and ways to pages.

use std::sync::Arc;

use aisle_domain::actor::Role;
use aisle_domain::booking::BookingFact;
use aisle_domain::stream::StreamId;
use aisle_domain::testing::{booking_id, event_id, payment_id, subject};
use aisle_infra::clock::SystemClock;
use aisle_infra::http::auth::{BookingLink, Holder, TokenIssuer};
use aisle_infra::secret::{Key, Secret};
use axum::body::Body;
use axum::http::Request;
use axum::http::header::{ACCEPT, AUTHORIZATION, STRICT_TRANSPORT_SECURITY};
use jiff::SignedDuration;

use super::site::{BROWSER, html, page_as, world};
use super::world::{Got, World};

/// That of the world's tokens.
const KEY: Key = Secret::new([7; 32]);

/// A world in which bob has two seats, and every address that he is shown a page at.
async fn of_bob() -> (World, Vec<String>) {
    let world = world().await;
    let (event, booking) = (event_id(1), booking_id(1));
    world.on_sale_with_seats(event).await;
    world.hold(event, booking, "bob", &["1-1", "1-2"]).await;
    let (payment_id, amount) = (payment_id(1), 12_300);
    let paid = [
        BookingFact::PaymentStarted { payment_id, method: "card".into(), amount },
        BookingFact::Confirmed { payment_id, late: false },
    ];
    let stream = StreamId::booking(booking);
    let facts = paid.into_iter().map(|fact| (stream.clone(), fact.into())).collect();
    let position = world.append(event, facts).await;
    // Whoever has seen it need not wait for it again.
    let first = as_bob(&world, &format!("/bookings?min-position={position}"), "http").await;
    assert_eq!(first.status, 200);
    let paths = [
        "/".to_owned(),
        "/search".to_owned(),
        format!("/search?min-position={position}"),
        format!("/events/{event}?min-position={position}"),
        format!("/events/{event}/seats"),
        "/bookings".to_owned(),
        format!("/bookings/{booking}"),
        format!("/bookings/{booking}/cancel"),
        "/account".to_owned(),
        "/sign-in".to_owned(),
        "/sign-up".to_owned(),
        "/nothing/here".to_owned(),
        "/events/none".to_owned(),
    ];
    (world, paths.into())
}

fn issuer() -> TokenIssuer {
    TokenIssuer::new(&KEY, Arc::new(SystemClock))
}

/// What bob's browser gets, who has an account, by a scheme.
async fn as_bob(world: &World, path: &str, scheme: &str) -> Got {
    let (subject, email) = (subject("bob"), Some("bob@example.org"));
    let holder = Holder { subject: &subject, roles: &[Role::Customer], email, name: None };
    let token = issuer().issue_to(holder, SignedDuration::from_hours(1)).unwrap();
    let request = Request::get(path).header(ACCEPT, BROWSER).header("x-forwarded-proto", scheme);
    let request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    world.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_page_is_sent_with_the_headers_that_keep_it_to_itself() {
    let (world, paths) = of_bob().await;
    for path in paths {
        let got = as_bob(&world, &path, "http").await;
        let text = html(&got);
        let policy = got.header("content-security-policy");
        assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{path}");
        assert_eq!(got.header("cache-control"), "private, no-store", "{path}");
        assert_eq!(got.header("vary"), "Accept, Cookie", "{path}");
        is_kept_apart(&got, &path);
        assert_eq!(text.starts_with("<!doctype html>"), !path.ends_with("/seats"), "{path}");
    }
}

#[tokio::test]
async fn the_documentation_keeps_to_itself_as_well() {
    let world = world().await;
    let got = as_bob(&world, "/docs", "http").await;
    let policy = got.header("content-security-policy");
    assert!(policy.contains("script-src 'self';") && policy.contains("form-action 'none'"));
    assert_eq!(got.header("cache-control"), "no-cache");
    is_kept_apart(&got, "/docs");
}

/// What all have that a browser shows.
fn is_kept_apart(got: &Got, path: &str) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        let said: Vec<_> = got.headers.get_all(name).iter().collect();
        assert_eq!(said, [value], "{path}: {name}");
    }
    assert!(got.header("permissions-policy").contains("camera=()"), "{path}");
    assert!(got.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
}

#[tokio::test]
async fn whoever_came_by_tls_is_told_once_to_stay_with_it_and_nobody_else_is() {
    let (world, mut paths) = of_bob().await;
    paths.extend(["/docs".to_owned(), format!("/v1/events/{}", event_id(1))]);
    for path in &paths {
        for (scheme, told) in [("https", 1), ("http", 0), ("", 0)] {
            let got = as_bob(&world, path, scheme).await;
            let said = got.headers.get_all(STRICT_TRANSPORT_SECURITY).iter().count();
            assert_eq!(said, told, "{path} by {scheme}");
        }
    }
}

#[tokio::test]
async fn a_file_for_calendars_is_no_page() {
    let (world, _) = of_bob().await;
    let path = format!("/events/{}/calendar.ics", event_id(1));
    let got = as_bob(&world, &path, "http").await;
    assert_eq!(got.header("content-type"), "text/calendar; charset=utf-8");
    assert_eq!(got.header("x-content-type-options"), "nosniff");
    assert_eq!(got.header("content-security-policy"), "frame-ancestors 'none'");
}

#[tokio::test]
async fn no_other_page_is_told_of_the_link_in_a_letter() {
    let (world, _) = of_bob().await;
    let link = BookingLink {
        booking: booking_id(1),
        subject: subject("bob"),
        expires: "2100-01-01T00:00:00Z".parse().unwrap(),
    };
    let path = format!("/bookings/link/{}", issuer().booking_link(&link).unwrap());
    let got = page_as(&world, "eve", &path).await;
    assert_eq!(got.status, 303);
    assert_eq!(got.header("location"), format!("/bookings/{}", booking_id(1)));
    assert_eq!(got.header("referrer-policy"), "no-referrer");
    assert_eq!(got.header("cache-control"), "private, no-store");
    let cookie = got.header("set-cookie");
    assert!(cookie.starts_with("__Host-") && cookie.contains("HttpOnly"), "{cookie}");
}
