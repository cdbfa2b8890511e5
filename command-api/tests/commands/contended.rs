//! Somebody else is always quicker: after a bounded number of attempts a client is told to come back,
//! and nothing has happened.

use std::sync::Arc;

use aisle_command_api::box_office::MAX_ATTEMPTS;
use aisle_domain::stream::AggregateType;
use aisle_infra::journal::{JournalStore, Rejection, UnitOfWork};
use aisle_infra::testing::between::{Answers, Beset, Between};
use async_trait::async_trait;

use crate::fixtures::{seats, seats_only};
use crate::store::{Store, on_stores};
use crate::world::{Setup, Work, World};

on_stores!([sqlite, postgres], [who_always_comes_second_is_told_to_come_back]);

/// Finds every booking in conflict, as if somebody else had just been quicker.
struct TooLate;

#[async_trait]
impl Between for TooLate {
    async fn append(&self, journal: &dyn JournalStore, units: &[UnitOfWork]) -> Answers {
        let books = |unit: &&UnitOfWork| {
            unit.facts.iter().any(|fact| fact.stream.aggregate == AggregateType::Booking)
        };
        let Some(unit) = units.iter().find(books) else { return journal.append(units).await };
        assert_eq!(units.len(), 1, "one client, one unit");
        Ok(vec![Err(Rejection::Conflict(unit.facts[0].stream.clone()))])
    }
}

async fn who_always_comes_second_is_told_to_come_back(store: &Store) {
    let setup = Setup { work: Work::LeftUndone, ..Setup::default() };
    let rivals =
        Setup { journal: |journal| Arc::new(Beset { journal, between: TooLate }), ..setup.clone() };
    let world = World::start(store, rivals).await;
    let event = world.on_sale(&seats_only(2, 5)).await;
    let (path, wish) = (format!("/v1/events/{event}/bookings"), seats(&["1-1"]));
    let before = world.journal.head().await.unwrap();
    let told = world.customer("ann").post_as("one", &path, &wish).await;
    assert!(told.headers.contains_key("retry-after"), "{told:?}");
    told.refused(409, "contended");
    assert_eq!(world.committer.metrics().rejected, u64::from(MAX_ATTEMPTS));
    assert_eq!(world.journal.head().await.unwrap(), before);
    drop(world);

    // The rivals are gone, and the key is as good as new.
    let world = World::start(store, Setup { seed: 2, ..setup }).await;
    let held = world.customer("ann").post_as("one", &path, &wish).await;
    assert!(!held.headers.contains_key("idempotency-replayed"));
    held.expect(201);
}
