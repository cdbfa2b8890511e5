//! What is particular to the embedded store: durability settings, and what a reopened file holds.

use aisle_infra::journal::JournalStore;
use aisle_infra::journal::sqlite::SqliteJournal;
use tempfile::TempDir;

use crate::world::{keyed, unit};

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
