//! What a process believes of an event is a cache: it must not outlive its proof.
//!
//! Two processes share a journal. The first one is made to believe in facts that the journal
//! rejected, and its client is gone before it hears of it.

use std::sync::atomic::{AtomicBool, Ordering};

use aisle_command_api::box_office::{ExecuteError, Request};
use aisle_domain::testing::{booking_id, hold, hold_places};
use futures::future::join_all;
use futures::{FutureExt as _, join};
use serde_json::{Value, json};

use crate::fixtures::{GOOD_CARD, floor_only, request, seats, seats_only};
use crate::store::{Store, on_stores};
use crate::world::{Setup, Work, World};

on_stores!(
    [sqlite, postgres],
    [
        what_the_journal_rejected_is_no_ground_for_a_later_decision,
        what_the_journal_rejected_is_no_ground_for_a_refusal,
        a_ticket_that_another_process_sold_is_known_to_be_sold,
        what_another_process_freed_is_not_refused,
        what_another_process_freed_is_not_refused_in_a_rush,
        what_another_process_took_is_not_sold,
        the_sale_is_as_another_process_left_it,
    ]
);

/// Two processes on one journal. Only the second one deals with the provider.
async fn two(store: &Store) -> (World, World) {
    let setup = Setup { work: Work::LeftUndone, ..Setup::default() };
    let second = Setup { seed: 2, work: Work::Done, ..setup.clone() };
    (World::start(store, setup).await, World::start(store, second).await)
}

/// Sends a command of a client who hangs up at once; returns when the journal has judged it.
async fn and_hang_up(world: &World, request: Request) {
    let mut execution = Box::pin(world.api.box_office.execute(&request));
    let heard = execution.as_mut().now_or_never();
    // It may have heard of the other process's facts already; then it knows better than to try.
    assert!(!matches!(heard, Some(Ok(_))), "it should wait for the journal: {heard:?}");
    drop(execution);
    world.committer.barrier().await;
}

async fn what_the_journal_rejected_is_no_ground_for_a_later_decision(store: &Store) {
    let (one, other) = two(store).await;
    let event = one.on_sale(&floor_only(10)).await;
    other.customer("bob").hold(&event, &json!({"area": "Floor", "places": 8})).await;

    and_hang_up(&one, request(&event, 1, hold_places(booking_id(1), "ann", "Floor", 3))).await;

    let seven = request(&event, 2, hold_places(booking_id(2), "eve", "Floor", 7));
    let refused = one.api.box_office.execute(&seven).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(_))), "{refused:?}");
}

async fn what_the_journal_rejected_is_no_ground_for_a_refusal(store: &Store) {
    let (one, other) = two(store).await;
    let event = one.on_sale(&seats_only(2, 5)).await;
    other.customer("bob").hold(&event, &seats(&["1-1"])).await.expect(201);

    and_hang_up(&one, request(&event, 1, hold(booking_id(1), "ann", ["1-1", "1-2"]))).await;

    one.customer("eve").hold(&event, &seats(&["1-2"])).await.expect(201);
}

async fn a_ticket_that_another_process_sold_is_known_to_be_sold(store: &Store) {
    let (one, other) = two(store).await;
    let event = one.on_sale(&seats_only(2, 5)).await;
    let ann = one.customer("ann");
    let booking = ann.hold(&event, &seats(&["1-1"])).await.booking();
    other.customer("ann").pay(&booking, GOOD_CARD).await.expect(202);
    other.becomes(&booking, &["held", "payment_started", "confirmed"]).await;

    let path = format!("/events/{event}/tickets/1-1");
    let bought = ann.patch(&path, &json!({"status": "purchased"})).await.expect(200);
    assert_eq!(bought["state"], "confirmed");
}

/// Every wish that a house of one row and four places can have refused for want of room.
fn wishes() -> [Value; 3] {
    [seats(&["1-1"]), json!({"quantity": 4}), json!({"area": "Floor", "places": 4})]
}

/// One row of four seats, and four places.
fn tiny() -> Value {
    let mut event = seats_only(1, 4);
    event["areas"] = json!([{"name": "Floor", "category": "Stalls", "capacity": 4}]);
    event
}

async fn what_another_process_freed_is_not_refused(store: &Store) {
    let (one, other) = two(store).await;
    for wish in wishes() {
        let event = one.on_sale(&tiny()).await;
        let booking = one.customer("ann").hold(&event, &wish).await.booking();
        one.customer("bob").hold(&event, &wish).await.expect(409);
        other.customer("ann").release(&booking).await.expect(200);
        one.customer("bob").hold(&event, &wish).await.expect(201);
    }
}

/// In a rush nobody looks at the journal: an append that began after the refusal proves it.
async fn what_another_process_freed_is_not_refused_in_a_rush(store: &Store) {
    let (one, other) = two(store).await;
    let busy = one.on_sale(&floor_only(10_000)).await;
    let (bob, place) = (one.customer("bob"), json!({"area": "Floor", "places": 1}));
    for wish in wishes() {
        let event = one.on_sale(&tiny()).await;
        let booking = other.customer("ann").hold(&event, &wish).await.booking();
        let over = AtomicBool::new(false);
        let buyer = async |number: usize| {
            let mut bought = 0;
            while !over.load(Ordering::SeqCst) {
                one.customer(&format!("buyer-{number}-{bought}")).hold(&busy, &place).await;
                bought += 1;
            }
        };
        let rush = join_all((0..8).map(buyer));
        let sale = async {
            bob.hold(&event, &wish).await.expect(409);
            other.customer("ann").release(&booking).await.expect(200);
            bob.hold(&event, &wish).await.expect(201);
            over.store(true, Ordering::SeqCst);
        };
        join!(rush, sale);
    }
}

async fn what_another_process_took_is_not_sold(store: &Store) {
    let (one, other) = two(store).await;
    for wish in wishes() {
        let event = one.on_sale(&tiny()).await;
        other.customer("ann").hold(&event, &wish).await.expect(201);
        one.customer("bob").hold(&event, &wish).await.expect(409);
    }
}

async fn the_sale_is_as_another_process_left_it(store: &Store) {
    let (one, other) = two(store).await;
    let event = one.published(&tiny()).await;
    let bob = one.customer("bob");
    bob.hold(&event, &seats(&["1-1"])).await.refused(409, "not_on_sale");
    other.run(&event, "open").await.expect(200);
    bob.hold(&event, &seats(&["1-1"])).await.expect(201);
    other.run(&event, "pause").await.expect(200);
    bob.hold(&event, &seats(&["1-2"])).await.refused(409, "not_on_sale");
}
