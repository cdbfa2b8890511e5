//! What a commit keeps, what a crash loses, and what is done about a damaged index.

use std::fs;
use std::path::{Path, PathBuf};

use aisle_domain::event::EventFact;
use aisle_projections::projection::{Projection, ProjectionError};
use aisle_projections::search::SearchProjection;

use crate::world::{Journal, World, details, event};

fn journal_of(events: u128) -> Journal {
    let mut journal = Journal::default();
    for n in 1..=events {
        journal.on_sale(event(n), details(&format!("Match {n}")));
    }
    for n in (1..=events).step_by(3) {
        journal.event(event(n), EventFact::SalesClosed {});
    }
    journal
}

/// The digest after applying a journal in batches, with a commit after every `every` batches.
async fn digest(journal: &Journal, batch: usize, every: usize) -> String {
    let mut world = World::new();
    let mut position = 0;
    for (i, entries) in journal.entries.chunks(batch).enumerate() {
        world.projection.apply(entries).await.unwrap();
        position += entries.len() as u64;
        if i % every == 0 {
            world.projection.commit(position).await.unwrap();
        }
    }
    world.projection.commit(position).await.unwrap();
    world.projection.digest().await.unwrap().to_string()
}

fn build_path(dir: &Path) -> PathBuf {
    dir.join(fs::read_to_string(dir.join("CURRENT")).unwrap().trim())
}

fn build_names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap());
    let dirs = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut names: Vec<_> = dirs.map(|e| e.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn the_checkpoint_is_that_of_the_last_commit() {
    let mut world = World::of_titles(&["a", "b"]).await;
    world.journal.event(event(1), EventFact::SalesPaused {});
    world.apply_from(6).await;
    assert_eq!(world.projection.checkpoint().await.unwrap(), 6);
    let world = world.restart();
    assert_eq!(world.projection.checkpoint().await.unwrap(), 6);
    assert_eq!(world.search().position(), 6);
    assert_eq!(world.titles("a").len(), 1);
}

#[tokio::test]
async fn a_commit_without_changes_moves_the_checkpoint() {
    let mut world = World::of_titles(&["a"]).await;
    world.projection.commit(8).await.unwrap();
    let world = world.restart();
    assert_eq!(world.projection.checkpoint().await.unwrap(), 8);
    assert_eq!(world.titles("a").len(), 1);
}

#[tokio::test]
async fn what_was_applied_before_a_crash_is_applied_again() {
    let journal = journal_of(12);
    let expected = digest(&journal, 1_000, 1).await;
    let mut world = World { journal, ..World::new() };
    world.projection.apply(&world.journal.entries[..10]).await.unwrap();
    world.projection.commit(10).await.unwrap();
    world.apply_from(10).await;
    let mut world = world.restart();
    world.catch_up().await;
    assert_eq!(world.projection.digest().await.unwrap().to_string(), expected);
    assert_eq!(world.titles("match").len(), 12);
}

#[tokio::test]
async fn the_digest_does_not_depend_on_batches_and_commits() {
    let journal = journal_of(30);
    let whole = digest(&journal, 1_000, 1).await;
    for (batch, every) in [(1, 5), (7, 1), (20, 3)] {
        assert_eq!(digest(&journal, batch, every).await, whole, "{batch} by {every}");
    }
    let other = digest(&journal_of(29), 1_000, 1).await;
    assert_ne!(other, whole);
}

#[tokio::test]
async fn a_rebuild_beside_the_one_in_use_is_equal_and_replaces_it() {
    let mut world = World { journal: journal_of(9), ..World::new() };
    world.catch_up().await;
    let mut rebuilt = SearchProjection::new_build(world.dir.path()).unwrap();
    rebuilt.apply(&world.journal.entries).await.unwrap();
    rebuilt.commit(world.journal.head()).await.unwrap();
    let digests = (rebuilt.digest().await.unwrap(), world.projection.digest().await.unwrap());
    assert_eq!(digests.0, digests.1);
    assert_eq!(build_names(world.dir.path()), ["3-1", "3-2"]);
    rebuilt.make_current().unwrap();
    drop(rebuilt);
    let world = world.restart();
    assert_eq!(build_names(world.dir.path()), ["3-2"]);
    assert_eq!(world.projection.build().to_string(), "3-2");
    assert_eq!(world.titles("match").len(), 9);
}

#[tokio::test]
async fn an_index_whose_files_are_damaged_is_built_anew() {
    let world = World::of_titles(&["a"]).await;
    for entry in fs::read_dir(build_path(world.dir.path())).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "store") {
            let mut bytes = fs::read(&path).unwrap();
            bytes[0] ^= 0xff;
            fs::write(&path, bytes).unwrap();
        }
    }
    let mut world = world.restart();
    assert_eq!(world.projection.checkpoint().await.unwrap(), 0);
    assert_eq!(build_names(world.dir.path()), ["3-2"]);
    world.catch_up().await;
    assert_eq!(world.titles("a"), ["a"]);
}

#[tokio::test]
async fn an_index_that_is_removed_while_it_is_in_use_is_built_anew() {
    for what in ["", "3-1"] {
        let mut world = World::of_titles(&["a", "b"]).await;
        let digest = world.projection.digest().await.unwrap();
        fs::remove_dir_all(world.dir.path().join(what)).unwrap();
        let refused = world.projection.commit(world.journal.head() + 1).await;
        assert!(matches!(refused, Err(ProjectionError::Superseded { .. })), "{refused:?}");
        assert_eq!(world.projection.reload().await.unwrap(), 0);
        assert_eq!(world.titles("a"), ["a"], "readers are not taken back");
        world.projection.apply(&world.journal.entries).await.unwrap();
        world.projection.commit(world.journal.head()).await.unwrap();
        assert_eq!(world.projection.digest().await.unwrap(), digest);
        let world = world.restart();
        assert_eq!(world.projection.checkpoint().await.unwrap(), world.journal.head());
        assert_eq!(world.titles("b"), ["b"]);
    }
}

#[tokio::test]
async fn an_index_without_its_list_of_segments_is_built_anew() {
    for damage in ["", "{", "{\"segments\": 7}"] {
        let world = World::of_titles(&["a"]).await;
        fs::write(build_path(world.dir.path()).join("meta.json"), damage).unwrap();
        let world = world.restart();
        assert_eq!(world.projection.checkpoint().await.unwrap(), 0, "{damage}");
    }
}

#[tokio::test]
async fn an_index_of_another_version_is_built_anew() {
    for pointer in ["0-7", "999-1", "nonsense", "2-99"] {
        let world = World::of_titles(&["a"]).await;
        fs::write(world.dir.path().join("CURRENT"), pointer).unwrap();
        let world = world.restart();
        assert_eq!(world.projection.checkpoint().await.unwrap(), 0, "{pointer}");
        assert_eq!(world.projection.build().to_string(), "3-2");
    }
}

#[tokio::test]
async fn an_index_that_is_open_is_left_alone() {
    let world = World::of_titles(&["a"]).await;
    assert!(SearchProjection::open(world.dir.path()).is_err());
    assert_eq!(build_names(world.dir.path()), ["3-1"]);
    assert_eq!(world.titles("a"), ["a"]);
}
