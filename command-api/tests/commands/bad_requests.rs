//! Requests that make no sense: each is answered by its own code, and changes nothing.

use aisle_command_api::router;
use aisle_infra::http::{Limits, harden};
use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::fixtures::{card, hall, seats, seats_only};
use crate::person::{Person, send};
use crate::store::Store;
use crate::world::World;

const JSON: &str = "application/json";
const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

/// An event on sale with a booking of Ann's.
struct Shop {
    world: World,
    event: String,
    ann: Person,
    booking: String,
    store: Store,
}

impl Shop {
    async fn open() -> Self {
        let store = Store::sqlite().await;
        let world = World::open(&store).await;
        let event = world.on_sale(&hall()).await;
        let ann = world.customer("ann");
        let booking = ann.hold(&event, &seats(&["4-1"])).await.booking();
        Self { world, event, ann, booking, store }
    }

    fn bookings(&self) -> String {
        format!("/v1/events/{}/bookings", self.event)
    }

    async fn close(self) {
        self.store.report().await.assert_sound();
        self.store.close().await;
    }
}

#[tokio::test]
async fn a_body_must_be_json_of_the_right_shape_and_size() {
    let shop = Shop::open().await;
    let path = shop.bookings();
    for (kind, body, status, code, field) in [
        (JSON, &b"{\"seats\":"[..], 400, "malformed_json", ""),
        (JSON, b"", 400, "malformed_json", ""),
        (JSON, b"{} trailing", 400, "malformed_json", ""),
        (JSON, b"\xff\xfe", 400, "malformed_json", ""),
        (JSON, br#"{"seats":["1-1"],"discount":100}"#, 422, "invalid_body", "/discount"),
        (JSON, br#"{"seats":"1-1"}"#, 422, "invalid_body", "/seats"),
        (JSON, br#"{"seats":[1]}"#, 422, "invalid_body", "/seats/0"),
        (JSON, br#"{"quantity":-1}"#, 422, "invalid_body", "/quantity"),
        (JSON, br#"{"quantity":2,"together":"maybe"}"#, 422, "invalid_body", "/together"),
        (JSON, br#"{"quantity":4294967296}"#, 422, "invalid_body", "/quantity"),
        // By position it would hold a seat.
        (JSON, br#"[["1-1"]]"#, 422, "invalid_body", ""),
        ("text/plain", br#"{"seats":["1-1"]}"#, 415, "unsupported_media_type", ""),
        ("multipart/form-data; boundary=x", b"--x--", 415, "unsupported_media_type", ""),
    ] {
        let sent = async { shop.ann.post_raw(&path, kind, body.to_vec()).await };
        let problem = shop.world.refuses(sent, status, code).await;
        if !field.is_empty() {
            problem.at(field);
        }
    }
    shop.close().await;
}

#[tokio::test]
async fn a_body_is_taken_uncompressed_only() {
    let shop = Shop::open().await;
    for (kind, body) in [(JSON, r#"{"seats":["1-1"]}"#), ("text/json", "{}")] {
        let request = shop.ann.request(Method::POST, &shop.bookings());
        let request = request.header("idempotency-key", "1").header(CONTENT_TYPE, kind);
        let request = request.header(CONTENT_ENCODING, "gzip").body(body);
        let code =
            if kind == JSON { "unsupported_content_encoding" } else { "unsupported_media_type" };
        shop.world.refuses(send(request), 415, code).await;
    }
    shop.close().await;
}

/// Without a network between: there the answer races with the broken-off upload.
#[tokio::test]
async fn a_body_of_ten_megabytes_is_too_large_everywhere() {
    let shop = Shop::open().await;
    let app = harden(router(shop.world.api.clone()), Limits::default());
    let token = shop.ann.token.clone().unwrap();
    for path in [&*shop.bookings(), "/v1/events", "/v1/payments/webhook"] {
        let request = Request::post(path)
            .header(CONTENT_TYPE, JSON)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .header("idempotency-key", "1")
            .body(Body::from(vec![b' '; 10 * 1024 * 1024]));
        let response = app.clone().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
    shop.close().await;
}

#[tokio::test]
async fn what_is_named_must_exist() {
    let shop = Shop::open().await;
    let (world, ann) = (&shop.world, &shop.ann);
    let wish = seats(&["1-1"]);
    world.refuses(ann.hold(NO_ID, &wish), 404, "event_not_found").await;
    world.refuses(ann.hold("no-uuid", &wish), 400, "invalid_path").await.at("event_id");
    world.refuses(ann.renew(NO_ID), 404, "booking_not_found").await;
    world.refuses(ann.renew("no-uuid"), 400, "invalid_path").await.at("booking_id");
    world.refuses(ann.release(NO_ID), 404, "booking_not_found").await;
    world.refuses(ann.cancel(NO_ID), 404, "booking_not_found").await;
    world.refuses(ann.pay(NO_ID, "4242424242424242"), 404, "booking_not_found").await;
    world.refuses(world.run(NO_ID, "publish"), 404, "event_not_found").await;
    world.refuses(world.run("no-uuid", "publish"), 400, "invalid_path").await;
    let path = format!("/events/{NO_ID}/tickets/1-1");
    let reserve = json!({"status": "reserved"});
    world.refuses(ann.patch(&path, &reserve), 404, "event_not_found").await;
    let path = format!("/events/{}/tickets/9-9", shop.event);
    world.refuses(ann.patch(&path, &reserve), 422, "seats_unknown").await;
    let lent = json!({"status": "lent"});
    world.refuses(ann.patch(&path, &lent), 422, "invalid_body").await.at("/status");
    world.refuses(ann.bare(Method::GET, &shop.bookings()), 405, "method_not_allowed").await;
    world.refuses(ann.bare(Method::POST, "/v1/nothing"), 404, "not_found").await;
    shop.close().await;
}

#[tokio::test]
async fn a_wish_must_be_clear_and_within_reason() {
    let shop = Shop::open().await;
    let other = shop.world.on_sale(&seats_only(30, 10)).await;
    assert_ne!(other, shop.event);
    let cent = json!({"amount": 1, "currency": "EUR"});
    let places_with = |name: &str, value: Value| {
        let mut wish = json!({"area": "Floor", "places": 1});
        wish[name] = value;
        wish
    };
    let nine: Vec<String> = (1..=9).map(|seat| format!("1-{seat}")).collect();
    for (wish, status, code, field) in [
        (json!({}), 422, "wish_unclear", "/seats"),
        (json!({"seats": ["1-1"], "quantity": 1}), 422, "wish_unclear", "/seats"),
        (json!({"quantity": 1, "area": "Floor", "places": 1}), 422, "wish_unclear", "/seats"),
        (json!({"area": "Floor"}), 422, "wish_unclear", "/seats"),
        (json!({"places": 2}), 422, "wish_unclear", "/seats"),
        // What would be passed over otherwise.
        (json!({"seats": ["1-1"], "category": "Stalls"}), 422, "wish_unclear", "/category"),
        (json!({"seats": ["1-1"], "max_price": cent}), 422, "wish_unclear", "/max_price"),
        (places_with("category", json!("Balcony")), 422, "wish_unclear", "/category"),
        (places_with("max_price", cent.clone()), 422, "wish_unclear", "/max_price"),
        (places_with("accessible", json!(true)), 422, "wish_unclear", "/accessible"),
        (json!({"seats": []}), 422, "seat_count", "/seats"),
        (json!({"seats": nine}), 422, "seat_count", "/seats"),
        (json!({"quantity": 0}), 422, "seat_count", "/quantity"),
        (json!({"quantity": 9}), 422, "seat_count", "/quantity"),
        (json!({"area": "Floor", "places": 0}), 422, "seat_count", "/places"),
        (json!({"area": "Floor", "places": 9}), 422, "seat_count", "/places"),
        (seats(&["1-1", "1-2", "1-1"]), 422, "seats_repeated", "/seats"),
        (seats(&["1-1", "9-9"]), 422, "seats_unknown", "/seats"),
        // A seat that only the other event has.
        (seats(&["30-1"]), 422, "seats_unknown", "/seats"),
        (seats(&[""]), 422, "seats_unknown", "/seats"),
        (json!({"area": "Roof", "places": 1}), 422, "area_unknown", "/area"),
        (json!({"quantity": 1, "category": "Royal"}), 422, "nothing_like_it", ""),
        (
            json!({"quantity": 1, "max_price": {"amount": 1, "currency": "EUR"}}),
            422,
            "nothing_like_it",
            "",
        ),
        (
            json!({"quantity": 1, "max_price": {"amount": 1, "currency": "XYZ"}}),
            422,
            "invalid_body",
            "/max_price/currency",
        ),
        (
            json!({"quantity": 1, "max_price": {"amount": 99.5, "currency": "EUR"}}),
            422,
            "invalid_body",
            "/max_price/amount",
        ),
        (seats(&["W-1"]), 409, "seats_kept_accessible", ""),
    ] {
        let sent = async { shop.world.customer("bob").hold(&shop.event, &wish).await };
        let problem = shop.world.refuses(sent, status, code).await;
        if !field.is_empty() {
            problem.at(field);
        }
    }
    shop.close().await;
}

#[tokio::test]
async fn a_price_limit_in_another_currency_is_refused() {
    let shop = Shop::open().await;
    let wish = json!({"quantity": 1, "max_price": {"amount": 5000, "currency": "JPY"}});
    let sent = async { shop.world.customer("bob").hold(&shop.event, &wish).await };
    let problem = shop.world.refuses(sent, 422, "wrong_currency").await;
    problem.at("/max_price/currency");
    shop.close().await;
}

#[tokio::test]
async fn a_buyer_cannot_have_more_than_the_limit() {
    let shop = Shop::open().await;
    let (world, ann) = (&shop.world, &shop.ann);
    ann.hold(&shop.event, &json!({"area": "Floor", "places": 6})).await.expect(201);
    let sent = async { ann.hold(&shop.event, &json!({"quantity": 2})).await };
    let problem = world.refuses(sent, 409, "limit_per_buyer").await;
    assert_eq!((&problem.0["limit"], &problem.0["already"]), (&json!(8), &json!(7)));
    ann.hold(&shop.event, &json!({"quantity": 1})).await.expect(201);
    shop.close().await;
}

#[tokio::test]
async fn taken_seats_are_named() {
    let shop = Shop::open().await;
    let bob = shop.world.customer("bob");
    let sent = async { bob.hold(&shop.event, &seats(&["4-2", "4-1", "4-3"])).await };
    let problem = shop.world.refuses(sent, 409, "seats_taken").await;
    assert_eq!(problem.0["seats"], json!(["4-1"]));
    let sent =
        async { bob.hold(&shop.event, &json!({"quantity": 8, "category": "Wheelchair"})).await };
    shop.world.refuses(sent, 422, "nothing_like_it").await;
    let accessible = json!({"quantity": 3, "accessible": true});
    shop.world.refuses(bob.hold(&shop.event, &accessible), 409, "none_left").await;
    shop.close().await;
}

#[tokio::test]
async fn a_card_must_be_one_that_can_be_good() {
    let shop = Shop::open().await;
    let path = format!("/v1/bookings/{}/payment", shop.booking);
    let with = |member: &str, value: Value| {
        let mut body = card("4242424242424242");
        body["card"][member] = value;
        body
    };
    for (body, code, field) in [
        (with("number", json!("4242424242424241")), "card_invalid", "/card/number"),
        (with("number", json!("4242")), "card_invalid", "/card/number"),
        (with("number", json!("")), "card_invalid", "/card/number"),
        (with("number", json!("4242x4242 4242 4242")), "card_invalid", "/card/number"),
        (with("number", json!(4_242_424_242_424_242_u64)), "invalid_body", "/card/number"),
        (with("expiry", json!("13/30")), "card_invalid", "/card/expiry"),
        (with("expiry", json!("soon")), "card_invalid", "/card/expiry"),
        (with("expiry", json!("10/26")), "card_expired", "/card/expiry"),
        (with("pin", json!("1234")), "invalid_body", "/card/pin"),
        (json!({}), "invalid_body", "/card"),
    ] {
        let problem = shop.world.refuses(shop.ann.post(&path, &body), 422, code).await;
        problem.at(field);
    }
    shop.close().await;
}

#[tokio::test]
async fn a_key_must_be_there_and_valid() {
    let shop = Shop::open().await;
    let (world, ann) = (&shop.world, &shop.ann);
    let pay = format!("/v1/bookings/{}/payment", shop.booking);
    for (path, body) in [
        (shop.bookings(), seats(&["1-1"])),
        (pay, card("4242424242424242")),
        ("/v1/events".to_owned(), hall()),
    ] {
        let person = if path == "/v1/events" { world.organiser() } else { ann.clone() };
        let without = send(person.request(Method::POST, &path).json(&body));
        world.refuses(without, 400, "idempotency_key_missing").await;
        for key in ["", "with blank", &"x".repeat(129)] {
            let sent = async { person.post_as(key, &path, &body).await };
            world.refuses(sent, 400, "idempotency_key_invalid").await;
        }
    }
    shop.close().await;
}

#[tokio::test]
async fn a_reason_may_be_left_out_but_not_be_endless() {
    let shop = Shop::open().await;
    let path = format!("/v1/bookings/{}/cancel", shop.booking);
    for (reason, code, field) in [
        (json!({"reason": "x".repeat(201)}), "invalid_body", "/reason"),
        (json!({"reason": "line\nbreak"}), "invalid_body", "/reason"),
        (json!({"why": "x"}), "invalid_body", "/why"),
    ] {
        shop.world.refuses(shop.ann.post(&path, &reason), 422, code).await.at(field);
    }
    let empty = shop.ann.request(Method::POST, &path).header(CONTENT_TYPE, JSON).body("");
    shop.world.refuses(send(empty), 400, "malformed_json").await;
    let called_off = shop.ann.post(&path, &json!({"reason": "I am ill."})).await.expect(200);
    assert_eq!(called_off["state"], "cancelled");
    shop.close().await;
}
