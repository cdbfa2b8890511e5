//! More commands than can be written: some are turned away, and nothing else suffers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aisle_domain::id::EventId;
use aisle_infra::journal::commit::CommitterConfig;
use aisle_infra::journal::{JournalStore, UnitOfWork};
use aisle_infra::testing::between::{Answers, Beset, Between, Rows, Span};
use async_trait::async_trait;
use futures::future::join_all;
use serde_json::json;

use crate::fixtures::floor_only;
use crate::store::Store;
use crate::world::{Setup, World};

/// How often an event was read from its first fact on: how often a house was loaded.
static LOADS: AtomicUsize = AtomicUsize::new(0);

/// Takes its time to append, and counts the loading of houses.
struct Slow;

#[async_trait]
impl Between for Slow {
    async fn append(&self, journal: &dyn JournalStore, units: &[UnitOfWork]) -> Answers {
        tokio::time::sleep(Duration::from_millis(20)).await;
        journal.append(units).await
    }

    async fn read_event(&self, journal: &dyn JournalStore, event: EventId, span: Span) -> Rows {
        if span.after == 0 {
            LOADS.fetch_add(1, Ordering::Relaxed);
        }
        journal.read_event(event, span.after, span.limit).await
    }
}

#[tokio::test]
async fn who_is_turned_away_may_come_again_and_no_house_is_loaded_anew() {
    let store = Store::sqlite().await;
    let setup = Setup {
        journal: |journal| Arc::new(Beset { journal, between: Slow }),
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
