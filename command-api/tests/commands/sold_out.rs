//! A stadium that is sold out is opened by what was written down of it: its first command waits for no
//! reading of tens of thousands of facts.

use std::sync::Arc;

use aisle_command_api::box_office::ExecuteError;
use aisle_domain::house::{Accessible, HOUSE_SCHEMA, HoldWish};
use aisle_domain::testing::{best, booking_id, hold_wish};
use aisle_infra::journal::memory::MemoryJournal;
use aisle_infra::journal::{JournalStore, SnapshotName};
use futures::future::join_all;
use serde_json::json;

use crate::fixtures::{request, seats_only};
use crate::gate::Gate;
use crate::store::Place;
use crate::world::{Setup, Work, World, eventually};

const ROWS: u32 = 300;
const SEATS_PER_ROW: u32 = 200;

/// As many as a booking may have.
const PARTY: u32 = 20;

/// Sells all seats; the event.
async fn sold_out(world: &World) -> String {
    let mut event = seats_only(ROWS, SEATS_PER_ROW);
    event["limit_per_buyer"] = json!(PARTY);
    let event = world.on_sale(&event).await;
    let parties = (1..=ROWS).flat_map(|row| {
        let first = (1..=SEATS_PER_ROW).step_by(PARTY as usize);
        first.map(move |first| (first..first + PARTY).map(|seat| format!("{row}-{seat}")).collect())
    });
    let requests: Vec<_> = (1..)
        .zip(parties)
        .map(|(number, labels)| {
            let wish = HoldWish::Seats { labels, accessible: Accessible::NotNeeded };
            let buyer = format!("buyer-{number}");
            request(&event, number, hold_wish(booking_id(number), &buyer, wish))
        })
        .collect();
    let sold = join_all(requests.iter().map(|request| world.api.box_office.execute(request))).await;
    assert!(sold.iter().all(Result::is_ok));
    event
}

async fn is_refused(world: &World, event: &str) {
    let one = request(event, 1_000_000, best(booking_id(1_000_000), "too-late", 1));
    let refused = world.api.box_office.execute(&one).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(_))), "{refused:?}");
}

#[tokio::test]
async fn a_sold_out_stadium_is_opened_without_reading_its_facts() {
    let journal = Arc::new(MemoryJournal::new());
    let gate = Gate::after(usize::MAX);
    let start = async |seed| {
        let (work, gate) = (Work::LeftUndone, Some(gate.clone()));
        let setup = Setup { seed, work, gate, ..Setup::default() };
        World::at(Place::Here(journal.clone()), setup).await
    };
    let world = start(1).await;
    let event = sold_out(&world).await;
    drop(world);
    let head = journal.head().await.unwrap();
    assert!(head > u64::from(ROWS * SEATS_PER_ROW), "a fact for each seat");

    // If much has come since it was last written down, it is worth being written down again.
    let world = start(2).await;
    is_refused(&world, &event).await;
    let name = SnapshotName { kind: "house", id: event.clone(), schema: HOUSE_SCHEMA };
    let after = eventually("the house to be written down", async || {
        let snapshot = journal.snapshot(&name).await.unwrap()?;
        Some(head - snapshot.position).filter(|after| *after <= head / 8)
    })
    .await;
    drop(world);

    let read = gate.facts_read();
    let world = start(3).await;
    is_refused(&world, &event).await;
    let read = (gate.facts_read() - read) as u64;
    assert_eq!(read, after, "facts that the snapshot has were read again");
    drop(world);
}
