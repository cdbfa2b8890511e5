//! postgres-es as the oracle: it reads what Aisle wrote, and what it writes has its place in the
//! journal.

use std::sync::Arc;

use aisle_infra::journal::commit::{Committer, CommitterConfig};
use aisle_infra::journal::postgres::PostgresJournal;
use aisle_infra::journal::repository::JournalRepository;
use cqrs_es::persist::{PersistedEventRepository, PersistenceError, SerializedEvent};
use postgres_es::PostgresEventRepository;
use serde_json::json;
use sqlx::PgPool;
use tokio::task::JoinSet;

use crate::cqrs::{Counted, Counter};
use crate::world::{World, connect, stream, unit};

async fn oracle(world: &World) -> PostgresEventRepository {
    PostgresEventRepository::new(PgPool::connect(&world.database().url()).await.unwrap())
}

fn ours(world: &World) -> JournalRepository {
    let committer = Committer::start(Arc::clone(&world.journal), CommitterConfig::default());
    JournalRepository::new(committer)
}

fn event(id: &str, sequence: usize) -> SerializedEvent {
    SerializedEvent {
        aggregate_id: id.to_owned(),
        sequence,
        aggregate_type: "seat".to_owned(),
        event_type: "up".to_owned(),
        event_version: "1.0".to_owned(),
        payload: json!({ "Up": { "by": sequence, "nested": ["ü", 1.5, null] } }),
        metadata: json!({ "actor": "ann" }),
    }
}

#[tokio::test]
async fn postgres_es_reads_what_aisle_wrote() {
    let world = World::postgres().await;
    let (oracle, ours) = (oracle(&world).await, ours(&world));
    let written = [event("c-1", 1), event("c-1", 2)];
    ours.persist::<Counter>(&written, None).await.unwrap();
    assert_eq!(oracle.get_events::<Counter>("c-1").await.unwrap(), written);
    assert_eq!(ours.get_events::<Counter>("c-1").await.unwrap(), written);
    let mut all = oracle.stream_all_events::<Counter>().await.unwrap();
    for by in [1, 2] {
        let found = all.next::<Counter>(&[]).await.unwrap().unwrap();
        assert_eq!(found.payload, Counted::Up { by });
    }
    assert!(all.next::<Counter>(&[]).await.is_none());
    drop(oracle);
    world.close().await;
}

#[tokio::test]
async fn what_postgres_es_writes_has_its_place_in_the_journal() {
    let world = World::postgres().await;
    let (oracle, ours) = (oracle(&world).await, ours(&world));
    world.append(unit([("A-1", 1)])).await.unwrap();
    let written = [event("c-1", 1), event("c-1", 2)];
    oracle.persist::<Counter>(&written, None).await.unwrap();
    world.append(unit([("A-1", 2)])).await.unwrap();
    assert_eq!(ours.get_events::<Counter>("c-1").await.unwrap(), written);
    let facts = world.everything().await;
    let found = facts.iter().map(|fact| (fact.position, fact.stream.id.as_str(), fact.sequence));
    let expected = [(1, "A-1", 1), (2, "c-1", 1), (3, "c-1", 2), (4, "A-1", 2)];
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert!(facts.iter().map(|fact| fact.recorded_at).is_sorted());
    world.close().await;
}

#[tokio::test]
async fn each_sees_the_others_conflict() {
    let world = World::postgres().await;
    let (oracle, ours) = (oracle(&world).await, ours(&world));
    oracle.persist::<Counter>(&[event("c-1", 1)], None).await.unwrap();
    let outcome = ours.persist::<Counter>(&[event("c-1", 1)], None).await;
    assert!(matches!(outcome, Err(PersistenceError::OptimisticLockError)), "{outcome:?}");
    ours.persist::<Counter>(&[event("c-1", 2)], None).await.unwrap();
    let outcome = oracle.persist::<Counter>(&[event("c-1", 2)], None).await;
    assert!(matches!(outcome, Err(PersistenceError::OptimisticLockError)), "{outcome:?}");
    // What postgres-es rolled back has taken no position.
    world.append(unit([("A-1", 1)])).await.unwrap();
    assert_eq!(world.everything().await.len(), 3);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_may_write_at_once() {
    let world = World::postgres().await;
    let oracle = Arc::new(oracle(&world).await);
    let mut writers = JoinSet::new();
    for writer in 0..8_usize {
        let (oracle, journal) = (Arc::clone(&oracle), Arc::clone(&world.journal));
        writers.spawn(async move {
            let id = format!("c-{writer}");
            for sequence in 1..=10_usize {
                if writer % 2 == 0 {
                    let events = [event(&id, sequence)];
                    oracle.persist::<Counter>(&events, None).await.unwrap();
                } else {
                    let unit = unit([(&id, sequence as u64)]);
                    journal.append(&[unit]).await.unwrap().remove(0).unwrap();
                }
            }
        });
    }
    writers.join_all().await;
    assert_eq!(world.everything().await.len(), 80);
    assert_eq!(world.journal.load(&[stream("c-0"), stream("c-1")]).await.unwrap().len(), 20);
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_start_together_migrate_once() {
    let database = aisle_infra::testing::postgres::TestDatabase::create().await;
    let journals = futures::future::join_all((0..6).map(|_| connect(&database))).await;
    for (journal, sequence) in journals.iter().zip(1..) {
        use aisle_infra::journal::JournalStore;
        journal.append(&[unit([("A-1", sequence)])]).await.unwrap().remove(0).unwrap();
    }
    futures::future::join_all(journals.iter().map(PostgresJournal::close)).await;
    database.close().await;
}
