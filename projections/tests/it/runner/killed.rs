//! A runner that is killed at every one of its steps: before and after it has applied something, and
//! before and after it has stored that with its checkpoint.

use std::future::pending;
use std::sync::Arc;

use aisle_domain::stream::{AggregateType, Position};
use aisle_infra::bus::InProcessBus;
use aisle_infra::journal::Entry;
use aisle_projections::projection::{Cadence, Digest, Projection, ProjectionError, Visibility};
use aisle_projections::runner::Runner;
use aisle_projections::seat_map::SeatMaps;
use aisle_projections::views::Views;
use async_trait::async_trait;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::reaches;
use super::read_models::{all, are_rebuilt_the_same, rebuildables, run_all};
use crate::db::on_both;
use crate::story::Story;

/// A runner takes four, two for each half of what it does; the last ones live.
const STEPS: u32 = 6;

on_both!(whoever_is_killed_at_any_step_counts_nothing_twice_and_leaves_nothing_out);

async fn whoever_is_killed_at_any_step_counts_nothing_twice_and_leaves_nothing_out(url: &str) {
    let story = Story::on_sale().await;
    for steps in 0..STEPS {
        let seat = format!("A-{}", steps + 1);
        story.hold(steps.into(), "ann", &[&seat], 2);
        let head = story.pay(steps.into(), &[&seat], 2);
        live_for(steps, url, &story, head).await;
    }
    let (stop, views) = (CancellationToken::new(), Views::open(url).await.unwrap());
    let maps = SeatMaps::default();
    let runners = run_all(&views, &maps, &story, &stop).await;
    let head = story.hold(STEPS.into(), "bob", &[], 1);
    for runner in &runners {
        reaches(runner, head).await;
    }
    stop.cancel();
    for runner in runners {
        runner.join.await.unwrap();
    }
    let (map, page) = (maps.snapshot(story.event), views.event(story.event).await.unwrap());
    assert_eq!(map.unwrap().sold, STEPS);
    assert_eq!(page.unwrap().seats.sold, STEPS);
    are_rebuilt_the_same(rebuildables(&views, &story), &story).await;
}

/// Runs each read model for so many steps, or until it is at the head.
async fn live_for(steps: u32, url: &str, story: &Story, head: Position) {
    let (stop, views) = (CancellationToken::new(), Views::open(url).await.unwrap());
    let bus = InProcessBus::start(story.journal.clone(), 0, stop.clone());
    for projection in all(&views, &SeatMaps::default(), story).await {
        let died = Arc::new(Notify::new());
        let mortal = Mortal { projection, steps, died: died.clone() };
        let (journal, bus) = (story.journal.clone(), bus.clone());
        let runner = Runner::spawn(Box::new(mortal), journal, bus, stop.clone());
        tokio::select! {
            () = died.notified() => {}
            () = reaches(&runner, head) => {}
        }
        runner.join.abort();
        assert!(runner.join.await.is_err(), "it ended by itself");
    }
    stop.cancel();
}

/// Does no more after so many steps.
struct Mortal {
    projection: Box<dyn Projection>,
    steps: u32,
    died: Arc<Notify>,
}

impl Mortal {
    async fn step(&mut self) {
        if self.steps == 0 {
            self.died.notify_one();
            pending::<()>().await;
        }
        self.steps -= 1;
    }
}

#[async_trait]
impl Projection for Mortal {
    fn name(&self) -> &'static str {
        self.projection.name()
    }

    fn version(&self) -> u32 {
        self.projection.version()
    }

    /// At once, whatever it is otherwise.
    fn cadence(&self) -> Cadence {
        Cadence::Spaced(std::time::Duration::ZERO)
    }

    /// So that whoever waits for it waits for what is stored.
    fn visibility(&self) -> Visibility {
        Visibility::OnCommit
    }

    fn reads(&self, aggregate: AggregateType) -> bool {
        self.projection.reads(aggregate)
    }

    async fn checkpoint(&self) -> Result<Position, ProjectionError> {
        self.projection.checkpoint().await
    }

    async fn apply(&mut self, entries: &[Entry]) -> Result<(), ProjectionError> {
        self.step().await;
        self.projection.apply(entries).await?;
        self.step().await;
        Ok(())
    }

    async fn commit(&mut self, position: Position) -> Result<(), ProjectionError> {
        self.step().await;
        self.projection.commit(position).await?;
        self.step().await;
        Ok(())
    }

    async fn digest(&self) -> Result<Digest, ProjectionError> {
        self.projection.digest().await
    }
}
