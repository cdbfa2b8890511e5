//! Bookings, and who sees them.

use aisle_domain::actor::Role;
use aisle_domain::booking::BookingFact;
use aisle_domain::stream::StreamId;
use aisle_domain::testing::{ORGANISER, booking_id, event_id, payment_id, refund_id};
use serde_json::json;

use super::world::World;

/// Bob holds two seats. Returns the path of his booking and the position.
async fn held(world: &World) -> (String, u64) {
    let (event, booking) = (event_id(1), booking_id(1));
    world.on_sale_with_seats(event).await;
    let position = world.hold(event, booking, "bob", &["1-1", "1-2"]).await;
    (format!("/v1/bookings/{booking}"), position)
}

#[tokio::test]
async fn the_buyer_sees_what_is_ordered_and_until_when_it_is_held() {
    let world = World::new().await;
    let (path, position) = held(&world).await;
    let path = format!("{path}?min-position={position}");
    let got = world.get_as("bob", Role::Customer, &path).await;
    assert_eq!((got.position(), got.header("cache-control")), (position, "private, no-store"));
    let booking = got.json();
    assert_eq!(booking["booking_id"], json!(booking_id(1)));
    assert_eq!(booking["event_id"], json!(event_id(1)));
    assert_eq!(json!([booking["state"], booking["buyer"]]), json!(["held", "bob"]));
    let price = json!({"amount": 6000, "currency": "EUR"});
    assert_eq!(booking["seats"][1], json!({"seat": "1-2", "category": "Stalls", "price": price}));
    assert_eq!(booking["places"], json!([]));
    assert_eq!(booking["total"], json!({"amount": 12300, "currency": "EUR"}));
    assert_eq!(booking["until"], "2026-11-23T10:10:00Z");
    assert_eq!(json!([booking["renewals_left"], booking["payments"]]), json!([1, []]));
}

#[tokio::test]
async fn the_money_is_followed_to_its_end() {
    let world = World::new().await;
    let (path, _) = held(&world).await;
    let payment = payment_id(1);
    let facts = [
        BookingFact::PaymentStarted {
            payment_id: payment,
            method: "tok_secret".into(),
            amount: 12300,
        },
        BookingFact::Confirmed { payment_id: payment, late: false },
        BookingFact::Cancelled { reason: "ill".into() },
        BookingFact::RefundRequested {
            refund_id: refund_id(1),
            payment_id: payment,
            amount: 12300,
            reason: "cancelled".into(),
        },
    ];
    let stream = StreamId::booking(booking_id(1));
    let facts = facts.into_iter().map(|fact| (stream.clone(), fact.into())).collect();
    let position = world.append(event_id(1), facts).await;
    let path = format!("{path}?min-position={position}");
    let got = world.get_as("bob", Role::Customer, &path).await;
    let booking = got.json();
    assert_eq!(json!([booking["state"], booking["cancelled"]]), json!(["cancelled", "ill"]));
    assert_eq!(json!([booking["until"], booking["renewals_left"]]), json!([null, 0]));
    assert_eq!(booking["payment_id"], json!(payment));
    let amount = json!({"amount": 12300, "currency": "EUR"});
    let refund = json!({"refund_id": refund_id(1), "amount": amount, "reason": "cancelled"});
    let expected =
        json!({"payment_id": payment, "amount": amount, "state": "refunding", "refund": refund});
    assert_eq!(booking["payments"], json!([expected]));
    assert!(!String::from_utf8_lossy(&got.body).contains("tok_secret"));
}

#[tokio::test]
async fn the_organiser_of_the_event_and_admins_see_it_and_nobody_else() {
    let world = World::new().await;
    let (path, position) = held(&world).await;
    let path = format!("{path}?min-position={position}");
    for (name, role) in [(ORGANISER, Role::Organiser), ("ada", Role::Admin)] {
        assert_eq!(world.get_as(name, role, &path).await.json()["buyer"], "bob");
    }
    let none = path.replace(&booking_id(1).to_string(), &booking_id(9).to_string());
    let missing = world.get_as("eve", Role::Customer, &none).await;
    assert_eq!(missing.problem(), (404, "booking_not_found".into()));
    let strangers = [
        ("eve", Role::Customer),
        ("otto", Role::Organiser),
        (ORGANISER, Role::Customer),
        ("ann", Role::Analyst),
    ];
    for (name, role) in strangers {
        let hidden = world.get_as(name, role, &path).await;
        let (mut theirs, mut none) = (hidden.document(), missing.document());
        // The id of the request is another, of course.
        (theirs["trace_id"], none["trace_id"]) = (json!(null), json!(null));
        assert_eq!((hidden.status, theirs), (missing.status, none), "{name}");
    }
}

#[tokio::test]
async fn nobody_sees_bookings_without_a_token() {
    let world = World::new().await;
    for path in ["/v1/bookings".to_owned(), format!("/v1/bookings/{}", booking_id(1))] {
        assert_eq!(world.get(&path).await.problem(), (401, "token_missing".into()));
    }
}

#[tokio::test]
async fn ones_own_bookings_come_newest_first_and_page_by_page() {
    let world = World::new().await;
    let event = event_id(1);
    world.on_sale_with_seats(event).await;
    let mut position = 0;
    for (number, seat) in (1..).zip(["1-1", "1-2", "1-3", "1-4", "1-5"]) {
        let buyer = if number == 3 { "eve" } else { "bob" };
        position = world.hold(event, booking_id(number), buyer, &[seat]).await;
    }
    let mut path = format!("/v1/bookings?limit=2&min-position={position}");
    let mut pages = Vec::new();
    loop {
        let got = world.get_as("bob", Role::Customer, &path).await;
        let page = got.json();
        let ids =
            page["bookings"].as_array().unwrap().iter().map(|each| each["booking_id"].clone());
        pages.push(ids.collect::<Vec<_>>());
        assert_eq!(page["next"].is_null(), got.next().is_none());
        match got.next() {
            Some(next) => path = next,
            None => break,
        }
    }
    let id = |number| json!(booking_id(number));
    assert_eq!(pages, [[id(5), id(4)], [id(2), id(1)]]);
    let none = world.get_as("zoe", Role::Customer, "/v1/bookings").await.json();
    assert_eq!(none, json!({"bookings": [], "next": null}));
}

#[tokio::test]
async fn what_is_wrong_with_a_list_or_an_id_is_named() {
    let world = World::new().await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("after=last", "after"),
        ("offset=3", "offset"),
        ("min-position=x", "min-position"),
    ] {
        let got = world.get_as("bob", Role::Customer, &format!("/v1/bookings?{query}")).await;
        assert_eq!(got.problem(), (400, "invalid_query".into()));
        assert_eq!(got.wrong_field(), field, "{query}");
    }
    let got = world.get_as("bob", Role::Customer, "/v1/bookings/77").await;
    assert_eq!(
        (got.problem(), got.wrong_field()),
        ((400, "invalid_path".into()), "booking_id".into())
    );
}
