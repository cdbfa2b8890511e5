//! What was acknowledged is there after PostgreSQL was killed in mid-work: on a server of the
//! test's own.

use std::sync::Arc;

use aisle_infra::journal::JournalStore;
use aisle_infra::journal::commit::{Committer, CommitterConfig};
use aisle_infra::journal::postgres::{PostgresJournal, PostgresOptions};
use aisle_infra::testing::postgres_server::PostgresServer;
use tokio::task::JoinSet;

use crate::world::unit;

const WRITERS: usize = 8;
/// After so many acknowledged appends the server dies.
const ENOUGH: u64 = 200;

/// A journal on a server that is up, or comes up.
async fn journal(server: &mut PostgresServer) -> PostgresJournal {
    server.is_up().await;
    PostgresJournal::connect(&server.url(), PostgresOptions::default()).await.unwrap()
}

/// Appends to a stream of its own until the server is gone. Returns the last sequence that was
/// acknowledged.
async fn write(committer: Committer, writer: usize) -> u64 {
    let stream = format!("{writer}");
    let mut acknowledged = 0;
    loop {
        let unit = unit([(&stream, acknowledged + 1)]);
        match committer.append(unit).await {
            Ok(_) => acknowledged += 1,
            Err(_) => return acknowledged,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill_of_postgres() {
    let mut server = PostgresServer::start(|_| {}).await;
    let journal: Arc<dyn JournalStore> = Arc::new(journal(&mut server).await);
    let committer = Committer::start(Arc::clone(&journal), CommitterConfig::default());
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let committer = committer.clone();
        writers.spawn(async move { (writer, write(committer, writer).await) });
    }
    journal.watch_head().wait_for(|head| *head >= ENOUGH).await.unwrap();
    server.kill_9();
    let acknowledged = writers.join_all().await;
    committer.shutdown().await;
    drop(journal);

    let journal = self::journal(&mut server).await;
    let facts = journal.read(0, usize::MAX).await.unwrap();
    assert!(facts.iter().map(|fact| fact.position).eq(1..=facts.len() as u64), "a gap");
    assert_eq!(journal.head().await.unwrap(), facts.len() as u64);
    assert!(acknowledged.iter().map(|(_, sequence)| sequence).sum::<u64>() > 0);
    for (writer, sequence) in acknowledged {
        let mine = facts.iter().filter(|fact| fact.stream.id == writer.to_string());
        // The last one may have been committed without being acknowledged.
        let kept = mine.count() as u64;
        assert!(kept == sequence || kept == sequence + 1, "{writer}: {kept} of {sequence}");
    }
    journal.append(&[unit([("after", 1)])]).await.unwrap().remove(0).unwrap();
    journal.close().await;
}
