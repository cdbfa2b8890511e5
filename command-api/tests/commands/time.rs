//! Deadlines: a lapsed hold is free in the decision itself, the process managers record that it
//! has expired, and a restart forgets none.

use aisle_infra::payment::test::TestCard;
use futures::future::join_all;
use serde_json::json;

use crate::fixtures::{GOOD_CARD, floor_only, hall, seats, seats_only};
use crate::money::assert_balanced;
use crate::store::{Store, on_stores};
use crate::world::{LATE, Setup, Work, World, eventually};

on_stores!(
    [sqlite, postgres],
    [
        a_lapsed_hold_is_free_although_nobody_has_recorded_it,
        lapsed_holds_of_a_full_house_are_free,
        a_hold_that_lapses_is_recorded_as_expired,
        a_renewed_hold_lapses_at_its_new_deadline,
        a_restart_forgets_no_deadline,
        whatever_comes_first_the_money_is_answered,
    ]
);

async fn idle(store: &Store) -> World {
    World::start(store, Setup { work: Work::LeftUndone, ..Setup::default() }).await
}

async fn a_lapsed_hold_is_free_although_nobody_has_recorded_it(store: &Store) {
    let world = idle(store).await;
    let event = world.on_sale(&hall()).await;
    let (ann, bob) = (world.customer("ann"), world.customer("bob"));
    let (wish, places) = (seats(&["1-1"]), json!({"area": "Floor", "places": 2}));
    let booking = ann.hold(&event, &wish).await.booking();
    ann.hold(&event, &places).await.expect(201);

    // The deadline that Ann was told has passed, but her last click may be on its way.
    world.advance(604);
    bob.hold(&event, &wish).await.refused(409, "seats_taken");
    world.advance(1);
    ann.pay(&booking, GOOD_CARD).await.refused(410, "hold_expired");
    ann.renew(&booking).await.refused(410, "hold_expired");
    bob.hold(&event, &wish).await.expect(201);
    assert_eq!(world.story(&booking).await, ["held"], "nobody has recorded it");
    ann.pay(&booking, GOOD_CARD).await.refused(410, "hold_expired");
}

async fn lapsed_holds_of_a_full_house_are_free(store: &Store) {
    let world = idle(store).await;
    let event = world.on_sale(&seats_only(1, 4)).await;
    let floor = world.on_sale(&floor_only(4)).await;
    let (four, places) = (json!({"quantity": 4}), json!({"area": "Floor", "places": 4}));
    for (buyer, seconds) in [("ann", 605), ("bob", 605), ("eve", 0)] {
        let buyer = world.customer(buyer);
        buyer.hold(&event, &four).await.expect(201);
        buyer.hold(&floor, &places).await.expect(201);
        world.advance(seconds);
    }
    world.customer("dan").hold(&event, &four).await.refused(409, "none_left");
    world.customer("dan").hold(&floor, &places).await.refused(409, "too_few_places_left");
}

async fn a_hold_that_lapses_is_recorded_as_expired(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&hall()).await;
    let ann = world.customer("ann");
    let mut bookings = Vec::new();
    for wish in [seats(&["1-1", "1-2"]), json!({"area": "Floor", "places": 2})] {
        bookings.push(ann.hold(&event, &wish).await.booking());
        world.advance(60);
    }
    let paid = world.sell(&event, "bob", &seats(&["2-1"])).await;
    world.advance(605 - 120);
    world.becomes(&bookings[0], &["held", "expired"]).await;
    assert_eq!(world.story(&bookings[1]).await, ["held"]);
    world.advance(60);
    world.becomes(&bookings[1], &["held", "expired"]).await;
    world.advance(6_000);
    world.rests().await;
    assert_eq!(world.story(&paid).await, ["held", "payment_started", "confirmed"]);
    let report = store.report().await;
    assert_eq!((report.seats_held, report.places_held, report.seats_booked), (0, 0, 1));
}

async fn a_renewed_hold_lapses_at_its_new_deadline(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&hall()).await;
    let ann = world.customer("ann");
    let booking = ann.hold(&event, &seats(&["1-1"])).await.booking();
    world.advance(300);
    ann.renew(&booking).await.expect(200);
    world.advance(604);
    world.customer("bob").hold(&event, &seats(&["1-1"])).await.refused(409, "seats_taken");
    world.rests().await;
    assert_eq!(world.story(&booking).await, ["held", "renewed"]);
    world.advance(1);
    world.becomes(&booking, &["held", "renewed", "expired"]).await;
}

async fn a_restart_forgets_no_deadline(store: &Store) {
    let world = World::open(store).await;
    let clock = world.clock.clone();
    let event = world.on_sale(&hall()).await;
    let mut bookings = Vec::new();
    for buyer in ["ann", "bob", "eve"] {
        bookings.push(world.customer(buyer).hold(&event, &json!({"quantity": 2})).await.booking());
        world.advance(100);
    }
    drop(world);

    // One deadline passes while nobody is there, the others afterwards.
    clock.advance(jiff::SignedDuration::from_secs(605 - 300));
    let world = World::start(store, Setup { clock, seed: 2, ..Setup::default() }).await;
    for booking in &bookings {
        world.becomes(booking, &["held", "expired"]).await;
        world.advance(100);
    }
}

/// Buyers pay by cards of every speed, some give up, and meanwhile all holds lapse.
async fn whatever_comes_first_the_money_is_answered(store: &Store) {
    let world = World::open(store).await;
    let mut event = seats_only(4, 10);
    event["hold_seconds"] = json!(5);
    let event = world.on_sale(&event).await;
    let cards = [TestCard::Success, TestCard::Slow, TestCard::Duplicate, TestCard::Late];
    let buyers = (0..40_usize).map(|number| {
        let (world, event) = (&world, &event);
        async move {
            let buyer = world.customer(&format!("buyer-{number}"));
            let booking = buyer.hold(event, &json!({"quantity": 1})).await.booking();
            let paid = buyer.pay(&booking, cards[number % 4].number());
            if number % 3 == 0 {
                let (paid, given_up) = tokio::join!(paid, buyer.cancel(&booking));
                assert!([202, 409].contains(&paid.status), "{paid:?}");
                given_up.expect(200);
            } else {
                paid.await.expect(202);
            }
        }
    });
    join_all(buyers).await;
    let ticking = async {
        for _ in 0..15 {
            world.advance(1);
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let coming_too_late = async {
        for number in 0..10 {
            let buyer = world.customer(&format!("late-{number}"));
            buyer.hold(&event, &json!({"quantity": 2, "together": "preferred"})).await;
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::join!(ticking, coming_too_late);
    world.advance(LATE.as_secs());
    all_answered(store, &world).await;
    let ledger = world.provider.ledger();
    assert!(ledger.payments.len() >= 26, "{}", ledger.payments.len());
    assert_balanced(store, &ledger).await;
}

/// Waits until nothing is open. Webhooks that found others in the way are sent again.
async fn all_answered(store: &Store, world: &World) {
    eventually("all payments to be answered", async || {
        world.advance(1);
        let report = store.report().await;
        let settled = report.refunds_requested == report.refunds_settled;
        let answered = report.answered.len() as u64 == report.payments;
        (settled && answered && report.bookings_open == 0).then_some(())
    })
    .await;
}
