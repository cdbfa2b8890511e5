//! An index that has nothing begins with the event pages, and is the same as one that was built from
//! the first fact; with pages that will not do it is built from there.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aisle_domain::booking::BookingFact;
use aisle_domain::event::EventFact;
use aisle_infra::bus::InProcessBus;
use aisle_infra::plans::JournalPlans;
use aisle_projections::projection::{Digest, Projection, ProjectionError};
use aisle_projections::runner::{Freshness, Runner};
use aisle_projections::search::{HeadStart, SearchProjection, SearchRequest, Sort};
use aisle_projections::views::Views;
use sqlx::{AnyConnection, Connection};
use tokio_util::sync::CancellationToken;

use crate::db::on_both;
use crate::journal::VecJournal;
use crate::story::Story;

on_both!(
    wherever_the_pages_stand_the_index_becomes_the_same,
    only_what_follows_the_pages_is_read,
    an_index_that_has_something_goes_on_with_it,
    an_index_that_is_removed_begins_with_the_pages_again,
    an_index_that_is_removed_before_it_begins_is_made_anew,
    pages_of_another_version_are_not_taken,
    pages_that_know_more_than_the_journal_are_not_taken,
    pages_that_cannot_be_read_are_passed_over,
    pages_whose_plans_are_lost_are_passed_over,
    a_store_that_fails_is_asked_again,
);

/// Everything that can happen to seats and places, to four events.
async fn told() -> Story {
    let story = Story::on_sale().await;
    story.hold(1, "ann", &["A-1", "A-2"], 3);
    story.hold(2, "bob", &["A-3"], 1);
    let other = story.beside(2).await;
    story.pay(1, &["A-1", "A-2"], 3);
    other.hold(3, "ann", &["A-6", "A-1"], 0);
    story.beside(3).await.happens(EventFact::Cancelled { reason: "rain".into() });
    story.end(2, BookingFact::Expired {}, &["A-3"], 1);
    other.pay(3, &["A-1"], 0);
    // A late payment takes what is free.
    other.pay(4, &["A-2"], 2);
    story.cancel(1, &["A-1", "A-2"], 3);
    story.hold(5, "bob", &["A-2"], 7);
    other.happens(EventFact::SalesPaused {});
    story.beside(4).await.hold(6, "cid", &["A-4", "A-5"], 1);
    story
}

/// Everything that is kept for what is asked: the tables, and the projection of the event pages.
async fn pages(url: &str, story: &Story) -> (Views, Box<dyn Projection>) {
    let views = Views::open(url).await.unwrap();
    let all = views.projections(story.plans()).await.unwrap();
    let pages = all.into_iter().find(|it| it.name() == "event_pages").unwrap();
    (views, pages)
}

/// The tables, with event pages up to a position.
async fn pages_to(url: &str, story: &Story, position: usize) -> Views {
    let (views, mut pages) = pages(url, story).await;
    pages.apply(&story.journal.entries()[..position]).await.unwrap();
    pages.commit(position as u64).await.unwrap();
    views
}

fn open(dir: &Path, views: &Views, story: &Story) -> SearchProjection {
    let head_start = HeadStart::new(views, story.plans(), story.journal.clone());
    SearchProjection::open(dir).unwrap().with_head_start(head_start)
}

/// What an index says and stores that has got everything but what comes before a position.
async fn told_after(index: &mut SearchProjection, story: &Story, position: u64) -> Told {
    let entries = story.journal.entries();
    index.apply(&entries[position as usize..]).await.unwrap();
    index.commit(entries.len() as u64).await.unwrap();
    let request = SearchRequest { sort: Sort::Popularity, ..SearchRequest::default() };
    let hits = index.search().search(&request).unwrap().hits;
    let hits = hits.iter().map(|hit| (hit.listing.event_id.to_string(), hit.listing.available));
    (hits.collect(), index.digest().await.unwrap())
}

type Told = (Vec<(String, u64)>, Digest);

/// The same of one that was built from the first fact.
async fn told_from_the_first_fact(story: &Story) -> Told {
    let dir = tempfile::tempdir().unwrap();
    told_after(&mut SearchProjection::open(dir.path()).unwrap(), story, 0).await
}

async fn run(url: &str, statement: &str) {
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let done = sqlx::query(statement).execute(&mut connection).await.unwrap();
    assert!(done.rows_affected() > 0, "{statement}");
    connection.close().await.unwrap();
}

async fn wherever_the_pages_stand_the_index_becomes_the_same(url: &str) {
    let story = told().await;
    let (views, mut pages) = pages(url, &story).await;
    let whole = told_from_the_first_fact(&story).await;
    let entries = story.journal.entries();
    for (position, entry) in (1..).zip(&entries) {
        pages.apply(std::slice::from_ref(entry)).await.unwrap();
        pages.commit(position).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let mut index = open(dir.path(), &views, &story);
        assert_eq!(index.begin().await.unwrap(), position);
        assert_eq!(index.search().position(), position);
        assert_eq!(told_after(&mut index, &story, position).await, whole, "{position}");
    }
}

async fn only_what_follows_the_pages_is_read(url: &str) {
    let story = told().await;
    let known = story.journal.entries().len();
    let views = pages_to(url, &story, known).await;
    let last = story.hold(7, "dan", &["A-4"], 1);
    let dir = tempfile::tempdir().unwrap();
    let stop = CancellationToken::new();
    let bus = InProcessBus::start(story.journal.clone(), last, stop.clone());
    let index = open(dir.path(), &views, &story);
    let runner = Runner::spawn(Box::new(index), story.journal.clone(), bus, stop.clone());
    let mut freshness = Freshness::default();
    freshness.watch(&runner);
    freshness.wait_for("search", last, Duration::from_secs(30)).await.unwrap();
    stop.cancel();
    runner.join.await.unwrap();
    assert_eq!(story.journal.rows_read(), last as usize - known);
    // It is stored, and the next start needs no pages for it.
    let mut index = SearchProjection::open(dir.path()).unwrap();
    assert_eq!(index.begin().await.unwrap(), last);
    let whole = told_from_the_first_fact(&story).await;
    assert_eq!(told_after(&mut index, &story, last).await, whole);
}

async fn an_index_that_has_something_goes_on_with_it(url: &str) {
    let story = told().await;
    let views = pages_to(url, &story, 20).await;
    let dir = tempfile::tempdir().unwrap();
    let mut index = open(dir.path(), &views, &story);
    index.apply(&story.journal.entries()[..5]).await.unwrap();
    index.commit(5).await.unwrap();
    assert_eq!(index.begin().await.unwrap(), 5);
}

async fn an_index_that_is_removed_begins_with_the_pages_again(url: &str) {
    let story = told().await;
    let views = pages_to(url, &story, 20).await;
    let dir = tempfile::tempdir().unwrap();
    let mut index = open(dir.path(), &views, &story);
    index.begin().await.unwrap();
    index.apply(&story.journal.entries()[20..]).await.unwrap();
    std::fs::remove_dir_all(dir.path()).unwrap();
    let refused = index.commit(21).await;
    assert!(matches!(refused, Err(ProjectionError::Superseded { .. })), "{refused:?}");
    // If the store fails just then, it is tried again.
    rename(url, "read_event_pages_v1", "away").await;
    let failed = index.reload().await;
    assert!(matches!(failed, Err(ProjectionError::Store(_))), "{failed:?}");
    rename(url, "away", "read_event_pages_v1").await;
    assert_eq!(index.reload().await.unwrap(), 20);
    let whole = told_from_the_first_fact(&story).await;
    assert_eq!(told_after(&mut index, &story, 20).await, whole);
}

async fn an_index_that_is_removed_before_it_begins_is_made_anew(url: &str) {
    let story = told().await;
    let views = pages_to(url, &story, 20).await;
    let dir = tempfile::tempdir().unwrap();
    let mut index = open(dir.path(), &views, &story);
    std::fs::remove_dir_all(dir.path()).unwrap();
    let refused = index.begin().await;
    assert!(matches!(refused, Err(ProjectionError::Superseded { .. })), "{refused:?}");
    assert_eq!(index.reload().await.unwrap(), 20);
    let whole = told_from_the_first_fact(&story).await;
    assert_eq!(told_after(&mut index, &story, 20).await, whole);
}

async fn pages_of_another_version_are_not_taken(url: &str) {
    let story = told().await;
    let views = pages_to(url, &story, 20).await;
    run(url, "UPDATE read_checkpoints SET version = 77 WHERE name = 'event_pages'").await;
    begins_with_the_first_fact(&views, &story, "version").await;
}

async fn pages_that_know_more_than_the_journal_are_not_taken(url: &str) {
    let story = told().await;
    let views = pages_to(url, &story, 20).await;
    run(url, "UPDATE read_checkpoints SET position = 5000 WHERE name = 'event_pages'").await;
    begins_with_the_first_fact(&views, &story, "ahead").await;
}

async fn pages_that_cannot_be_read_are_passed_over(url: &str) {
    let story = told().await;
    let all = story.journal.entries().len();
    let views = pages_to(url, &story, all).await;
    // Of the last event, when the others have been taken already.
    let last = "(SELECT MAX(key) FROM read_event_pages_v1)";
    let of_last = format!("key = {last} OR key = {last} || 'x'");
    let broken = ("data = '{' || data", "data = SUBSTR(data, 2)");
    let missing = ("key = key || 'x'", "key = SUBSTR(key, 1, 36)");
    // One that is held and not in the plan, and one that is counted and not held.
    let beyond = (
        "data = REPLACE(REPLACE(data, '\"seats\":6', '\"seats\":7'), '\"4001\"', '\"4011\"')",
        "data = REPLACE(REPLACE(data, '\"seats\":7', '\"seats\":6'), '\"4011\"', '\"4001\"')",
    );
    let miscounted = (
        "data = REPLACE(data, '\"held\":2', '\"held\":3')",
        "data = REPLACE(data, '\"held\":3', '\"held\":2')",
    );
    for (table, (change, back)) in [
        ("read_event_pages_v1", broken),
        ("read_event_occupancy_v1", broken),
        ("read_event_occupancy_v1", missing),
        ("read_event_occupancy_v1", beyond),
        ("read_event_occupancy_v1", miscounted),
    ] {
        run(url, &format!("UPDATE {table} SET {change} WHERE {of_last}")).await;
        begins_with_the_first_fact(&views, &story, change).await;
        run(url, &format!("UPDATE {table} SET {back} WHERE {of_last}")).await;
        let dir = tempfile::tempdir().unwrap();
        let mut index = open(dir.path(), &views, &story);
        assert_eq!(index.begin().await.unwrap(), all as u64, "{back}");
    }
}

async fn pages_whose_plans_are_lost_are_passed_over(url: &str) {
    let story = told().await;
    let views = pages_to(url, &story, story.journal.entries().len()).await;
    let no_plans = Arc::new(JournalPlans::new(VecJournal::new()));
    let dir = tempfile::tempdir().unwrap();
    let index = SearchProjection::open(dir.path()).unwrap();
    let mut index = index.with_head_start(HeadStart::new(&views, no_plans, story.journal.clone()));
    assert_eq!(index.begin().await.unwrap(), 0);
}

async fn begins_with_the_first_fact(views: &Views, story: &Story, why: &str) {
    let dir = tempfile::tempdir().unwrap();
    let mut index = open(dir.path(), views, story);
    assert_eq!(index.begin().await.unwrap(), 0, "{why}");
    // Nothing is left of what was taken before it was found out.
    let whole = told_from_the_first_fact(story).await;
    assert_eq!(told_after(&mut index, story, 0).await, whole, "{why}");
}

async fn a_store_that_fails_is_asked_again(url: &str) {
    let story = told().await;
    let views = pages_to(url, &story, 20).await;
    let dir = tempfile::tempdir().unwrap();
    let mut index = open(dir.path(), &views, &story);
    rename(url, "read_event_occupancy_v1", "away").await;
    let failed = index.begin().await;
    assert!(matches!(failed, Err(ProjectionError::Store(_))), "{failed:?}");
    rename(url, "away", "read_event_occupancy_v1").await;
    assert_eq!(index.begin().await.unwrap(), 20);
}

/// Gives a table another name.
async fn rename(url: &str, table: &str, name: &str) {
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let statement = format!("ALTER TABLE {table} RENAME TO {name}");
    sqlx::query(&statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
