//! What is particular to the embedded store: durability settings, what a reopened file holds, and
//! indexes that follow what they are of.

use std::path::Path;

use aisle_infra::journal::sqlite::{SqliteJournal, SqliteOptions};
use aisle_infra::journal::{JournalStore, RecordedFact, Rejection};
use jiff::Timestamp;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

use crate::world::{actor, conflict, event, keyed, stream, unit};

#[tokio::test]
async fn a_commit_is_on_disk_when_it_is_acknowledged() {
    let home = TempDir::new().unwrap();
    let journal = SqliteJournal::open(home.path().join("journal.db")).await.unwrap();
    let full = 2;
    assert_eq!(journal.durability().await.unwrap(), ("wal".to_owned(), full));
}

#[tokio::test]
async fn a_reopened_file_holds_everything() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("journal.db");
    let first = keyed(unit([("A-1", 1)]), "ann", "k", "first");
    let journal = SqliteJournal::open(&file).await.unwrap();
    journal.append(std::slice::from_ref(&first)).await.unwrap().remove(0).unwrap();
    let written = journal.read(0, 10).await.unwrap();
    drop(journal);
    let journal = SqliteJournal::open(&file).await.unwrap();
    assert_eq!(journal.read(0, 10).await.unwrap(), written);
    assert_eq!(*journal.watch_head().borrow(), 1);
    assert!(journal.append(&[first]).await.unwrap().remove(0).is_err());
}

#[tokio::test]
async fn a_large_import_is_one_batch() {
    let home = TempDir::new().unwrap();
    let journal = SqliteJournal::open(home.path().join("journal.db")).await.unwrap();
    let names = (0..2_345).map(|seat| format!("{seat}")).collect::<Vec<_>>();
    let units = names.iter().map(|name| unit([(name, 1), (name, 2)])).collect::<Vec<_>>();
    let outcomes = journal.append(&units).await.unwrap();
    let last = outcomes.last().unwrap().as_ref().unwrap();
    assert_eq!(last.position, 4_690);
    assert_eq!(journal.read(0, usize::MAX).await.unwrap().len(), 4_690);
}

#[tokio::test]
async fn an_append_that_is_given_up_leaves_the_writer_usable() {
    let home = TempDir::new().unwrap();
    let journal = SqliteJournal::open(home.path().join("journal.db")).await.unwrap();
    let import = (1..=500).map(|sequence| unit([("A-1", sequence)])).collect::<Vec<_>>();
    for turns in 0..40 {
        let mut append = std::pin::pin!(journal.append(&import));
        for _ in 0..turns {
            if futures::poll!(&mut append).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    let head = journal.head().await.unwrap();
    assert!(head == 0 || head == 500, "half a batch: {head}");
    journal.append(&[unit([("A-2", 1)])]).await.unwrap().remove(0).unwrap();
    assert_eq!(journal.head().await.unwrap(), journal.read(0, 1_000).await.unwrap().len() as u64);
}

/// Opens the file so that few entries are gathered before they are entered in the indexes.
async fn open_indexing(file: &Path) -> SqliteJournal {
    SqliteJournal::open_with(file, SqliteOptions { gathered: 16, ..SqliteOptions::default() })
        .await
        .unwrap()
}

/// Appends the next fact of this seat, and another's first, under a key.
async fn append(journal: &SqliteJournal, round: u64) {
    let (seat, other) = (format!("A-{}", round % 7), format!("B-{round}"));
    let unit = unit([(&seat, round / 7 + 1), (&other, 1)]);
    let unit = keyed(unit, "ann", &format!("{round}"), &format!("{round}"));
    journal.append(&[unit]).await.unwrap().remove(0).unwrap();
}

/// Everything up to a round is found: by stream, by event and by key, and nothing can be appended
/// twice.
async fn is_all_found(journal: &SqliteJournal, rounds: u64) {
    let all = journal.read(0, usize::MAX).await.unwrap();
    assert_eq!(all.len() as u64, 2 * rounds);
    assert_eq!(journal.read_event(event(1), 0, usize::MAX).await.unwrap(), all);
    assert_eq!(journal.read_event(event(1), 9, 10).await.unwrap(), all[9..19]);
    let seat = journal.load(&[stream("A-3")]).await.unwrap();
    let expected = all.iter().filter(|fact| fact.stream == stream("A-3"));
    assert!(seat.iter().eq(expected));
    for round in 0..rounds {
        let answer = journal.answer(&actor("ann"), &format!("{round}")).await.unwrap();
        assert_eq!(answer.unwrap().position, 2 * round + 2);
        let again = unit([(&format!("B-{round}"), 1)]);
        let rejected = journal.append(&[again]).await.unwrap().remove(0);
        assert_eq!(rejected, conflict(&format!("B-{round}")));
    }
}

#[tokio::test]
async fn everything_is_found_wherever_the_indexes_have_come_to() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("journal.db");
    for round in 0..60 {
        // Opened anew each time, the entries under way begin again.
        let journal = open_indexing(&file).await;
        append(&journal, round).await;
        if round % 12 == 11 {
            is_all_found(&journal, round + 1).await;
        }
    }
    let journal = open_indexing(&file).await;
    for round in 60..200 {
        append(&journal, round).await;
    }
    is_all_found(&journal, 200).await;
    // Without anything in memory but what no index has.
    is_all_found(&open_indexing(&file).await, 200).await;
}

#[tokio::test]
async fn two_processes_find_what_either_appended() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("journal.db");
    let journals = [open_indexing(&file).await, open_indexing(&file).await];
    for round in 0..150 {
        append(&journals[usize::from(round % 10 < 5)], round).await;
    }
    for journal in &journals {
        is_all_found(journal, 150).await;
    }
}

#[tokio::test]
async fn answers_are_forgotten_by_the_indexes_too() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("journal.db");
    let journal = open_indexing(&file).await;
    for round in 0..100 {
        append(&journal, round).await;
    }
    let facts = journal.read(0, usize::MAX).await.unwrap();
    let middle = facts[100].recorded_at;
    let before = facts.iter().filter(|fact| fact.recorded_at < middle).count() as u64 / 2;
    assert_eq!(journal.forget_answers(middle).await.unwrap(), before);
    for round in 0..100 {
        let answer = journal.answer(&actor("ann"), &format!("{round}")).await.unwrap();
        assert_eq!(answer.is_some(), round >= before, "{round}");
    }
    journal.forget_answers(Timestamp::MAX).await.unwrap();
    // The numbers of what was forgotten are not used again: they would not be read at a start.
    for round in 100..110 {
        append(&journal, round).await;
    }
    let journal = open_indexing(&file).await;
    let again = keyed(unit([("C-1", 1)]), "ann", "105", "again");
    let repeated = journal.append(&[again]).await.unwrap().remove(0);
    assert!(matches!(repeated, Err(Rejection::Repeated(_))), "{repeated:?}");
}

/// A file as Aisle made them before its indexes followed.
async fn earlier_file(file: &Path) {
    let migrator = sqlx::migrate!("migrations/sqlite");
    let migrations = migrator.iter().take(2).cloned().collect::<Vec<_>>();
    let migrator = Migrator { migrations: migrations.into(), ..Migrator::DEFAULT };
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    migrator.run(&mut connection).await.unwrap();
    for (position, seat, sequence) in [(1, "A-1", 1), (2, "A-2", 1), (3, "A-1", 2)] {
        sqlx::query("insert into events values (?, 'seat', ?, ?, 'held', '1.0', '{}', '{}', ?, ?)")
            .bind(position)
            .bind(seat)
            .bind(sequence)
            .bind(event(1).0)
            .bind(position * 1_000)
            .execute(&mut connection)
            .await
            .unwrap();
        sqlx::query("insert into commands values ('ann', ?, zeroblob(32), '{}', ?, ?)")
            .bind(format!("{position}"))
            .bind(position)
            .bind(position * 1_000)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    sqlx::query("update journal_head set position = 3").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn an_earlier_file_is_brought_up_to_date() {
    let home = TempDir::new().unwrap();
    let file = home.path().join("journal.db");
    earlier_file(&file).await;
    let journal = SqliteJournal::open(&file).await.unwrap();
    let sequences = |facts: Vec<RecordedFact>| {
        facts.iter().map(|fact| (fact.position, fact.sequence)).collect::<Vec<_>>()
    };
    assert_eq!(sequences(journal.load(&[stream("A-1")]).await.unwrap()), [(1, 1), (3, 2)]);
    assert_eq!(sequences(journal.read_event(event(1), 1, 9).await.unwrap()), [(2, 1), (3, 2)]);
    assert_eq!(journal.answer(&actor("ann"), "2").await.unwrap().unwrap().position, 2);
    let outcomes = journal.append(&[unit([("A-1", 2)]), unit([("A-2", 2)])]).await.unwrap();
    assert_eq!(outcomes[0], conflict("A-1"));
    assert_eq!(outcomes[1].as_ref().unwrap().position, 4);
    let again = keyed(unit([]), "ann", "3", "again");
    assert!(journal.append(&[again]).await.unwrap().remove(0).is_err());
}
