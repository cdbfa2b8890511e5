//! Seats are held while an event is on sale, and at no other time.

use serde_json::json;

use crate::fixtures::{GOOD_CARD, hall, seats};
use crate::store::{Store, on_stores};
use crate::world::World;

on_stores!(
    [sqlite, postgres],
    [
        nothing_is_held_unless_the_event_is_on_sale,
        what_is_held_can_be_paid_while_the_sale_pauses,
        nothing_is_held_outside_the_sale_window,
        a_sale_takes_its_steps_in_order,
        tickets_are_not_given_back_once_the_event_has_begun,
    ]
);

async fn nothing_is_held_unless_the_event_is_on_sale(store: &Store) {
    let world = World::open(store).await;
    let ann = world.customer("ann");
    let wish = seats(&["1-1"]);
    let event = world.published(&hall()).await;
    let refused = async |phase: &str| {
        let problem = world.refuses(ann.hold(&event, &wish), 409, "not_on_sale").await;
        assert_eq!(problem.0["phase"], phase);
    };
    refused("published").await;
    world.run(&event, "open").await.expect(200);
    ann.hold(&event, &wish).await.expect(201);
    world.run(&event, "pause").await.expect(200);
    refused("paused").await;
    world.run(&event, "open").await.expect(200);
    ann.hold(&event, &seats(&["1-2"])).await.expect(201);
    world.run(&event, "close").await.expect(200);
    refused("closed").await;
    world.call_off(&event).await.expect(200);
    world.rests().await;
    refused("cancelled").await;
}

async fn what_is_held_can_be_paid_while_the_sale_pauses(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&hall()).await;
    let ann = world.customer("ann");
    let booking = ann.hold(&event, &seats(&["1-1"])).await.booking();
    world.run(&event, "pause").await.expect(200);
    ann.pay(&booking, GOOD_CARD).await.expect(202);
    world.becomes(&booking, &["held", "payment_started", "confirmed"]).await;
}

async fn nothing_is_held_outside_the_sale_window(store: &Store) {
    let world = World::open(store).await;
    let mut event = hall();
    event["sale_window"] =
        json!({"opens_at": "2026-11-23T11:00:00Z", "closes_at": "2026-11-23T12:00:00Z"});
    let event = world.on_sale(&event).await;
    let ann = world.customer("ann");
    let wish = seats(&["1-1"]);
    world.refuses(ann.hold(&event, &wish), 409, "outside_sale_window").await;
    world.advance(3_600);
    let booking = ann.hold(&event, &wish).await.booking();
    ann.release(&booking).await.expect(200);
    world.advance(3_600);
    world.refuses(ann.hold(&event, &wish), 409, "outside_sale_window").await;
}

async fn a_sale_takes_its_steps_in_order(store: &Store) {
    let world = World::open(store).await;
    let event = world.draft(&hall()).await;
    for step in ["open", "pause", "close"] {
        world.refuses(world.run(&event, step), 409, "wrong_phase").await;
    }
    for (step, phase) in [("publish", "published"), ("open", "on_sale"), ("close", "closed")] {
        assert_eq!(world.run(&event, step).await.expect(200)["phase"], phase);
        let head = world.journal.head().await.unwrap();
        let again = world.run(&event, step).await;
        assert_eq!(again.headers["idempotency-replayed"], "true");
        assert_eq!(again.expect(200)["position"], head);
        assert_eq!(world.journal.head().await.unwrap(), head, "nothing is recorded twice");
    }
    world.refuses(world.run(&event, "pause"), 409, "wrong_phase").await;
}

async fn tickets_are_not_given_back_once_the_event_has_begun(store: &Store) {
    let world = World::open(store).await;
    let mut event = hall();
    event["starts_at"] = json!("2026-11-23T11:00:00Z");
    let event = world.on_sale(&event).await;
    let booking = world.sell(&event, "ann", &seats(&["1-1"])).await;
    world.advance(3_600);
    let ann = world.customer("ann");
    world.refuses(ann.cancel(&booking), 409, "too_late_to_cancel").await;
    world.organiser().cancel(&booking).await.expect(200);
    world.rests().await;
}
