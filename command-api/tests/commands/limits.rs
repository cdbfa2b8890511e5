//! Two processes sell to one buyer at the same time: together they sell no more than the limit,
//! although neither hears of the other before it decides.

use std::sync::Arc;

use aisle_domain::stream::AggregateType;
use aisle_infra::clock::{Ids as _, RandomIds};
use aisle_infra::journal::{JournalStore, UnitOfWork};
use aisle_infra::testing::between::{Answers, Beset, Between, Rows, Span};
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::fixtures::{know, seats, seats_only};
use crate::store::{Store, on_stores};
use crate::world::{Deaf, Setup, Work, World, deaf};

on_stores!(
    [sqlite, postgres],
    [
        a_buyer_has_no_more_of_two_processes_than_of_one,
        a_buyer_who_has_bookings_has_no_more_of_two_processes,
        a_hold_that_another_process_renewed_counts,
        different_buyers_of_two_processes_do_not_conflict,
        nobody_leaves_a_single_seat_between_two_processes,
    ]
);

/// Does not hear either, and gives every booking a name of its own, as if bookings were not named
/// by their place among their buyer's: the guard is off.
struct Renaming;

#[async_trait]
impl Between for Renaming {
    async fn append(&self, journal: &dyn JournalStore, units: &[UnitOfWork]) -> Answers {
        let units: Vec<UnitOfWork> = units.iter().map(renamed).collect();
        journal.append(&units).await
    }

    async fn read(&self, journal: &dyn JournalStore, span: Span) -> Rows {
        Deaf.read(journal, span).await
    }
}

fn renamed(unit: &UnitOfWork) -> UnitOfWork {
    let mut unit = unit.clone();
    let made = unit
        .facts
        .iter()
        .find(|fact| fact.stream.aggregate == AggregateType::Booking && fact.sequence == 1);
    let Some(name) = made.map(|fact| fact.stream.id.clone()) else { return unit };
    let random = RandomIds.next().to_string();
    for fact in &mut unit.facts {
        fact.stream.id = fact.stream.id.replace(&name, &random);
        fact.payload = fact.payload.replace(&name, &random);
    }
    unit
}

async fn two(
    store: &Store,
    journal: fn(Arc<dyn JournalStore>) -> Arc<dyn JournalStore>,
) -> [World; 2] {
    let setup = Setup { work: Work::LeftUndone, journal, ..Setup::default() };
    let second = Setup { seed: 2, ..setup.clone() };
    [World::start(store, setup).await, World::start(store, second).await]
}

fn renaming(journal: Arc<dyn JournalStore>) -> Arc<dyn JournalStore> {
    Arc::new(Beset { journal, between: Renaming })
}

/// Ann asks each process for six seats of a row of its own, of an event that sells her eight. What
/// she is told, in any order.
async fn six_of_each(worlds: &[World; 2], event: &str) -> [String; 2] {
    let [one, other] = [&worlds[0], &worlds[1]].map(|world| world.customer("ann"));
    let (first, second) = (row(1, 6), row(2, 6));
    let (one, other) = tokio::join!(one.hold(event, &first), other.hold(event, &second));
    let mut told = [one, other].map(|reply| format!("{} {}", reply.status, reply.code()));
    told.sort_unstable();
    told
}

/// The first seats of a row.
fn row(row: u32, count: u32) -> Value {
    let labels: Vec<String> = (1..=count).map(|seat| format!("{row}-{seat}")).collect();
    json!({ "seats": labels })
}

async fn a_buyer_has_no_more_of_two_processes_than_of_one(store: &Store) {
    let worlds = two(store, deaf).await;
    let event = worlds[0].on_sale(&seats_only(3, 10)).await;
    know(&worlds.each_ref(), &event).await;
    assert_eq!(six_of_each(&worlds, &event).await, ["201 ", "409 limit_per_buyer"]);
    assert_eq!(store.report().await.seats_held, 6);
}

async fn a_buyer_who_has_bookings_has_no_more_of_two_processes(store: &Store) {
    let worlds = two(store, deaf).await;
    let event = worlds[0].on_sale(&seats_only(3, 10)).await;
    let ann = worlds[0].customer("ann");
    let given_back = ann.hold(&event, &row(3, 1)).await.booking();
    ann.hold(&event, &seats(&["3-5"])).await.expect(201);
    ann.release(&given_back).await.expect(200);
    know(&worlds.each_ref(), &event).await;
    assert_eq!(six_of_each(&worlds, &event).await, ["201 ", "409 limit_per_buyer"]);
    assert_eq!(store.report().await.seats_held, 7);
}

/// To one process the hold has lapsed and does not count; the other one renewed it in time.
async fn a_hold_that_another_process_renewed_counts(store: &Store) {
    let worlds = two(store, deaf).await;
    let event = worlds[0].on_sale(&seats_only(3, 10)).await;
    let ann = worlds[0].customer("ann");
    let held = ann.hold(&event, &row(1, 6)).await.booking();
    know(&worlds.each_ref(), &event).await;
    worlds[0].advance(300);
    ann.renew(&held).await.expect(200);
    worlds[0].advance(400);
    worlds[1].customer("ann").hold(&event, &row(2, 6)).await.refused(409, "limit_per_buyer");
}

async fn different_buyers_of_two_processes_do_not_conflict(store: &Store) {
    let worlds = two(store, deaf).await;
    let event = worlds[0].on_sale(&seats_only(2, 10)).await;
    know(&worlds.each_ref(), &event).await;
    for (at, buyer) in ["ann", "bob", "eve", "joe"].into_iter().enumerate() {
        let [one, other] = [2 * at + 1, 2 * at + 2].map(|seat| format!("{}-{seat}", at % 2 + 1));
        let wish = seats(&[&one, &other]);
        worlds[at % 2].customer(buyer).hold(&event, &wish).await.expect(201);
    }
    let rejected: u64 = worlds.iter().map(|world| world.committer.metrics().rejected).sum();
    assert_eq!(rejected, 0, "some buyers stood in each other's way");
}

/// Each choice is sound by itself; together they would leave seat 3 single.
async fn nobody_leaves_a_single_seat_between_two_processes(store: &Store) {
    let worlds = two(store, deaf).await;
    let mut event = seats_only(1, 8);
    event["seating_rule"] = json!("no_orphans");
    let event = worlds[0].on_sale(&event).await;
    know(&worlds.each_ref(), &event).await;
    worlds[0].customer("ann").hold(&event, &seats(&["1-1", "1-2"])).await.expect(201);
    let left = worlds[1].customer("bob").hold(&event, &seats(&["1-4", "1-5"])).await;
    left.refused(409, "leaves_single_seat");
}

async fn without_the_names_the_limit_is_passed(store: Store) {
    let worlds = two(&store, renaming).await;
    let event = worlds[0].on_sale(&seats_only(3, 10)).await;
    know(&worlds.each_ref(), &event).await;
    assert_eq!(six_of_each(&worlds, &event).await, ["201 ", "201 "], "twelve of eight");
    store.close().await;
}

#[tokio::test]
async fn without_the_names_the_limit_is_passed_on_sqlite() {
    without_the_names_the_limit_is_passed(Store::sqlite().await).await;
}

#[tokio::test]
async fn without_the_names_the_limit_is_passed_on_postgres() {
    without_the_names_the_limit_is_passed(Store::postgres().await).await;
}
