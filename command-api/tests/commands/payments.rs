//! Payments that do not go straight: declined, told twice, slow, late, for nothing.

use aisle_infra::payment::test::TestCard;
use serde_json::json;

use crate::fixtures::{GOOD_CARD, hall, prices, seats, seats_only};
use crate::money::assert_balanced;
use crate::person::Person;
use crate::store::{Store, on_stores};
use crate::world::{LATE, World, eventually};

on_stores!(
    [sqlite, postgres],
    [
        a_declined_payment_can_be_tried_again,
        a_payment_that_is_told_twice_counts_once,
        a_slow_payment_confirms_when_it_comes,
        a_late_payment_takes_the_seats_again_if_they_are_free,
        a_late_payment_goes_back_if_a_seat_is_gone,
        a_payment_for_what_was_given_up_goes_back,
        a_payment_for_an_event_that_was_called_off_goes_back,
        what_costs_nothing_is_paid_at_once,
    ]
);

/// After so many seconds a hold of ten minutes no longer binds.
const LAPSED: i64 = 605;

async fn begin(world: &World) -> (String, Person, String) {
    let event = world.on_sale(&hall()).await;
    let ann = world.customer("ann");
    let booking = ann.hold(&event, &seats(&["1-1", "1-2"])).await.booking();
    (event, ann, booking)
}

/// Waits until the provider has taken this many charges on.
async fn charged(world: &World, charges: usize) {
    eventually("the provider to be asked", async || {
        (world.provider.ledger().payments.len() == charges).then_some(())
    })
    .await;
}

async fn a_declined_payment_can_be_tried_again(store: &Store) {
    let world = World::open(store).await;
    let (_, ann, booking) = begin(&world).await;
    ann.pay(&booking, TestCard::Declined.number()).await.expect(202);
    world.becomes(&booking, &["held", "payment_started", "payment_declined"]).await;
    ann.pay(&booking, TestCard::SlowDecline.number()).await.expect(202);
    ann.pay(&booking, GOOD_CARD).await.refused(409, "payment_in_progress");
    charged(&world, 2).await;
    world.advance(3);
    let declined = ["held", "payment_started", "payment_declined"];
    world.becomes(&booking, &[&declined[..], &declined[1..]].concat()).await;
    ann.pay(&booking, GOOD_CARD).await.expect(202);
    let paid = ["payment_started", "confirmed"];
    world.becomes(&booking, &[&declined[..], &declined[1..], &paid].concat()).await;
    assert_balanced(store, &world.provider.ledger()).await;
}

async fn a_payment_that_is_told_twice_counts_once(store: &Store) {
    let world = World::open(store).await;
    let (_, ann, booking) = begin(&world).await;
    ann.pay(&booking, TestCard::Duplicate.number()).await.expect(202);
    world.becomes(&booking, &["held", "payment_started", "confirmed"]).await;
    world.rests().await;
    world.becomes(&booking, &["held", "payment_started", "confirmed"]).await;
    assert_balanced(store, &world.provider.ledger()).await;
}

async fn a_slow_payment_confirms_when_it_comes(store: &Store) {
    let world = World::open(store).await;
    let (_, ann, booking) = begin(&world).await;
    ann.pay(&booking, TestCard::Slow.number()).await.expect(202);
    charged(&world, 1).await;
    assert_eq!(world.story(&booking).await, ["held", "payment_started"]);
    world.advance(3);
    world.becomes(&booking, &["held", "payment_started", "confirmed"]).await;
    assert_balanced(store, &world.provider.ledger()).await;
}

/// Ann has set out to pay by the late card, and her hold has expired.
async fn expired_while_paying(world: &World) -> (String, Person, String) {
    let (event, ann, booking) = begin(world).await;
    ann.pay(&booking, TestCard::Late.number()).await.expect(202);
    charged(world, 1).await;
    world.advance(LAPSED);
    world.becomes(&booking, &["held", "payment_started", "expired"]).await;
    (event, ann, booking)
}

async fn a_late_payment_takes_the_seats_again_if_they_are_free(store: &Store) {
    let world = World::open(store).await;
    let (event, _, booking) = expired_while_paying(&world).await;
    world.advance(LATE.as_secs());
    world.becomes(&booking, &["held", "payment_started", "expired", "confirmed"]).await;
    world.customer("bob").hold(&event, &seats(&["1-2"])).await.refused(409, "seats_taken");
    assert_balanced(store, &world.provider.ledger()).await;
}

async fn a_late_payment_goes_back_if_a_seat_is_gone(store: &Store) {
    let world = World::open(store).await;
    let (event, ann, booking) = expired_while_paying(&world).await;
    ann.pay(&booking, GOOD_CARD).await.refused(410, "hold_expired");
    world.sell(&event, "bob", &seats(&["1-2"])).await;
    world.advance(LATE.as_secs());
    let story = ["held", "payment_started", "expired", "refund_requested", "refunded"];
    world.becomes(&booking, &story).await;
    assert_balanced(store, &world.provider.ledger()).await;
}

async fn a_payment_for_what_was_given_up_goes_back(store: &Store) {
    let world = World::open(store).await;
    let (_, ann, booking) = begin(&world).await;
    ann.pay(&booking, TestCard::Slow.number()).await.expect(202);
    charged(&world, 1).await;
    ann.release(&booking).await.expect(200);
    world.advance(3);
    let story = ["held", "payment_started", "released", "refund_requested", "refunded"];
    world.becomes(&booking, &story).await;
    assert_balanced(store, &world.provider.ledger()).await;
}

async fn a_payment_for_an_event_that_was_called_off_goes_back(store: &Store) {
    let world = World::open(store).await;
    let (event, ann, booking) = begin(&world).await;
    ann.pay(&booking, TestCard::Slow.number()).await.expect(202);
    charged(&world, 1).await;
    world.call_off(&event).await.expect(200);
    world.becomes(&booking, &["held", "payment_started", "cancelled"]).await;
    world.advance(3);
    let story = ["held", "payment_started", "cancelled", "refund_requested", "refunded"];
    world.becomes(&booking, &story).await;
    assert_balanced(store, &world.provider.ledger()).await;
}

async fn what_costs_nothing_is_paid_at_once(store: &Store) {
    let world = World::open(store).await;
    let mut event = seats_only(2, 4);
    event["prices"] = prices(&[("Stalls", 0), ("Balcony", 0)]);
    event["fee"] = json!(null);
    let event = world.on_sale(&event).await;
    let ann = world.customer("ann");
    let booking = ann.hold(&event, &seats(&["1-1"])).await.booking();
    assert_eq!(ann.pay(&booking, GOOD_CARD).await.expect(202)["state"], "confirmed");
    // An admin may give back what is another's.
    let admin = world.admin();
    assert_eq!(admin.cancel(&booking).await.expect(200)["state"], "cancelled");
    world.rests().await;
    let story = ["held", "payment_started", "confirmed", "cancelled"];
    assert_eq!(world.story(&booking).await, story);
    assert_eq!(world.provider.ledger().payments.len(), 0);
}
