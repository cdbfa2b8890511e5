//! More commands than can be written: some are turned away, and nothing else suffers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aisle_domain::id::{EventId, Subject};
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::{Position, StreamId};
use aisle_infra::journal::commit::CommitterConfig;
use aisle_infra::journal::{
    Appended, JournalError, JournalStore, RecordedFact, Rejection, StoredAnswer, UnitOfWork,
};
use async_trait::async_trait;
use futures::future::join_all;
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::watch;

use crate::fixtures::floor_only;
use crate::store::Store;
use crate::world::{Setup, World};

/// How often an event was read from its first fact on: how often a house was loaded.
static LOADS: AtomicUsize = AtomicUsize::new(0);

/// A journal that takes its time, and counts the loading of houses.
struct Slow(Arc<dyn JournalStore>);

#[async_trait]
impl JournalStore for Slow {
    async fn append(
        &self,
        units: &[UnitOfWork],
    ) -> Result<Vec<Result<Appended, Rejection>>, JournalError> {
        tokio::time::sleep(Duration::from_millis(20)).await;
        self.0.append(units).await
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
        if after == 0 {
            LOADS.fetch_add(1, Ordering::Relaxed);
        }
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

#[tokio::test]
async fn who_is_turned_away_may_come_again_and_no_house_is_loaded_anew() {
    let store = Store::sqlite().await;
    let setup = Setup {
        journal: |journal| Arc::new(Slow(journal)),
        committer: CommitterConfig { queue: 4, ..CommitterConfig::default() },
        ..Setup::default()
    };
    let world = World::start(&store, setup).await;
    let event = world.on_sale(&floor_only(100)).await;
    let path = format!("/v1/events/{event}/bookings");
    let hold = async |n: usize| {
        let body = json!({"area": "Floor", "places": 1});
        world.customer(&format!("buyer-{n}")).post_as(&format!("key-{n}"), &path, &body).await
    };
    hold(0).await.expect(201);
    let loaded = LOADS.load(Ordering::Relaxed);

    let replies = join_all((1..60).map(hold)).await;
    let turned_away: Vec<usize> =
        (1..60).zip(&replies).filter(|(_, reply)| reply.status != 201).map(|(n, _)| n).collect();
    assert!(!turned_away.is_empty(), "the queue was never full");
    for n in turned_away {
        let reply = &replies[n - 1];
        assert_eq!((reply.status, reply.code()), (503, "overloaded"));
        assert!(reply.headers.contains_key("retry-after"));
        hold(n).await.expect(201);
    }
    assert_eq!(LOADS.load(Ordering::Relaxed), loaded, "a house was loaded anew");
    let report = store.report().await;
    report.assert_sound();
    assert_eq!(report.places_held, 60);
    store.close().await;
}
