//! What only shows under concurrency, on the stores that have it. Each race has its negative
//! control or its count of what must be there.

use std::sync::Arc;

use aisle_infra::journal::commit::{Committer, CommitterConfig};
use aisle_infra::journal::{Appended, JournalStore, Rejection, UnitOfWork};
use tokio::task::JoinSet;

use crate::world::{World, on_stores, unit};

on_stores!(
    [sqlite, indexing, postgres, remembering],
    [
        a_polling_reader_misses_nothing_of_many_writers,
        of_racers_exactly_one_wins,
        without_the_check_the_race_is_lost,
        two_processes_that_commit_in_groups_keep_the_order,
    ]
);

const WRITERS: usize = 16;
const UNITS: u64 = 25;

/// Reads as a projection does until it has seen this many facts, and checks that they are all.
async fn follow(journal: Arc<dyn JournalStore>, facts: usize) {
    let mut seen = Vec::with_capacity(facts);
    while seen.len() < facts {
        let after = seen.len() as u64;
        for fact in journal.read(after, 50).await.unwrap() {
            assert_eq!(fact.position, seen.len() as u64 + 1, "a gap or a step back");
            seen.push((fact.stream, fact.sequence));
        }
        tokio::task::yield_now().await;
    }
    for stream in seen.iter().map(|(stream, _)| stream) {
        let order = seen.iter().filter(|(other, _)| other == stream).map(|(_, sequence)| *sequence);
        assert!(order.is_sorted(), "{stream} out of order");
    }
}

async fn a_polling_reader_misses_nothing_of_many_writers(world: &World) {
    let reader = tokio::spawn(follow(world.another().await, WRITERS * UNITS as usize * 2));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let journal = Arc::clone(&world.journal);
        writers.spawn(async move {
            let (one, two) = (format!("{writer}-a"), format!("{writer}-b"));
            for sequence in 1..=UNITS {
                let unit = unit([(&one, sequence), (&two, sequence)]);
                journal.append(&[unit]).await.unwrap().remove(0).unwrap();
            }
        });
    }
    writers.join_all().await;
    reader.await.unwrap();
}

/// Lets many append a first fact to one stream at once, and counts those who were told it is theirs.
async fn race<F>(world: &World, append: impl Fn(Arc<dyn JournalStore>, UnitOfWork) -> F) -> usize
where
    F: Future<Output = Result<Appended, Rejection>> + Send + 'static,
{
    let mut racers = JoinSet::new();
    for _ in 0..WRITERS {
        racers.spawn(append(Arc::clone(&world.journal), unit([("A-1", 1)])));
    }
    racers.join_all().await.iter().filter(|outcome| outcome.is_ok()).count()
}

async fn guarded(journal: Arc<dyn JournalStore>, unit: UnitOfWork) -> Result<Appended, Rejection> {
    journal.append(&[unit]).await.unwrap().remove(0)
}

/// Takes a conflict for a matter of numbering: what an append without the check amounts to.
async fn unguarded(
    journal: Arc<dyn JournalStore>,
    mut unit: UnitOfWork,
) -> Result<Appended, Rejection> {
    loop {
        match journal.append(&[unit.clone()]).await.unwrap().remove(0) {
            Err(Rejection::Conflict(stream)) => {
                let there = journal.load(&[stream]).await.unwrap().len() as u64;
                unit.facts[0].sequence = there + 1;
            }
            outcome => return outcome,
        }
    }
}

async fn of_racers_exactly_one_wins(world: &World) {
    assert_eq!(race(world, guarded).await, 1);
    assert_eq!(world.everything().await.len(), 1);
}

async fn without_the_check_the_race_is_lost(world: &World) {
    assert!(
        race(world, unguarded).await > 1,
        "the race was not seen: the other test shows nothing"
    );
}

async fn two_processes_that_commit_in_groups_keep_the_order(world: &World) {
    let committers = [Arc::clone(&world.journal), world.another().await]
        .map(|journal| Committer::start(journal, CommitterConfig::default()));
    let reader = tokio::spawn(follow(world.another().await, WRITERS * UNITS as usize));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let committer = committers[writer % 2].clone();
        writers.spawn(async move {
            let stream = format!("{writer}");
            for sequence in 1..=UNITS {
                committer.append(unit([(&stream, sequence)])).await.unwrap();
            }
        });
    }
    writers.join_all().await;
    reader.await.unwrap();
    let [one, two] = committers;
    assert_eq!(one.metrics().units + two.metrics().units, WRITERS as u64 * UNITS);
    tokio::join!(one.shutdown(), two.shutdown());
}
