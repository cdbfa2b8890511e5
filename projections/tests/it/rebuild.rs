//! Rebuilding: equal when nothing is wrong, unequal when a row was edited, and never in the way of
//! the one that runs.

use aisle_domain::booking::BookingFact;
use aisle_infra::journal::Entry;
use aisle_projections::projection::{Projection, ProjectionError};
use aisle_projections::rebuild::{
    Afterwards, RebuildError, Rebuildable, Swap, rebuild, rebuild_all,
};
use aisle_projections::seat_map::{self, SeatMap, SeatMaps};
use aisle_projections::views::Views;
use sqlx::any::install_default_drivers;
use sqlx::{AnyConnection, Connection};

use crate::db::on_both;
use crate::story::{Story, booking_id};

on_both!(
    a_rebuild_gives_the_same_digest,
    all_are_rebuilt_from_one_reading_of_the_journal,
    one_that_cannot_be_built_does_not_stop_the_others,
    a_tampered_row_is_found_and_mended,
    a_runner_whose_build_was_swapped_away_takes_up_the_new_one,
    of_two_rebuilds_the_later_goes_on,
    readers_are_never_taken_back,
    what_was_replaced_is_cleared_away_and_nothing_else,
);

async fn told() -> Story {
    let story = Story::on_sale().await;
    story.hold(1, "ann", &["A-1", "A-2"], 3);
    story.pay(1, &["A-1", "A-2"], 3);
    story.hold(2, "bob", &["A-3"], 1);
    story.end(2, BookingFact::Expired {}, &["A-3"], 1);
    story.cancel(1, &["A-1", "A-2"], 3);
    story
}

async fn everything(views: &Views, story: &Story) -> Vec<Box<dyn Projection>> {
    let mut all = views.projections(story.plans()).await.unwrap();
    let maps = SeatMaps::default();
    all.push(Box::new(SeatMap::open(views.store(), story.plans(), maps).await.unwrap()));
    all
}

fn rebuildables(views: &Views, story: &Story) -> Vec<Box<dyn Rebuildable>> {
    let mut all = views.rebuildables(story.plans());
    all.push(seat_map::rebuildable(views.store(), story.plans()));
    all
}

async fn fold_all(views: &Views, story: &Story) -> Vec<Box<dyn Projection>> {
    let entries = story.journal.entries();
    let mut all = everything(views, story).await;
    for projection in &mut all {
        projection.apply(&entries).await.unwrap();
        projection.commit(entries.len() as u64).await.unwrap();
    }
    all
}

async fn a_rebuild_gives_the_same_digest(url: &str) {
    let story = told().await;
    let views = Views::open(url).await.unwrap();
    let live = fold_all(&views, &story).await;
    for (what, live) in rebuildables(&views, &story).iter().zip(&live) {
        for afterwards in [Afterwards::Discard, Afterwards::Swap, Afterwards::Swap] {
            let mut last = None;
            let done = rebuild(&**what, &*story.journal, afterwards, |now| last = Some(now));
            let done = done.await.unwrap();
            assert_eq!(done.name, live.name());
            assert!(done.equal, "{done:?}");
            assert_eq!(done.swapped, afterwards == Afterwards::Swap);
            assert_eq!(done.position, story.journal.entries().len() as u64);
            assert_eq!(
                last.map(|now| (now.position, now.target)),
                Some((done.position, done.position))
            );
        }
    }
    assert!(views.booking(booking_id(1)).await.unwrap().is_some());
}

async fn all_are_rebuilt_from_one_reading_of_the_journal(url: &str) {
    let story = told().await;
    // More than is read at once.
    for number in 100..1_900 {
        story.hold(number, "cid", &["A-6"], 0);
        story.end(number, BookingFact::Released {}, &["A-6"], 0);
    }
    let views = Views::open(url).await.unwrap();
    fold_all(&views, &story).await;
    let all = rebuildables(&views, &story);
    let all: Vec<&dyn Rebuildable> = all.iter().map(|what| &**what).collect();
    let (head, before) = (story.journal.entries().len() as u64, story.journal.reads());
    let mut told = Vec::new();
    let done = rebuild_all(&all, &*story.journal, Afterwards::Swap, |now| told.push(now)).await;
    assert_eq!(u64::from(story.journal.reads() - before), head.div_ceil(2_000));
    assert!(told.iter().all(|now| now.position <= now.target && now.target == head), "{told:?}");
    for ((name, report), what) in done.into_iter().zip(&all) {
        let report = report.unwrap();
        assert_eq!((name, report.name), (what.name(), what.name()));
        assert!(report.equal && report.swapped && report.position == head, "{report:?}");
    }
    assert!(views.booking(booking_id(1_899)).await.unwrap().is_some());
}

async fn one_that_cannot_be_built_does_not_stop_the_others(url: &str) {
    let story = told().await;
    let views = Views::open(url).await.unwrap();
    fold_all(&views, &story).await;
    let good = story.journal.entries().len() as u64;
    let poison = story.to_booking(99, BookingFact::Expired {});
    let entries = story.journal.entries();
    for projection in &mut everything(&views, &story).await {
        if projection.name() != "bookings" {
            goes_on(&mut **projection, &entries[good as usize..]).await.unwrap();
        }
    }
    let all = rebuildables(&views, &story);
    let all: Vec<&dyn Rebuildable> = all.iter().map(|what| &**what).collect();
    for (name, report) in rebuild_all(&all, &*story.journal, Afterwards::Swap, |_| {}).await {
        match (name, report) {
            (
                "bookings",
                Err(RebuildError::Projection(ProjectionError::Poison { position, .. })),
            ) => {
                assert_eq!(position, poison);
            }
            (_, Ok(report)) => assert!(report.equal && report.position == poison, "{report:?}"),
            (name, Err(error)) => panic!("{name}: {error:?}"),
        }
    }
    assert!(views.booking(booking_id(2)).await.unwrap().is_some(), "what was read is read still");
}

async fn a_tampered_row_is_found_and_mended(url: &str) {
    let story = told().await;
    let views = Views::open(url).await.unwrap();
    fold_all(&views, &story).await;
    install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let edits = [
        "UPDATE read_event_pages_v1 SET data = REPLACE(data, 'Evening', 'Morning')",
        "UPDATE read_bookings_v1 SET buyer = 'eve' WHERE buyer = 'ann'",
        "DELETE FROM read_sales_v1",
        "UPDATE read_seat_maps_v1 SET data = REPLACE(data, '\"version\":', '\"version\":1')",
    ];
    for edit in edits {
        assert!(sqlx::query(edit).execute(&mut connection).await.unwrap().rows_affected() > 0);
    }
    connection.close().await.unwrap();
    for what in rebuildables(&views, &story) {
        let found = rebuild(&*what, &*story.journal, Afterwards::Swap, |_| {}).await.unwrap();
        assert!(!found.equal && found.swapped, "{found:?}");
        let again = rebuild(&*what, &*story.journal, Afterwards::Swap, |_| {}).await.unwrap();
        assert!(again.equal, "{again:?}");
        assert_eq!(again.from_digest, Some(found.to_digest));
    }
    let page = views.event(story.event).await.unwrap().unwrap();
    assert_eq!(page.details.title, "Evening");
}

async fn a_runner_whose_build_was_swapped_away_takes_up_the_new_one(url: &str) {
    let story = told().await;
    let views = Views::open(url).await.unwrap();
    let mut live = fold_all(&views, &story).await;
    let before = story.journal.entries().len();
    for what in rebuildables(&views, &story) {
        rebuild(&*what, &*story.journal, Afterwards::Swap, |_| {}).await.unwrap();
    }
    story.hold(5, "cid", &["A-5"], 0);
    let entries = story.journal.entries();
    for projection in &mut live {
        let refused = goes_on(&mut **projection, &entries[before..]).await;
        assert!(matches!(refused, Err(ProjectionError::Superseded { found: None })), "{refused:?}");
        assert_eq!(projection.reload().await.unwrap(), before as u64);
        goes_on(&mut **projection, &entries[before..]).await.unwrap();
    }
    assert!(views.booking(booking_id(5)).await.unwrap().is_some());
    for what in rebuildables(&views, &story) {
        let done = rebuild(&*what, &*story.journal, Afterwards::Discard, |_| {}).await.unwrap();
        assert!(done.equal, "{done:?}");
    }
}

async fn goes_on(
    projection: &mut dyn Projection,
    entries: &[Entry],
) -> Result<(), ProjectionError> {
    projection.apply(entries).await?;
    projection.commit(entries.last().unwrap().position()).await
}

async fn of_two_rebuilds_the_later_goes_on(url: &str) {
    let story = told().await;
    let views = Views::open(url).await.unwrap();
    fold_all(&views, &story).await;
    let entries = story.journal.entries();
    for what in rebuildables(&views, &story) {
        let (first, mut earlier) = what.beside().await.unwrap();
        earlier.apply(&entries[..5]).await.unwrap();
        earlier.commit(5).await.unwrap();
        // A number of its own: nothing of the earlier one's is ever counted as its.
        let (second, _) = what.beside().await.unwrap();
        assert!(second > first, "{second} after {first}");
        let refused = earlier.commit(6).await;
        assert!(matches!(refused, Err(ProjectionError::Superseded { .. })), "{refused:?}");
        let done = rebuild(&*what, &*story.journal, Afterwards::Swap, |_| {}).await.unwrap();
        assert!(done.equal, "{done:?}");
        earlier.apply(&entries[5..]).await.unwrap();
        let head = entries.len() as u64;
        // Either refused, or it wrote what is there: the outcome is the same.
        let _ = earlier.commit(head).await;
        assert_eq!(what.shown().await.unwrap().map(|(at, _)| at), Some(head));
        let again = rebuild(&*what, &*story.journal, Afterwards::Discard, |_| {}).await.unwrap();
        assert!(again.equal, "{again:?}");
    }
}

async fn readers_are_never_taken_back(url: &str) {
    let story = told().await;
    let views = Views::open(url).await.unwrap();
    fold_all(&views, &story).await;
    let entries = story.journal.entries();
    let head = entries.len() as u64;
    for what in rebuildables(&views, &story) {
        let shown = what.shown().await.unwrap();
        let (build, mut behind) = what.beside().await.unwrap();
        goes_on(&mut *behind, &entries[..5]).await.unwrap();
        assert_eq!(what.swap(build).await.unwrap(), Swap::Behind(head));
        assert_eq!(what.shown().await.unwrap(), shown);
        goes_on(&mut *behind, &entries[5..]).await.unwrap();
        assert_eq!(what.swap(build).await.unwrap(), Swap::Done);
        assert_eq!(what.shown().await.unwrap(), shown);
    }
}

async fn what_was_replaced_is_cleared_away_and_nothing_else(url: &str) {
    let story = told().await;
    let views = Views::open(url).await.unwrap();
    fold_all(&views, &story).await;
    let entries = story.journal.entries();
    for what in rebuildables(&views, &story) {
        let (build, mut new) = what.beside().await.unwrap();
        goes_on(&mut *new, &entries).await.unwrap();
        assert_eq!(what.swap(build).await.unwrap(), Swap::Done);
        let expected = what.shown().await.unwrap();
        // Another rebuild has begun before what the first one replaced is cleared away.
        let (later, mut growing) = what.beside().await.unwrap();
        goes_on(&mut *growing, &entries[..10]).await.unwrap();
        what.clear_up().await.unwrap();
        goes_on(&mut *growing, &entries[10..]).await.unwrap();
        assert_eq!(what.swap(later).await.unwrap(), Swap::Done);
        what.clear_up().await.unwrap();
        assert_eq!(what.shown().await.unwrap(), expected, "{}", what.name());
    }
    install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    for table in ["read_event_pages_v1", "read_bookings_v1", "read_sales_v1", "read_seat_maps_v1"] {
        let builds = format!("SELECT COUNT(DISTINCT build) FROM {table}");
        let builds: i64 = sqlx::query_scalar(&builds).fetch_one(&mut connection).await.unwrap();
        assert_eq!(builds, 1, "{table}");
    }
    connection.close().await.unwrap();
}
