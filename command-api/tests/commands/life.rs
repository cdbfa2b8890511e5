//! The life of bookings over HTTP, from the hold to the refund, where all goes well.

use reqwest::Method;
use reqwest::header::LOCATION;
use serde_json::{Value, json};

use crate::fixtures::{GOOD_CARD, card, hall, prices, real_hall, seats, seats_only};
use crate::money::assert_balanced;
use crate::store::{Store, on_stores};
use crate::world::World;

on_stores!(
    [sqlite, postgres],
    [
        a_booking_is_held_renewed_paid_and_given_back,
        places_of_an_area_are_held_paid_and_given_back,
        seats_are_chosen_as_wished,
        calling_an_event_off_refunds_everybody,
        new_prices_do_not_change_what_is_held,
        the_older_paths_do_the_same,
    ]
);

const PAID: [&str; 3] = ["held", "payment_started", "confirmed"];
const REFUNDED: [&str; 6] =
    ["held", "payment_started", "confirmed", "cancelled", "refund_requested", "refunded"];

async fn a_booking_is_held_renewed_paid_and_given_back(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&real_hall()).await;
    let ann = world.customer("ann");

    let reply = ann.hold(&event, &json!({"quantity": 2})).await;
    let booking = reply.booking();
    assert_eq!(reply.headers[LOCATION], format!("/v1/bookings/{booking}"));
    let head = world.journal.head().await.unwrap();
    assert_eq!(reply.headers["aisle-position"], head.to_string());
    let held = reply.expect(201);
    assert_eq!(held["position"], head);
    assert_eq!((&held["state"], &held["renewals_left"]), (&json!("held"), &json!(1)));
    assert_eq!(held["seats"].as_array().unwrap().len(), 2);
    assert_eq!(held["total"], json!({"amount": 2 * (5000 + 150), "currency": "EUR"}));
    assert_eq!(held["until"], "2026-11-23T10:10:00Z");

    world.advance(60);
    let renewed = ann.renew(&booking).await.expect(200);
    assert_eq!(renewed["until"], "2026-11-23T10:11:00Z");
    ann.renew(&booking).await.refused(409, "renewals_used_up");

    let paying = ann.pay(&booking, GOOD_CARD).await.expect(202);
    assert_eq!(paying["state"], "paying");
    let story = ["held", "renewed", "payment_started", "confirmed"];
    world.becomes(&booking, &story).await;
    ann.pay(&booking, GOOD_CARD).await.refused(409, "already_paid");
    ann.release(&booking).await.refused(409, "already_paid");

    assert_eq!(ann.cancel(&booking).await.expect(200)["state"], "cancelled");
    let rest = ["cancelled", "refund_requested", "refunded"];
    world.becomes(&booking, &[&story[..], &rest].concat()).await;
    assert_balanced(store, &world.provider.ledger()).await;
    assert_eq!(ann.cancel(&booking).await.expect(200)["state"], "cancelled");
}

async fn places_of_an_area_are_held_paid_and_given_back(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&hall()).await;
    let ann = world.customer("ann");

    let held = ann.hold(&event, &json!({"area": "Floor", "places": 3})).await.expect(201);
    let line = json!({"area": "Floor", "category": "Standing", "count": 3,
        "price": {"amount": 2500, "currency": "EUR"}});
    assert_eq!((&held["seats"], &held["places"]), (&json!([]), &json!([line])));
    let booking = held["booking_id"].as_str().unwrap();
    ann.pay(booking, GOOD_CARD).await.expect(202);
    world.becomes(booking, &PAID).await;
    assert_eq!(store.report().await.places_booked, 3);

    ann.cancel(booking).await.expect(200);
    world.becomes(booking, &REFUNDED).await;
    assert_balanced(store, &world.provider.ledger()).await;
    assert_eq!(store.report().await.places_booked, 0);
}

async fn seats_are_chosen_as_wished(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&hall()).await;
    let seats_of = |held: &Value, member: &str| -> Vec<Value> {
        held["seats"].as_array().unwrap().iter().map(|seat| seat[member].clone()).collect()
    };

    let named = world.customer("a").hold(&event, &seats(&["2-3", "2-4"])).await.expect(201);
    assert_eq!(seats_of(&named, "seat"), [json!("2-3"), json!("2-4")]);
    let wish = json!({"quantity": 3, "category": "Balcony", "together": "preferred"});
    let balcony = world.customer("b").hold(&event, &wish).await.expect(201);
    assert_eq!(seats_of(&balcony, "category"), vec![json!("Balcony"); 3]);
    let wish = json!({"quantity": 1, "max_price": {"amount": 5000, "currency": "EUR"}});
    let cheap = world.customer("c").hold(&event, &wish).await.expect(201);
    assert_eq!(seats_of(&cheap, "category"), [json!("Balcony")]);
    let wish = json!({"quantity": 2, "accessible": true});
    let accessible = world.customer("d").hold(&event, &wish).await.expect(201);
    assert_eq!(seats_of(&accessible, "seat"), [json!("W-1"), json!("W-2")]);

    let booking = named["booking_id"].as_str().unwrap();
    assert_eq!(world.customer("a").release(booking).await.expect(200)["state"], "released");
    world.customer("e").hold(&event, &seats(&["2-4"])).await.expect(201);
}

async fn calling_an_event_off_refunds_everybody(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&hall()).await;
    let mut sold = Vec::new();
    for (buyer, wish) in [
        ("ann", seats(&["1-1", "1-2"])),
        ("bob", json!({"area": "Floor", "places": 2})),
        ("eve", json!({"quantity": 4})),
    ] {
        sold.push(world.sell(&event, buyer, &wish).await);
    }
    let held = world.customer("dan").hold(&event, &seats(&["4-1"])).await.booking();

    assert_eq!(world.call_off(&event).await.expect(200)["phase"], "cancelled");
    for booking in &sold {
        world.becomes(booking, &REFUNDED).await;
    }
    world.becomes(&held, &["held", "cancelled"]).await;
    assert_balanced(store, &world.provider.ledger()).await;
    world.customer("dan").hold(&event, &seats(&["4-1"])).await.refused(409, "not_on_sale");
}

async fn new_prices_do_not_change_what_is_held(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&seats_only(2, 4)).await;
    let booking = world.customer("ann").hold(&event, &seats(&["1-1"])).await.booking();
    let list = json!({"prices": prices(&[("Stalls", 7000), ("Balcony", 5000)])});
    let path = format!("/v1/events/{event}/prices");
    assert_eq!(world.organiser().put(&path, &list).await.expect(200)["price_version"], 2);

    let paying = world.customer("ann").pay(&booking, GOOD_CARD).await.expect(202);
    assert_eq!(paying["total"]["amount"], 6150);
    world.becomes(&booking, &PAID).await;
    let newer = world.customer("bob").hold(&event, &seats(&["1-2"])).await.expect(201);
    assert_eq!((&newer["total"]["amount"], &newer["fee"]["amount"]), (&json!(7000), &json!(0)));
    assert_balanced(store, &world.provider.ledger()).await;
}

async fn the_older_paths_do_the_same(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&seats_only(2, 4)).await;
    let (ann, bob) = (world.customer("ann"), world.customer("bob"));
    let path = format!("/events/{event}/tickets/1-1");
    let [reserved, available, purchased] =
        ["reserved", "available", "purchased"].map(|status| json!({"status": status}));

    ann.patch(&path, &purchased).await.refused(409, "not_held");
    let first = ann.patch(&path, &reserved).await.expect(200);
    let again = ann.patch(&path, &reserved).await.expect(200);
    assert_eq!(first["booking_id"], again["booking_id"]);
    bob.patch(&path, &reserved).await.refused(409, "seats_taken");
    bob.patch(&path, &available).await.refused(409, "not_held");
    ann.patch(&path, &purchased).await.refused(402, "payment_required");
    assert_eq!(ann.patch(&path, &available).await.expect(200)["state"], "released");

    let booking = bob.patch(&path, &reserved).await.booking();
    let mut payment = card(GOOD_CARD);
    payment["booking_id"] = json!(booking);
    ann.post("/payment/", &payment).await.refused(404, "booking_not_found");
    bob.post("/payment/", &payment).await.expect(202);
    world.becomes(&booking, &PAID).await;
    assert_eq!(bob.patch(&path, &purchased).await.expect(200)["state"], "confirmed");
    bob.patch(&path, &available).await.refused(409, "already_paid");
    assert_balanced(store, &world.provider.ledger()).await;
}

#[tokio::test]
async fn a_guest_is_given_a_token_and_can_book() {
    let store = Store::sqlite().await;
    let world = World::open(&store).await;
    let event = world.on_sale(&hall()).await;
    let guest = world.nobody().bare(Method::POST, "/v1/tokens/guest").await.expect(201);
    let guest = world.bearer(guest["token"].as_str().unwrap());
    guest.hold(&event, &seats(&["1-1"])).await.expect(201);
    guest.post("/v1/events", &hall()).await.refused(403, "role_missing");
}
