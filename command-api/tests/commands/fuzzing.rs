//! Whatever a form says, it is answered 303 with a place of this site, and no fault of ours.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::header::LOCATION;
use tokio::runtime::Handle;

use crate::fixtures::hall;
use crate::forms::{Browser, encode};
use crate::person::fresh_key;
use crate::store::Store;
use crate::world::World;

const BOOKING: &str = "00000000-0000-7000-8000-000000000000";

/// How many forms are sent to each route.
const CASES: u32 = 48;

/// Values that mean something somewhere, and some that mean nothing anywhere.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("1-1,1-2".to_owned()),
        Just("99999999999999999999".to_owned()),
        Just("//evil.example/{id}".to_owned()),
        Just("/{id}?a=b#c".to_owned()),
        Just("ada@example.org".to_owned()),
        Just("4242 4242 4242 4242".to_owned()),
        Just("Floor".to_owned()),
        "[0-9.,/-]{0,12}",
        any::<String>(),
        "\\PC{0,300}",
    ]
}

fn fields(names: &'static [&'static str]) -> impl Strategy<Value = Vec<(String, String)>> {
    let ours = ["next", "back", "idempotency_key"];
    let known: Vec<_> = names.iter().copied().chain(ours).map(str::to_owned).collect();
    let name = prop_oneof![9 => prop::sample::select(known), 1 => any::<String>()];
    prop::collection::vec((name, value()), 0..8)
}

/// Where the form leads to: a page of this site.
fn is_led_on(
    browser: &Browser,
    path: &str,
    body: impl Into<reqwest::Body>,
) -> Result<(), TestCaseError> {
    let response = Handle::current().block_on(browser.post(path, body));
    prop_assert_eq!(response.status().as_u16(), 303, "{}", path);
    let place = response.headers()[LOCATION].to_str().unwrap();
    prop_assert!(place.starts_with('/') && !place.starts_with("//"), "{}", place);
    prop_assert!(!place.contains("problem=internal"), "{}", place);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_form_breaks_anything() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let event = world.on_sale(&hall()).await;
    let hold = format!("/v1/events/{event}/bookings");
    let of_booking = |step: &str| format!("/v1/bookings/{BOOKING}/{step}");
    let wish: &'static [&'static str] =
        &["seats", "quantity", "category", "max_price", "together", "accessible", "area", "places"];
    let routes: [(String, &'static [&'static str]); 10] = [
        (hold, wish),
        (of_booking("renew"), &[]),
        (of_booking("release"), &[]),
        (of_booking("cancel"), &["reason"]),
        (of_booking("payment"), &["number", "expiry", "cvc"]),
        (of_booking("contact"), &["email", "name"]),
        ("/v1/sessions/guest".to_owned(), &[]),
        ("/v1/accounts".to_owned(), &["email", "name", "password"]),
        ("/v1/sessions".to_owned(), &["email", "password"]),
        ("/v1/accounts/me/erase".to_owned(), &["password"]),
    ];
    let mut browser = world.browser();
    browser.submit("/v1/sessions/guest", &[]).await;
    tokio::task::block_in_place(|| {
        for (path, names) in routes {
            let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
            let sent = TestRunner::new(config).run(&fields(names), |mut fields| {
                if !fields.iter().any(|(name, _)| name == "idempotency_key") {
                    fields.push(("idempotency_key".to_owned(), fresh_key()));
                }
                is_led_on(&browser, &path, encode(&fields))
            });
            sent.unwrap_or_else(|failure| panic!("{path}: {failure}"));
        }
    });
    store.report().await.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_no_form_break_nothing() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    tokio::task::block_in_place(|| {
        let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
        let bytes = prop::collection::vec(any::<u8>(), 0..400);
        let sent = TestRunner::new(config)
            .run(&bytes, |bytes| is_led_on(&world.browser(), "/v1/sessions", bytes));
        sent.unwrap();
    });
}

#[tokio::test]
async fn a_form_that_is_too_large_leads_back_and_is_not_read() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let mut browser = world.browser();
    let large = "x".repeat(1024 * 1024);
    let led = browser.submit("/v1/sessions", &[("email", &large)]).await;
    assert_eq!(led.to, "/?problem=body_too_large");
}

/// What another person's booking is to whoever asks: nothing.
#[tokio::test]
async fn another_persons_booking_is_not_there_for_any_form() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let event = world.on_sale(&hall()).await;
    let wish = crate::fixtures::seats(&["1-1"]);
    let booking = world.customer("ann").hold(&event, &wish).await.booking();
    let mut browser = world.browser();
    browser.submit(&format!("/v1/events/{event}/bookings"), &[("seats", "2-1")]).await;
    let (card, address) = (("number", crate::fixtures::GOOD_CARD), ("email", "a@b.example"));
    for (step, field) in [
        ("renew", None),
        ("release", None),
        ("cancel", None),
        ("payment", Some(card)),
        ("contact", Some(address)),
    ] {
        let path = format!("/v1/bookings/{booking}/{step}");
        let led = browser.submit(&path, field.as_slice()).await;
        assert_eq!(led.to, "/?problem=booking_not_found", "{step}");
    }
    assert_eq!(world.story(&booking).await, ["held"]);
}
