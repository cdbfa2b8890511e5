//! All read models, each with its runner, on one store.

use aisle_infra::bus::InProcessBus;
use aisle_projections::projection::Projection;
use aisle_projections::rebuild::{Afterwards, Rebuildable, rebuild};
use aisle_projections::runner::{Runner, RunnerHandle};
use aisle_projections::seat_map::{self, SeatMap, SeatMaps};
use aisle_projections::views::Views;
use tokio_util::sync::CancellationToken;

use super::reaches;
use crate::db::Db;
use crate::story::Story;

#[tokio::test]
async fn all_read_models_run_and_resume_where_they_stopped() {
    let (story, db) = (Story::on_sale().await, Db::sqlite());
    for round in 1..=3_u128 {
        let stop = CancellationToken::new();
        let (views, maps) = (Views::open(db.url()).await.unwrap(), SeatMaps::default());
        let runners = run_all(&views, &maps, &story, &stop).await;
        let seat = format!("A-{round}");
        story.hold(round, "ann", &[&seat], 2);
        let last = story.pay(round, &[&seat], 2);
        for runner in &runners {
            reaches(runner, last).await;
        }
        let page = views.event(story.event).await.unwrap().unwrap();
        assert_eq!((page.seats.sold, page.areas[0].places.sold), (round as u32, 2 * round as u32));
        assert_eq!(maps.snapshot(story.event).unwrap().sold, round as u32);
        stop.cancel();
        for runner in runners {
            runner.join.await.unwrap();
        }
    }
}

pub(super) async fn run_all(
    views: &Views,
    maps: &SeatMaps,
    story: &Story,
    stop: &CancellationToken,
) -> Vec<RunnerHandle> {
    let bus = InProcessBus::start(story.journal.clone(), 0, stop.clone());
    let start = |p| Runner::spawn(p, story.journal.clone(), bus.clone(), stop.clone());
    all(views, maps, story).await.into_iter().map(start).collect()
}

/// All that are kept in the store.
pub(super) async fn all(views: &Views, maps: &SeatMaps, story: &Story) -> Vec<Box<dyn Projection>> {
    let mut all = views.projections(story.plans()).await.unwrap();
    let seat_map = SeatMap::open(views.store(), story.plans(), maps.clone()).await.unwrap();
    all.push(Box::new(seat_map));
    all
}

/// The same, to be rebuilt.
pub(super) fn rebuildables(views: &Views, story: &Story) -> Vec<Box<dyn Rebuildable>> {
    let mut all = views.rebuildables(story.plans());
    all.push(seat_map::rebuildable(views.store(), story.plans()));
    all
}

/// What is in the store is what a rebuild from the first fact on makes.
pub(super) async fn are_rebuilt_the_same(all: Vec<Box<dyn Rebuildable>>, story: &Story) {
    for what in all {
        let done = rebuild(&*what, &*story.journal, Afterwards::Discard, |_| {}).await.unwrap();
        assert!(done.equal, "{done:?}");
    }
}

#[tokio::test]
async fn a_rebuild_is_swapped_in_while_everything_runs() {
    let (story, db) = (Story::on_sale().await, Db::sqlite());
    let stop = CancellationToken::new();
    let (views, maps) = (Views::open(db.url()).await.unwrap(), SeatMaps::default());
    let runners = run_all(&views, &maps, &story, &stop).await;
    let rebuildables = rebuildables(&views, &story);
    let mut last = story.hold(1, "ann", &["A-1"], 2);
    for (what, number) in rebuildables.iter().zip(2..) {
        let seat = format!("A-{number}");
        last = story.hold(number, "ann", &[&seat], 2);
        let done = rebuild(&**what, &*story.journal, Afterwards::Swap, |_| {}).await.unwrap();
        assert!(done.equal, "{done:?}");
        last = last.max(story.pay(number, &[&seat], 2));
    }
    for runner in &runners {
        reaches(runner, last).await;
    }
    stop.cancel();
    for runner in runners {
        runner.join.await.unwrap();
    }
    let map = maps.snapshot(story.event).unwrap();
    assert_eq!((map.held, map.sold, map.areas[0].sold), (1, 4, 8));
    let page = views.event(story.event).await.unwrap().unwrap();
    assert_eq!((page.seats.held, page.seats.sold, page.areas[0].places.sold), (1, 4, 8));
    are_rebuilt_the_same(rebuildables, &story).await;
}
