//! cqrs-es over the journal: a small aggregate run by `CqrsFramework` on the real stores.

use std::collections::HashMap;
use std::sync::Arc;

use aisle_infra::journal::commit::{Committer, CommitterConfig};
use aisle_infra::journal::repository::JournalRepository;
use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{PersistedEventRepository, PersistedEventStore, PersistenceError};
use cqrs_es::{Aggregate, AggregateError, CqrsFramework, DomainEvent, EventStore};
use serde::{Deserialize, Serialize};

use crate::world::{World, on_stores, stream};

on_stores!(
    [memory, sqlite, indexing, postgres],
    [
        commands_are_executed_on_the_journal,
        a_conflict_is_an_aggregate_conflict,
        all_events_are_streamed_in_the_order_of_the_journal,
        a_snapshot_is_refused,
    ]
);

/// A counter that goes by the name of a seat, for the journal knows only Aisle's aggregates.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Counter {
    value: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Counted {
    Up { by: i64 },
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("too much")]
pub(crate) struct TooMuch;

impl DomainEvent for Counted {
    fn event_type(&self) -> String {
        "up".to_owned()
    }

    fn event_version(&self) -> String {
        "1.0".to_owned()
    }
}

impl Aggregate for Counter {
    const TYPE: &'static str = "seat";
    type Command = Vec<i64>;
    type Event = Counted;
    type Error = TooMuch;
    type Services = ();

    async fn handle(
        &mut self,
        steps: Vec<i64>,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), TooMuch> {
        for by in steps {
            if self.value + by > 100 {
                return Err(TooMuch);
            }
            sink.write(Counted::Up { by }, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, Counted::Up { by }: Counted) {
        self.value += by;
    }
}

fn repository(world: &World) -> JournalRepository {
    let committer = Committer::start(Arc::clone(&world.journal), CommitterConfig::default());
    JournalRepository::new(committer)
}

fn store(world: &World) -> PersistedEventStore<JournalRepository, Counter> {
    PersistedEventStore::new_event_store(repository(world))
}

async fn commands_are_executed_on_the_journal(world: &World) {
    let framework = CqrsFramework::new(store(world), vec![], ());
    framework.execute("c-1", vec![30, 30]).await.unwrap();
    let metadata = HashMap::from([("actor".to_owned(), "ann".to_owned())]);
    framework.execute_with_metadata("c-1", vec![40], metadata).await.unwrap();
    let refused = framework.execute("c-1", vec![1]).await;
    assert!(matches!(refused, Err(AggregateError::UserError(TooMuch))));
    framework.execute("c-1", vec![]).await.unwrap();

    let facts = world.journal.load(&[stream("c-1")]).await.unwrap();
    let sequences = facts.iter().map(|fact| (fact.position, fact.sequence)).collect::<Vec<_>>();
    assert_eq!(sequences, [(1, 1), (2, 2), (3, 3)]);
    assert_eq!((facts[0].fact.as_str(), facts[0].metadata.as_str()), ("up", "{}"));
    assert_eq!(facts[2].metadata, r#"{"actor":"ann"}"#);
    let context = store(world).load_aggregate("c-1").await.unwrap();
    assert_eq!(context.aggregate.value, 100);
}

async fn a_conflict_is_an_aggregate_conflict(world: &World) {
    let store = store(world);
    let (mine, theirs) =
        (store.load_aggregate("c-1").await.unwrap(), store.load_aggregate("c-1").await.unwrap());
    store.commit(vec![Counted::Up { by: 1 }], theirs, HashMap::new()).await.unwrap();
    let outcome = store.commit(vec![Counted::Up { by: 2 }], mine, HashMap::new()).await;
    assert!(matches!(outcome, Err(AggregateError::AggregateConflict)), "{outcome:?}");
    assert_eq!(store.load_events("c-1").await.unwrap().len(), 1);
}

async fn all_events_are_streamed_in_the_order_of_the_journal(world: &World) {
    let framework = CqrsFramework::new(store(world), vec![], ());
    for (id, by) in [("c-1", 1), ("c-2", 2), ("c-1", 3)] {
        framework.execute(id, vec![by]).await.unwrap();
    }
    let repository = repository(world);
    let mut all = repository.stream_all_events::<Counter>().await.unwrap();
    let mut one = repository.stream_events::<Counter>("c-1").await.unwrap();
    for (id, sequence, by) in [("c-1", 1, 1), ("c-2", 1, 2), ("c-1", 2, 3)] {
        let event = all.next::<Counter>(&[]).await.unwrap().unwrap();
        assert_eq!((event.aggregate_id.as_str(), event.sequence), (id, sequence));
        assert_eq!(event.payload, Counted::Up { by });
    }
    assert!(all.next::<Counter>(&[]).await.is_none());
    assert_eq!(one.next::<Counter>(&[]).await.unwrap().unwrap().sequence, 1);
    assert_eq!(one.next::<Counter>(&[]).await.unwrap().unwrap().sequence, 2);
    assert!(one.next::<Counter>(&[]).await.is_none());
    assert_eq!(repository.get_last_events::<Counter>("c-1", 1).await.unwrap().len(), 1);
}

async fn a_snapshot_is_refused(world: &World) {
    let snapshots = PersistedEventStore::<_, Counter>::new_snapshot_store(repository(world), 1);
    let framework = CqrsFramework::new(snapshots, vec![], ());
    let outcome = framework.execute("c-1", vec![1]).await;
    assert!(matches!(outcome, Err(AggregateError::UnexpectedError(_))), "{outcome:?}");
    let refused = repository(world).persist::<Counter>(&[], Some(Default::default())).await;
    assert!(matches!(refused, Err(PersistenceError::UnknownError(_))));
    assert_eq!(world.journal.head().await.unwrap(), 0);
}
