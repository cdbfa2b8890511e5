//! Houses on their way into memory: what is heard meanwhile counts, and asking for what is not
//! there costs those nothing who are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use aisle_command_api::box_office::ExecuteError;
use aisle_domain::id::EventId;
use aisle_domain::stream::StreamId;
use aisle_domain::testing::{booking_id, hold};
use aisle_infra::journal::{JournalStore, Meaning, NewFact, UnitOfWork};
use aisle_infra::testing::between::{Beset, Between, Rows, Span};
use async_trait::async_trait;
use futures::future::join_all;

use crate::fixtures::{request, seats_only};
use crate::gate::Gate;
use crate::store::Store;
use crate::world::{Setup, Work, World};

/// While an event is read for the first time, somebody appends a fact to it that this Aisle cannot
/// make sense of, and the tail hears of it before the reading has ended.
#[derive(Default)]
struct Meddler {
    has_meddled: AtomicBool,
    /// As far as the tail was read when it was read last.
    told: AtomicU64,
}

fn meddling(journal: Arc<dyn JournalStore>) -> Arc<dyn JournalStore> {
    Arc::new(Beset { journal, between: Meddler::default() })
}

#[async_trait]
impl Between for Meddler {
    async fn read(&self, journal: &dyn JournalStore, span: Span) -> Rows {
        self.told.store(span.after, Ordering::SeqCst);
        journal.read(span.after, span.limit).await
    }

    async fn read_event(&self, journal: &dyn JournalStore, event: EventId, span: Span) -> Rows {
        let rows = journal.read_event(event, span.after, span.limit).await?;
        let is_whole = span.limit > 1;
        if is_whole && !self.has_meddled.swap(true, Ordering::SeqCst) {
            let appended = journal.append(&[unreadable(event)]).await?.remove(0).unwrap();
            while self.told.load(Ordering::SeqCst) < appended.position {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        Ok(rows)
    }
}

fn unreadable(event: EventId) -> UnitOfWork {
    UnitOfWork {
        event_id: Some(event),
        facts: vec![NewFact {
            stream: StreamId::seat(event, "2-5"),
            sequence: 1,
            fact: "held".to_owned(),
            version: aisle_domain::fact::VERSION.to_owned(),
            payload: r#"{"held":"what is this"}"#.to_owned(),
            meaning: Meaning::default(),
        }],
        reads: Vec::new(),
        metadata: "{}".to_owned(),
        idempotency: None,
    }
}

async fn a_house_that_was_killed_while_it_was_loaded_stays_dead(store: Store) {
    let left_undone = Setup { work: Work::LeftUndone, ..Setup::default() };
    let one = World::start(&store, left_undone.clone()).await;
    let event = one.on_sale(&seats_only(2, 5)).await;
    drop(one);
    let other = Setup { seed: 2, journal: meddling, ..left_undone };
    let other = World::start(&store, other).await;
    let wish = request(&event, 1, hold(booking_id(1), "ann", ["1-1"]));
    let decided = other.api.box_office.execute(&wish).await;
    assert!(matches!(decided, Err(ExecuteError::Unreadable(_))), "{decided:?}");
    drop(other);
    store.close().await;
}

#[tokio::test]
async fn a_house_that_was_killed_while_it_was_loaded_stays_dead_on_sqlite() {
    a_house_that_was_killed_while_it_was_loaded_stays_dead(Store::sqlite().await).await;
}

#[tokio::test]
async fn a_house_that_was_killed_while_it_was_loaded_stays_dead_on_postgres() {
    a_house_that_was_killed_while_it_was_loaded_stays_dead(Store::postgres().await).await;
}

#[tokio::test]
async fn asking_for_events_that_are_not_there_closes_no_house() {
    let store = Store::sqlite().await;
    let gate = Gate::after(usize::MAX);
    let setup = Setup { work: Work::LeftUndone, gate: Some(gate.clone()), ..Setup::default() };
    let world = World::start(&store, setup).await;
    let event = world.on_sale(&seats_only(2, 5)).await;
    let office = &world.api.box_office;
    let is_open = async |event: &str| {
        let facts = gate.facts_read();
        office.with_house(event.parse().unwrap(), |_| ()).await.unwrap();
        gate.facts_read() == facts
    };
    is_open(&event).await;
    assert!(is_open(&event).await, "it was just opened");
    // More than houses are kept, and all of them at once.
    let made_up = (1..=600).map(|number| booking_id(number).to_string());
    let asked = made_up.map(|event| async move {
        let wish = request(&event, 1, hold(booking_id(1), "ann", ["1-1"]));
        office.execute(&wish).await
    });
    let refused = join_all(asked).await;
    assert!(refused.iter().all(|refused| matches!(refused, Err(ExecuteError::Refused(_)))));
    assert!(is_open(&event).await, "a house was pushed out by what is not there");
    drop(world);
    store.close().await;
}
