//! A house is written down now and then, and a start reads what was written and what came after.
//! What was written is never needed, and never believed against the facts.

use std::io::Write as _;

use aisle_command_api::box_office::{Done, ExecuteError};
use aisle_domain::house::HOUSE_SCHEMA;
use aisle_domain::stream::Position;
use aisle_domain::testing::{booking_id, hold_places};
use aisle_infra::journal::{Snapshot, SnapshotName};
use futures::future::join_all;

use crate::fixtures::{floor_only, request};
use crate::gate::Gate;
use crate::store::{Store, on_stores};
use crate::world::{Setup, Work, World, eventually};

on_stores!(
    [sqlite, postgres],
    [
        a_start_reads_a_snapshot_and_what_came_after,
        a_snapshot_that_makes_no_sense_is_passed_over_and_replaced,
        a_process_that_ends_while_it_writes_leaves_nothing_amiss,
        a_later_snapshot_stays_and_earlier_schemas_go,
    ]
);

/// So many holds of one place are worth a snapshot: two facts each.
const HOLDS: u64 = 2_000;

fn named(event: &str) -> SnapshotName {
    SnapshotName { kind: "house", id: event.to_owned(), schema: HOUSE_SCHEMA }
}

fn packed(position: Position, contents: &[u8]) -> Snapshot {
    Snapshot::pack(position, |packer| packer.write_all(contents)).unwrap()
}

/// A process that counts what it reads.
async fn counting(store: &Store, seed: u64) -> (World, Gate) {
    let gate = Gate::after(usize::MAX);
    let setup =
        Setup { seed, work: Work::LeftUndone, gate: Some(gate.clone()), ..Setup::default() };
    (World::start(store, setup).await, gate)
}

async fn hold_one(world: &World, event: &str, number: u64) -> Result<Done, ExecuteError> {
    let buyer = format!("buyer-{number}");
    let command = hold_places(booking_id(number), &buyer, "Floor", 1);
    world.api.box_office.execute(&request(event, number, command)).await
}

/// An event of which all places but one are held, and a snapshot of it.
async fn nearly_sold_out(store: &Store) -> (String, Snapshot) {
    let (world, _) = counting(store, 1).await;
    let event = world.on_sale(&floor_only(HOLDS as u32 + 11)).await;
    let held = join_all((0..HOLDS).map(|number| hold_one(&world, &event, number))).await;
    assert!(held.iter().all(Result::is_ok));
    let snapshot = written(&world, &event).await;
    for number in 0..10 {
        hold_one(&world, &event, HOLDS + number).await.unwrap();
    }
    (event, snapshot)
}

async fn written(world: &World, event: &str) -> Snapshot {
    eventually("the house to be written down", async || {
        world.journal.snapshot(&named(event)).await.unwrap()
    })
    .await
}

/// The last place can be had once.
async fn sells_the_last_place(world: &World, event: &str) {
    hold_one(world, event, 2 * HOLDS).await.unwrap();
    let refused = hold_one(world, event, 2 * HOLDS + 1).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(_))), "{refused:?}");
}

async fn a_start_reads_a_snapshot_and_what_came_after(store: &Store) {
    let (event, snapshot) = nearly_sold_out(store).await;
    let (world, gate) = counting(store, 2).await;
    let after = world.journal.head().await.unwrap() - snapshot.position;
    assert!(after < 1_000, "the snapshot is of the whole crowd");
    hold_one(&world, &event, 2 * HOLDS).await.unwrap();
    // And what it appended itself, by the tail.
    assert!(gate.facts_read() as u64 <= after + 2, "{} facts were read", gate.facts_read());
}

async fn a_snapshot_that_makes_no_sense_is_passed_over_and_replaced(store: &Store) {
    let (event, snapshot) = nearly_sold_out(store).await;
    let text = String::from_utf8(snapshot.unpack().unwrap()).unwrap();
    let mut torn = snapshot.clone();
    torn.body.truncate(torn.body.len() / 2);
    let mut flipped = snapshot.clone();
    flipped.body[snapshot.body.len() / 2] ^= 1;
    let rewritten = |text: String| packed(snapshot.position, text.as_bytes());
    let bad = [
        torn,
        flipped,
        Snapshot { body: Vec::new(), ..snapshot.clone() },
        rewritten("{}".to_owned()),
        rewritten(text.replace(&event, "018f0000-0000-7000-8000-00000000ffff")),
        // It says that the area has no facts yet, which those that follow do not fit.
        rewritten(text.replace(r#""areas":[["#, r#""areas":[],"was":[["#)),
    ];
    for (seed, bad) in (2..).zip(bad) {
        let (world, _) = counting(store, seed).await;
        world.journal.keep_snapshot(&named(&event), &bad).await.unwrap();
        let number = 3 * HOLDS + seed;
        let (held, replaced) = (hold_one(&world, &event, number), || async {
            let kept = world.journal.snapshot(&named(&event)).await.unwrap();
            kept.filter(|kept| *kept != bad)
        });
        if seed == 2 {
            held.await.unwrap();
        } else {
            let refused = held.await;
            assert!(matches!(refused, Err(ExecuteError::Refused(_))), "{refused:?}");
        }
        eventually("a snapshot that makes sense", replaced).await;
    }
}

async fn a_process_that_ends_while_it_writes_leaves_nothing_amiss(store: &Store) {
    let (world, _) = counting(store, 1).await;
    let event = world.on_sale(&floor_only(HOLDS as u32 + 1)).await;
    let held = join_all((0..HOLDS).map(|number| hold_one(&world, &event, number))).await;
    assert!(held.iter().all(Result::is_ok));
    drop(world);
    let (world, _) = counting(store, 2).await;
    sells_the_last_place(&world, &event).await;
    written(&world, &event).await;
}

async fn a_later_snapshot_stays_and_earlier_schemas_go(store: &Store) {
    let journal = store.place().open().await;
    let name = |schema| SnapshotName { kind: "house", id: "one".to_owned(), schema };
    let at = |position| packed(position, b"what it was");
    assert_eq!(journal.snapshot(&name(1)).await.unwrap(), None);
    journal.keep_snapshot(&name(1), &at(7)).await.unwrap();
    journal.keep_snapshot(&name(1), &at(6)).await.unwrap();
    assert_eq!(journal.snapshot(&name(1)).await.unwrap(), Some(at(7)));
    assert_eq!(journal.snapshot(&name(2)).await.unwrap(), None);
    journal.keep_snapshot(&name(2), &at(5)).await.unwrap();
    assert_eq!(journal.snapshot(&name(1)).await.unwrap(), None);
    assert_eq!(journal.snapshot(&name(2)).await.unwrap(), Some(at(5)));
    assert_eq!(at(5).unpack().unwrap(), b"what it was");
}
