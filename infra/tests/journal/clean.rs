//! The ordinary batch on PostgreSQL goes by `aisle_append_clean`, and only that: taking either function
//! away shows which one was asked.
//!
//! What they do is told by the contract that all stores keep.

use aisle_infra::journal::{JournalError, Rejection};
use sqlx::Executor;

use crate::world::{World, keyed, reading, stream, unit};

/// A world whose journal lacks a function.
async fn without(function: &str) -> World {
    let world = World::postgres().await;
    world.append(unit([("A-1", 1)])).await.unwrap();
    let mut admin = world.database().connect().await;
    admin.execute(&*format!("drop function {function}")).await.unwrap();
    world
}

#[tokio::test]
async fn what_is_as_expected_is_not_judged() {
    let world = without("aisle_append").await;
    let extends = keyed(unit([("A-1", 2), ("A-2", 1)]), "ann", "k-1", "{}");
    let chained = reading(unit([("A-2", 2), ("A-3", 1)]), "A-1", 2);
    let positions = world.journal.append(&[extends, chained]).await.unwrap();
    let positions = positions.into_iter().map(|appended| appended.unwrap().position);
    assert_eq!(positions.collect::<Vec<_>>(), [3, 5]);
    world.close().await;
}

#[tokio::test]
async fn whatever_else_is_judged() {
    let world = without("aisle_append").await;
    world.append(keyed(unit([("B-1", 1)]), "ann", "k-1", "{}")).await.unwrap();
    let begun_already = unit([("A-1", 1)]);
    let moved_on = unit([("A-1", 3)]);
    let read_before = reading(unit([("A-9", 1)]), "A-1", 0);
    let repeated = keyed(unit([("A-9", 1)]), "ann", "k-1", "{}");
    for judged in [begun_already, moved_on, read_before, repeated] {
        let refused = world.journal.append(std::slice::from_ref(&judged)).await;
        assert!(matches!(refused, Err(JournalError::Unavailable(_))), "{judged:?}: {refused:?}");
    }
    assert_eq!(world.everything().await.len(), 2);
    world.close().await;
}

/// After a batch that was not clean, positions go on without a gap.
#[tokio::test]
async fn what_was_tried_in_vain_leaves_no_trace() {
    let world = World::postgres().await;
    world.append(unit([("A-1", 1)])).await.unwrap();
    let batch = [unit([("A-2", 1)]), unit([("A-1", 1)]), unit([("A-3", 1)])];
    let outcomes = world.journal.append(&batch).await.unwrap();
    assert_eq!(outcomes[1], Err(Rejection::Conflict(stream("A-1"))));
    let positions = world.everything().await.into_iter().map(|fact| fact.position);
    assert_eq!(positions.collect::<Vec<_>>(), [1, 2, 3]);
    world.close().await;
}
