//! A process follows the journal's tail: it hears of the others before it is in their way, and one
//! look at the tail makes many refusals true.

use std::collections::BTreeSet;

use aisle_domain::testing::{best, booking_id};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::fixtures::{know, request, seats_only};
use crate::gate::Gate;
use crate::store::{Store, on_stores};
use crate::world::{Setup, Work, World, deaf, eventually};

on_stores!(
    [sqlite, postgres],
    [
        what_another_process_took_is_known_before_it_is_in_the_way,
        many_refusals_share_few_looks_and_need_no_answers,
        after_a_lost_race_buyers_are_spread,
    ]
);

async fn gated(store: &Store, seed: u64) -> (World, Gate) {
    let gate = Gate::after(usize::MAX);
    (behind(&gate, store, seed).await, gate)
}

async fn behind(gate: &Gate, store: &Store, seed: u64) -> World {
    let setup =
        Setup { seed, work: Work::LeftUndone, gate: Some(gate.clone()), ..Setup::default() };
    World::start(store, setup).await
}

async fn what_another_process_took_is_known_before_it_is_in_the_way(store: &Store) {
    let (one, _) = gated(store, 1).await;
    let (other, gate) = gated(store, 2).await;
    let event = one.on_sale(&seats_only(4, 10)).await;
    know(&[&one, &other], &event).await;
    for number in 0..5 {
        let read = gate.facts_read();
        let two = json!({"quantity": 2});
        one.customer(&format!("buyer-{number}")).hold(&event, &two).await.expect(201);
        // Nobody asks the other process anything meanwhile.
        eventually("the tail to be read", async || (gate.facts_read() >= read + 3).then_some(()))
            .await;
        // What was read has been told when the next look is over.
        let id = event.parse().unwrap();
        other.api.box_office.with_house(id, |_| ()).await.unwrap();
        other.customer(&format!("other-{number}")).hold(&event, &two).await.expect(201);
    }
    assert_eq!(other.committer.metrics().rejected, 0, "it was in the way");
}

async fn many_refusals_share_few_looks_and_need_no_answers(store: &Store) {
    // One that is at hand answers each of them before the next one asks.
    let gate = Gate::far();
    let world = behind(&gate, store, 1).await;
    let event = world.on_sale(&seats_only(1, 4)).await;
    world.customer("ann").hold(&event, &json!({"quantity": 4})).await.expect(201);
    let (looks, answers) = (gate.looks(), gate.answers());
    let strangers: Vec<_> = (0..200).map(|n| world.customer(&format!("buyer-{n}"))).collect();
    let one = json!({"quantity": 1});
    let refused = join_all(strangers.iter().map(|stranger| stranger.hold(&event, &one))).await;
    assert!(refused.iter().all(|reply| reply.code() == "none_left"));
    assert!(gate.looks() - looks < 100, "{} looks", gate.looks() - looks);
    assert_eq!(gate.answers() - answers, 0, "none of them can have been answered before");
    // Ann can have been, but under another key, as this process knows.
    world.customer("ann").hold(&event, &one).await.refused(409, "none_left");
    assert_eq!(gate.answers() - answers, 0);
    // Another process does not.
    let (other, gate) = gated(store, 2).await;
    other.customer("ann").hold(&event, &one).await.refused(409, "none_left");
    assert_eq!(gate.answers(), 1);
}

/// Each of a process's buyers takes a whole row. Which rows?
async fn rows_taken(world: &World, event: &str, numbers: std::ops::Range<u64>) -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    for number in numbers {
        let wish = best(booking_id(number), &format!("buyer-{number}"), 4);
        let mut wanted = request(event, number, wish);
        let booking = |house: &aisle_domain::house::House, booking: Option<_>| {
            let placed = house.placed(booking.unwrap()).unwrap();
            placed.order.seats[0].seat.clone()
        };
        wanted.answer = std::sync::Arc::new(booking);
        let seat = world.api.box_office.execute(&wanted).await.unwrap().answer;
        rows.insert(seat.split('-').next().unwrap().to_owned());
    }
    rows
}

async fn after_a_lost_race_buyers_are_spread(store: &Store) {
    let setup = Setup { work: Work::LeftUndone, journal: deaf, ..Setup::default() };
    let one = World::start(store, setup.clone()).await;
    let other = World::start(store, Setup { seed: 2, ..setup }).await;
    let event: Value = seats_only(20, 4);
    let event = one.on_sale(&event).await;
    know(&[&one, &other], &event).await;
    let front = ["1", "2", "3"].map(str::to_owned).into();
    assert_eq!(rows_taken(&one, &event, 1..4).await, front, "alone, a process takes the best");
    let spread = rows_taken(&other, &event, 4..7).await;
    assert_eq!(other.committer.metrics().rejected, 1, "it did not know of the first three rows");
    assert_ne!(spread, ["4", "5", "6"].map(str::to_owned).into(), "it went on to fight for them");
}
