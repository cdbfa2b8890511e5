//! The known head: raised by one's own appends at once, by those of others before long, whatever
//! becomes of the listener.

use std::time::Duration;

use aisle_domain::stream::Position;
use aisle_infra::journal::JournalStore;
use aisle_infra::journal::postgres::{PostgresJournal, PostgresOptions};
use sqlx::Executor;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::world::{World, connect, on_stores, unit};

on_stores!(
    [memory, sqlite, indexing, postgres, remembering],
    [
        ones_own_append_raises_the_head_at_once,
        a_rejected_unit_does_not_wake,
        an_append_of_another_process_wakes,
    ]
);

/// Far longer than it ever takes: what is not there by then never comes.
const LONG: Duration = Duration::from_secs(30);

async fn reaches(mut head: watch::Receiver<Position>, position: Position) {
    let reached = timeout(LONG, head.wait_for(|head| *head >= position)).await;
    reached.expect("the head is never known").expect("the journal is there");
}

async fn ones_own_append_raises_the_head_at_once(world: &World) {
    let mut head = world.journal.watch_head();
    assert_eq!(*head.borrow_and_update(), 0);
    world.append(unit([("A-1", 1), ("A-2", 1)])).await.unwrap();
    assert!(head.has_changed().unwrap());
    assert_eq!(*head.borrow_and_update(), 2);
}

async fn a_rejected_unit_does_not_wake(world: &World) {
    world.append(unit([("A-1", 1)])).await.unwrap();
    let mut head = world.journal.watch_head();
    head.mark_unchanged();
    world.append(unit([("A-1", 1)])).await.unwrap_err();
    assert!(!head.has_changed().unwrap());
}

async fn an_append_of_another_process_wakes(world: &World) {
    let watching = world.another().await;
    world.append(unit([("A-1", 1)])).await.unwrap();
    reaches(watching.watch_head(), 1).await;
}

#[tokio::test]
async fn a_dead_listener_does_not_stop_the_watching() {
    let world = World::postgres().await;
    let watching = connect(world.database()).await;
    let mut admin = world.database().connect().await;
    for sequence in 1..=3 {
        admin
            .execute(
                "select pg_terminate_backend(pid) from pg_stat_activity
                 where datname = current_database() and pid <> pg_backend_pid()
                 and query ilike '%listen%'",
            )
            .await
            .unwrap();
        world.append(unit([("A-1", sequence)])).await.unwrap();
        reaches(watching.watch_head(), sequence).await;
    }
    watching.close().await;
    world.close().await;
}

/// Whoever asks only once an hour hears of every commit all the same, also of one that followed so
/// closely that it was not announced by itself.
#[tokio::test]
async fn commits_that_follow_closely_are_announced_together() {
    let world = World::postgres().await;
    let poll = Duration::from_secs(3_600);
    let options = PostgresOptions { poll, ..PostgresOptions::default() };
    let watching = PostgresJournal::connect(&world.database().url(), options).await.unwrap();
    listening(&world).await;
    for sequence in 1..=20 {
        world.append(unit([("A-1", sequence)])).await.unwrap();
    }
    reaches(watching.watch_head(), 20).await;
    watching.close().await;
    world.close().await;
}

/// Waits until both journals listen: what was said before is not heard.
async fn listening(world: &World) {
    let mut admin = world.database().connect().await;
    let both = async {
        loop {
            let listeners: i64 = sqlx::query_scalar(
                "select count(*) from pg_stat_activity
                 where datname = current_database() and query ilike 'listen%' and state = 'idle'",
            )
            .fetch_one(&mut admin)
            .await
            .unwrap();
            if listeners == 2 {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, both).await.expect("they listen");
}

#[tokio::test]
async fn a_write_without_a_notification_is_seen() {
    let world = World::postgres().await;
    let head = world.journal.watch_head();
    let mut other = world.database().connect().await;
    other
        .execute(
            "insert into events (aggregate_type, aggregate_id, sequence, event_type,
                                 event_version, payload, metadata)
             values ('seat', 'A-1', 1, 'held', '1.0', '{}', '{}')",
        )
        .await
        .unwrap();
    reaches(head, 1).await;
    world.close().await;
}

#[tokio::test]
async fn the_watching_ends_with_the_journal() {
    let world = World::postgres().await;
    let mut head = world.journal.watch_head();
    world.close().await;
    let ended = timeout(LONG, async { while head.changed().await.is_ok() {} }).await;
    ended.expect("the task that watches is still there");
}
