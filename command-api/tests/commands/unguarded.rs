//! The negative control of the races: with the journal's guard taken out, they are lost, and the
//! checker sees it.

use std::sync::Arc;

use aisle_domain::stream::Sequence;
use aisle_infra::journal::{Appended, JournalError, JournalStore, Rejection, UnitOfWork};
use aisle_infra::testing::between::{Answers, Beset, Between, Rows, Span};
use async_trait::async_trait;
use futures::future::join_all;
use serde_json::json;

use crate::fixtures::{floor_only, know, seats, seats_only};
use crate::store::Store;
use crate::world::{Setup, Work, World};

/// Takes whatever it is given: a fact that comes too late for its sequence is given the next one,
/// and what a unit rests on is not looked at. Nor does a process hear of what another one appends:
/// else chance would decide who knows what in time.
struct Unguarded;

/// The unit, as if it had been decided just now.
async fn restamped(
    journal: &dyn JournalStore,
    unit: &UnitOfWork,
) -> Result<UnitOfWork, JournalError> {
    let mut unit = UnitOfWork { reads: Vec::new(), ..unit.clone() };
    for at in 0..unit.facts.len() {
        let stream = unit.facts[at].stream.clone();
        let recorded = journal.load(std::slice::from_ref(&stream)).await?;
        let before = unit.facts[..at].iter().filter(|fact| fact.stream == stream).count();
        let last = recorded.last().map_or(0, |fact| fact.sequence);
        unit.facts[at].sequence = last + before as Sequence + 1;
    }
    Ok(unit)
}

async fn append_one(
    journal: &dyn JournalStore,
    unit: &UnitOfWork,
) -> Result<Result<Appended, Rejection>, JournalError> {
    let mut unit = unit.clone();
    loop {
        match journal.append(std::slice::from_ref(&unit)).await?.remove(0) {
            Err(Rejection::Conflict(_)) => unit = restamped(journal, &unit).await?,
            judged => return Ok(judged),
        }
    }
}

#[async_trait]
impl Between for Unguarded {
    async fn append(&self, journal: &dyn JournalStore, units: &[UnitOfWork]) -> Answers {
        let mut outcomes = Vec::new();
        for unit in units {
            outcomes.push(append_one(journal, unit).await?);
        }
        Ok(outcomes)
    }

    async fn read(&self, _journal: &dyn JournalStore, _span: Span) -> Rows {
        Ok(Vec::new())
    }
}

/// Two processes on a journal without its guard.
async fn open(store: &Store) -> [World; 2] {
    let setup = Setup {
        work: Work::LeftUndone,
        journal: |journal| Arc::new(Beset { journal, between: Unguarded }),
        ..Setup::default()
    };
    let other = Setup { seed: 2, ..setup.clone() };
    [World::start(store, setup).await, World::start(store, other).await]
}

/// Whether the checker finds this.
async fn assert_found(store: Store, what: &str) {
    let report = store.report().await;
    assert!(report.violations.iter().any(|found| found.contains(what)), "{report:#?}");
    store.close().await;
}

async fn a_seat_is_sold_twice(store: Store) {
    let worlds = open(&store).await;
    let event = worlds[0].on_sale(&seats_only(2, 5)).await;
    know(&worlds.each_ref(), &event).await;
    let [ann, bob] = [(&worlds[0], "ann"), (&worlds[1], "bob")].map(|(w, name)| w.customer(name));
    let (mine, ours) = (seats(&["1-1", "1-2"]), seats(&["1-2", "1-3"]));
    let (one, other) = tokio::join!(ann.hold(&event, &mine), bob.hold(&event, &ours));
    assert_eq!((one.status, other.status), (201, 201));
    assert_found(store, "1-2 is oversold").await;
}

async fn an_area_is_oversold(store: Store) {
    let worlds = open(&store).await;
    let event = worlds[0].on_sale(&floor_only(10)).await;
    know(&worlds.each_ref(), &event).await;
    let wish = json!({"area": "Floor", "places": 2});
    let buyers: Vec<_> = (0..10)
        .zip(worlds.iter().cycle())
        .map(|(number, world)| world.customer(&format!("buyer-{number}")))
        .collect();
    join_all(buyers.iter().map(|buyer| buyer.hold(&event, &wish))).await;
    assert_found(store, "oversold").await;
}

#[tokio::test]
async fn without_the_guard_a_seat_is_sold_twice_on_sqlite() {
    a_seat_is_sold_twice(Store::sqlite().await).await;
}

#[tokio::test]
async fn without_the_guard_a_seat_is_sold_twice_on_postgres() {
    a_seat_is_sold_twice(Store::postgres().await).await;
}

#[tokio::test]
async fn without_the_guard_an_area_is_oversold_on_sqlite() {
    an_area_is_oversold(Store::sqlite().await).await;
}

#[tokio::test]
async fn without_the_guard_an_area_is_oversold_on_postgres() {
    an_area_is_oversold(Store::postgres().await).await;
}
