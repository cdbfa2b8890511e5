//! The negative control of the races: with the journal's guard taken out, they are lost, and the
//! checker sees it.

use std::sync::Arc;

use aisle_domain::id::{EventId, Subject};
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::{Position, Sequence, StreamId};
use aisle_infra::journal::{
    Appended, JournalError, JournalStore, RecordedFact, Rejection, StoredAnswer, UnitOfWork,
};
use async_trait::async_trait;
use futures::future::join_all;
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::watch;

use crate::fixtures::{floor_only, seats, seats_only};
use crate::store::Store;
use crate::world::{Setup, Work, World};

/// A journal that takes whatever it is given: a fact that comes too late for its sequence is given
/// the next one, and what a unit rests on is not looked at.
struct Unguarded(Arc<dyn JournalStore>);

impl Unguarded {
    /// The unit, as if it had been decided just now.
    async fn restamped(&self, unit: &UnitOfWork) -> Result<UnitOfWork, JournalError> {
        let mut unit = UnitOfWork { reads: Vec::new(), ..unit.clone() };
        for at in 0..unit.facts.len() {
            let stream = unit.facts[at].stream.clone();
            let recorded = self.0.load(std::slice::from_ref(&stream)).await?;
            let before = unit.facts[..at].iter().filter(|fact| fact.stream == stream).count();
            let last = recorded.last().map_or(0, |fact| fact.sequence);
            unit.facts[at].sequence = last + before as Sequence + 1;
        }
        Ok(unit)
    }

    async fn append_one(
        &self,
        unit: &UnitOfWork,
    ) -> Result<Result<Appended, Rejection>, JournalError> {
        let mut unit = unit.clone();
        loop {
            match self.0.append(std::slice::from_ref(&unit)).await?.remove(0) {
                Err(Rejection::Conflict(_)) => unit = self.restamped(&unit).await?,
                judged => return Ok(judged),
            }
        }
    }
}

#[async_trait]
impl JournalStore for Unguarded {
    async fn append(
        &self,
        units: &[UnitOfWork],
    ) -> Result<Vec<Result<Appended, Rejection>>, JournalError> {
        let mut outcomes = Vec::new();
        for unit in units {
            outcomes.push(self.append_one(unit).await?);
        }
        Ok(outcomes)
    }

    async fn load(&self, streams: &[StreamId]) -> Result<Vec<RecordedFact>, JournalError> {
        self.0.load(streams).await
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Vec<RecordedFact>, JournalError> {
        self.0.read(after, limit).await
    }

    async fn read_event(
        &self,
        event: EventId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedFact>, JournalError> {
        self.0.read_event(event, after, limit).await
    }

    async fn head(&self) -> Result<Position, JournalError> {
        self.0.head().await
    }

    async fn answer(
        &self,
        actor: &Subject,
        key: &str,
    ) -> Result<Option<StoredAnswer>, JournalError> {
        self.0.answer(actor, key).await
    }

    async fn forget_answers(&self, before: Timestamp) -> Result<u64, JournalError> {
        self.0.forget_answers(before).await
    }

    async fn keep_plan(&self, hash: &PlanHash, canonical_json: &[u8]) -> Result<(), JournalError> {
        self.0.keep_plan(hash, canonical_json).await
    }

    async fn plan(&self, hash: &PlanHash) -> Result<Option<Vec<u8>>, JournalError> {
        self.0.plan(hash).await
    }

    fn watch_head(&self) -> watch::Receiver<Position> {
        self.0.watch_head()
    }
}

/// Two processes on a journal without its guard.
async fn open(store: &Store) -> [World; 2] {
    let setup = Setup {
        work: Work::LeftUndone,
        journal: |journal| Arc::new(Unguarded(journal)),
        ..Setup::default()
    };
    let other = Setup { seed: 2, ..setup.clone() };
    [World::start(store, setup).await, World::start(store, other).await]
}

/// Has each process load the event while nothing of it is taken.
async fn know(worlds: &[World], event: &str) {
    let wish = json!({"area": "Nowhere", "places": 1});
    for world in worlds {
        world.customer("dan").hold(event, &wish).await.refused(422, "area_unknown");
    }
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
    know(&worlds, &event).await;
    let [ann, bob] = [(&worlds[0], "ann"), (&worlds[1], "bob")].map(|(w, name)| w.customer(name));
    let (mine, ours) = (seats(&["1-1", "1-2"]), seats(&["1-2", "1-3"]));
    let (one, other) = tokio::join!(ann.hold(&event, &mine), bob.hold(&event, &ours));
    assert_eq!((one.status, other.status), (201, 201));
    assert_found(store, "1-2 is oversold").await;
}

async fn an_area_is_oversold(store: Store) {
    let worlds = open(&store).await;
    let event = worlds[0].on_sale(&floor_only(10)).await;
    know(&worlds, &event).await;
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
