//! The runner: nothing is missed, nothing counts twice, and trouble stays where it is.

mod commits;
mod following;
mod killed;
mod read_models;
mod trouble;

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aisle_domain::stream::{AggregateType, Position};
use aisle_infra::bus::Bus;
use aisle_infra::journal::Entry;
use aisle_projections::projection::{Cadence, Digest, Projection, ProjectionError, Visibility};
use aisle_projections::runner::{Freshness, Progress, RunState, Runner, RunnerHandle};
use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::bus::HandBus;
use crate::story::Story;

/// Longer than any of this takes; a test that needs it has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Writes down what it is given.
#[derive(Clone)]
struct Recorder {
    name: &'static str,
    cadence: Cadence,
    /// The position that it cannot apply.
    poison: Position,
    /// Unreadable facts of this kind do not concern it.
    ignores: Option<AggregateType>,
    /// How many of the next commits fail.
    failures: Arc<AtomicU32>,
    /// How many of the next commits find that what they store was rebuilt.
    rebuilds: Arc<AtomicU32>,
    /// Its own progress, which it looks at whenever it is given something.
    looks_at: Arc<OnceLock<watch::Receiver<Progress>>>,
    told: Arc<Mutex<Vec<Position>>>,
    applied: Arc<Mutex<Vec<Position>>>,
    committed: Arc<Mutex<Vec<Position>>>,
}

impl Recorder {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            cadence: Cadence::Spaced(Duration::ZERO),
            poison: 0,
            ignores: None,
            failures: Arc::default(),
            rebuilds: Arc::default(),
            looks_at: Arc::default(),
            told: Arc::default(),
            applied: Arc::default(),
            committed: Arc::default(),
        }
    }

    fn run(&self, story: &Story, bus: Arc<dyn Bus>, stop: &CancellationToken) -> RunnerHandle {
        Runner::spawn(Box::new(self.clone()), story.journal.clone(), bus, stop.clone())
    }

    fn applied(&self) -> Vec<Position> {
        self.applied.lock().clone()
    }
}

#[async_trait]
impl Projection for Recorder {
    fn name(&self) -> &'static str {
        self.name
    }

    fn version(&self) -> u32 {
        1
    }

    fn cadence(&self) -> Cadence {
        self.cadence
    }

    fn visibility(&self) -> Visibility {
        match self.cadence {
            Cadence::Spaced(_) => Visibility::OnCommit,
            Cadence::Within(_) => Visibility::OnApply,
        }
    }

    fn reads(&self, aggregate: AggregateType) -> bool {
        self.ignores != Some(aggregate)
    }

    async fn checkpoint(&self) -> Result<Position, ProjectionError> {
        Ok(self.committed.lock().last().copied().unwrap_or(0))
    }

    async fn apply(&mut self, entries: &[Entry]) -> Result<(), ProjectionError> {
        let positions: Vec<Position> = entries.iter().map(Entry::position).collect();
        if positions.contains(&self.poison) {
            let (position, reason) = (self.poison, "bitter".to_owned());
            return Err(ProjectionError::Poison { position, reason });
        }
        self.applied.lock().extend(positions);
        let looked = self.looks_at.get().map(|progress| progress.borrow().applied);
        self.told.lock().extend(looked);
        Ok(())
    }

    async fn commit(&mut self, position: Position) -> Result<(), ProjectionError> {
        let fails = |left: u32| left.checked_sub(1);
        if self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fails).is_ok() {
            return Err(ProjectionError::store(std::io::Error::other("the disk is full")));
        }
        if self.rebuilds.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fails).is_ok() {
            return Err(ProjectionError::Superseded { found: None });
        }
        self.committed.lock().push(position);
        Ok(())
    }

    async fn reload(&mut self) -> Result<Position, ProjectionError> {
        self.checkpoint().await
    }

    async fn digest(&self) -> Result<Digest, ProjectionError> {
        Ok(Digest([0; 32]))
    }
}

async fn reaches(runner: &RunnerHandle, position: Position) {
    let mut freshness = Freshness::default();
    freshness.watch(runner);
    freshness.wait_for(runner.name, position, PATIENCE).await.expect("it got there");
}

async fn until_state(runner: &RunnerHandle, state: impl Fn(&RunState) -> bool) -> RunState {
    let mut progress = runner.progress.clone();
    let waited = tokio::time::timeout(PATIENCE, progress.wait_for(|now| state(&now.state))).await;
    waited.expect("in time").expect("while it runs").state.clone()
}

/// The position of the last fact of a story that has just begun.
const BEGUN: Position = 3;

/// A recorder that follows live, on a bus that is fed by hand.
struct Fed {
    story: Story,
    bus: Arc<HandBus>,
    recorder: Recorder,
    runner: RunnerHandle,
    stop: CancellationToken,
}

impl Fed {
    /// Returns once it shows what the story begins with.
    async fn live(recorder: Recorder) -> Self {
        let story = Story::on_sale().await;
        let (stop, bus) = (CancellationToken::new(), HandBus::new());
        let runner = recorder.run(&story, bus.clone(), &stop);
        reaches(&runner, BEGUN).await;
        until_state(&runner, |state| *state == RunState::Live).await;
        Self { story, bus, recorder, runner, stop }
    }

    /// Sends a part of the journal.
    async fn is_told(&self, part: RangeInclusive<Position>) {
        self.bus.send(&self.story.journal, part).await;
    }

    /// It gets there, and applies everything once and in order.
    async fn gets_to(&self, last: Position) {
        reaches(&self.runner, last).await;
        assert_eq!(self.recorder.applied(), (1..=last).collect::<Vec<_>>());
    }

    async fn stops(self) -> Recorder {
        self.stop.cancel();
        self.runner.join.await.unwrap();
        self.recorder
    }
}
