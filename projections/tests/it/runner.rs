//! The runner: nothing is missed, nothing counts twice, and trouble stays where it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aisle_domain::booking::BookingFact;
use aisle_domain::event::EventFact;
use aisle_domain::stream::{AggregateType, Position, StreamId};
use aisle_infra::bus::{Bus, InProcessBus};
use aisle_infra::journal::Entry;
use aisle_projections::projection::{Cadence, Digest, Projection, ProjectionError, Visibility};
use aisle_projections::rebuild::{Afterwards, rebuild};
use aisle_projections::runner::{Freshness, RunState, Runner, RunnerHandle, Stale};
use aisle_projections::seat_map::{self, SeatMap, SeatMaps};
use aisle_projections::views::Views;
use async_trait::async_trait;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::bus::HandBus;
use crate::db::Db;
use crate::story::{Story, booking_id};

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
        Ok(())
    }

    async fn commit(&mut self, position: Position) -> Result<(), ProjectionError> {
        let fails = |left: u32| left.checked_sub(1);
        if self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fails).is_ok() {
            return Err(ProjectionError::store(std::io::Error::other("the disk is full")));
        }
        self.committed.lock().push(position);
        Ok(())
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

#[tokio::test]
async fn it_catches_up_and_then_follows_live() {
    let story = Story::on_sale().await;
    let stop = CancellationToken::new();
    let bus = InProcessBus::start(story.journal.clone(), 0, stop.clone());
    let recorder = Recorder::new("recorder");
    let runner = recorder.run(&story, bus, &stop);
    until_state(&runner, |state| *state == RunState::Live).await;
    let mut last = 0;
    for number in 1..=20 {
        last = story.hold(number, "ann", &["A-1"], 0);
        tokio::task::yield_now().await;
    }
    reaches(&runner, last).await;
    assert_eq!(recorder.applied(), (1..=last).collect::<Vec<_>>());
    stop.cancel();
    runner.join.await.unwrap();
    assert_eq!(runner.progress.borrow().state, RunState::Stopped);
    assert_eq!(recorder.committed.lock().last(), Some(&last));
}

#[tokio::test]
async fn a_hole_in_the_bus_is_filled_from_the_journal() {
    let story = Story::on_sale().await;
    let (stop, bus) = (CancellationToken::new(), HandBus::new());
    let recorder = Recorder::new("recorder");
    let runner = recorder.run(&story, bus.clone(), &stop);
    until_state(&runner, |state| *state == RunState::Live).await;
    story.hold(1, "ann", &["A-1", "A-2", "A-3"], 0);
    bus.send(&story.journal, 4..=4).await;
    bus.send(&story.journal, 6..=7).await;
    reaches(&runner, 7).await;
    assert_eq!(recorder.applied(), (1..=7).collect::<Vec<_>>());
    stop.cancel();
    runner.join.await.unwrap();
}

#[tokio::test]
async fn what_is_delivered_twice_is_applied_once() {
    let story = Story::on_sale().await;
    let (stop, bus) = (CancellationToken::new(), HandBus::new());
    let recorder = Recorder::new("recorder");
    let runner = recorder.run(&story, bus.clone(), &stop);
    until_state(&runner, |state| *state == RunState::Live).await;
    story.hold(1, "ann", &["A-1", "A-2", "A-3"], 0);
    for part in [1..=3, 4..=5, 4..=5, 2..=6, 5..=7] {
        bus.send(&story.journal, part).await;
    }
    reaches(&runner, 7).await;
    assert_eq!(recorder.applied(), (1..=7).collect::<Vec<_>>());
    stop.cancel();
    runner.join.await.unwrap();
}

#[tokio::test]
async fn poison_stops_one_projection_and_no_other() {
    let story = Story::on_sale().await;
    story.hold(1, "ann", &["A-1", "A-2"], 0);
    let stop = CancellationToken::new();
    let bus = InProcessBus::start(story.journal.clone(), 0, stop.clone());
    let poisoned = Recorder { poison: 5, ..Recorder::new("poisoned") };
    let healthy = Recorder::new("healthy");
    let sick = poisoned.run(&story, bus.clone(), &stop);
    let well = healthy.run(&story, bus, &stop);
    reaches(&well, 6).await;
    let state = until_state(&sick, RunState::is_final).await;
    assert_eq!(state, RunState::Failed { position: 5, reason: "bitter".into() });
    sick.join.await.unwrap();
    assert_eq!(poisoned.applied(), [1, 2, 3, 4], "all that came before counts");
    assert_eq!(poisoned.committed.lock().last(), Some(&4));
    let last = story.hold(2, "bob", &["A-3"], 0);
    reaches(&well, last).await;

    let mut freshness = Freshness::default();
    freshness.watch(&well);
    assert!(freshness.caught_up());
    let (progress, wanted, join) = (sick.progress, sick.wanted, well.join);
    let failed = RunnerHandle { name: "poisoned", progress, wanted, join };
    freshness.watch(&failed);
    assert!(!freshness.caught_up());
    // It can never get there, so nobody is kept waiting.
    let stale = freshness.wait_for("poisoned", 5, PATIENCE * 1_000).await;
    assert_eq!(stale, Err(Stale { applied: 4 }));
    stop.cancel();
    failed.join.await.unwrap();
}

#[tokio::test]
async fn an_unreadable_fact_stops_only_those_that_read_its_kind() {
    let story = Story::on_sale().await;
    let booking = StreamId::booking(booking_id(1));
    story.journal.push(story.event, booking, r#"{"teleported":{}}"#.into());
    let stop = CancellationToken::new();
    let bus = InProcessBus::start(story.journal.clone(), 0, stop.clone());
    let careless = Recorder { ignores: Some(AggregateType::Booking), ..Recorder::new("careless") };
    let careful = Recorder::new("careful");
    let (well, sick) = (careless.run(&story, bus.clone(), &stop), careful.run(&story, bus, &stop));
    story.happens(EventFact::SalesPaused {});
    reaches(&well, 5).await;
    assert_eq!(careless.applied(), [1, 2, 3, 5]);
    let state = until_state(&sick, RunState::is_final).await;
    let RunState::Failed { position: 4, reason } = state else { panic!("{state:?}") };
    assert!(reason.contains("teleported"), "{reason}");
    stop.cancel();
    well.join.await.unwrap();
}

#[tokio::test]
async fn a_failing_store_is_tried_again_and_nothing_is_applied_twice() {
    let story = Story::on_sale().await;
    let (stop, bus) = (CancellationToken::new(), HandBus::new());
    let recorder = Recorder::new("recorder");
    recorder.failures.store(2, Ordering::SeqCst);
    let runner = recorder.run(&story, bus, &stop);
    let state = until_state(&runner, |state| matches!(state, RunState::Retrying { .. })).await;
    let RunState::Retrying { reason } = state else { panic!("{state:?}") };
    assert!(reason.contains("the disk is full"), "{reason}");
    assert_eq!(runner.progress.borrow().applied, 0, "reads see nothing yet");
    reaches(&runner, 3).await;
    assert_eq!(recorder.applied(), [1, 2, 3]);
    stop.cancel();
    runner.join.await.unwrap();
}

#[tokio::test]
async fn what_is_read_from_memory_goes_on_while_its_store_fails() {
    let story = Story::on_sale().await;
    let (stop, bus) = (CancellationToken::new(), HandBus::new());
    let cadence = Cadence::Within(Duration::ZERO);
    let recorder = Recorder { cadence, ..Recorder::new("recorder") };
    recorder.failures.store(1, Ordering::SeqCst);
    let runner = recorder.run(&story, bus.clone(), &stop);
    reaches(&runner, 3).await;
    let last = story.hold(1, "ann", &["A-1"], 0);
    until_state(&runner, |state| *state == RunState::Live).await;
    bus.send(&story.journal, 4..=last).await;
    reaches(&runner, last).await;
    stop.cancel();
    runner.join.await.unwrap();
    assert_eq!(recorder.committed.lock().last(), Some(&last), "the end stores what is in memory");
}

#[tokio::test]
async fn what_comes_soon_after_a_commit_waits_for_the_next_one() {
    let story = Story::on_sale().await;
    let (stop, bus) = (CancellationToken::new(), HandBus::new());
    let cadence = Cadence::Spaced(Duration::from_secs(3_600));
    let recorder = Recorder { cadence, ..Recorder::new("recorder") };
    let runner = recorder.run(&story, bus.clone(), &stop);
    reaches(&runner, 3).await;
    until_state(&runner, |state| *state == RunState::Live).await;
    let last = story.hold(1, "ann", &["A-1"], 0);
    bus.send(&story.journal, 4..=last).await;
    while recorder.applied().last() != Some(&last) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(runner.progress.borrow().applied, 3, "it is not seen yet");
    stop.cancel();
    runner.join.await.unwrap();
    assert_eq!(*recorder.committed.lock(), [3, last]);
}

#[tokio::test]
async fn those_who_catch_up_together_read_the_journal_once() {
    let story = Story::on_sale().await;
    let mut head = 0;
    for number in 0..1_600 {
        story.hold(number, "ann", &["A-1"], 0);
        head = story.end(number, BookingFact::Released {}, &["A-1"], 0);
    }
    let (pieces, rest) = (head as usize / 2_000, head as usize % 2_000);
    let stop = CancellationToken::new();
    let bus = InProcessBus::start(story.journal.clone(), head, stop.clone());
    // They stand at different places.
    let recorders = [0, 0, 1, 700, 1_999].map(|checkpoint| {
        let recorder = Recorder::new("recorder");
        recorder.committed.lock().push(checkpoint);
        (checkpoint, recorder)
    });
    let run = |(_, recorder): &(_, Recorder)| recorder.run(&story, bus.clone(), &stop);
    let runners: Vec<_> = recorders.iter().map(run).collect();
    for (runner, (checkpoint, recorder)) in runners.iter().zip(&recorders) {
        reaches(runner, head).await;
        assert!(recorder.applied().into_iter().eq(checkpoint + 1..=head));
    }
    let read = story.journal.rows_read();
    assert!(read <= pieces * 2_000 + recorders.len() * rest, "{read} rows were read");
    stop.cancel();
    for runner in runners {
        runner.join.await.unwrap();
    }
}

#[tokio::test]
async fn what_somebody_waits_for_is_committed_sooner() {
    let story = Story::on_sale().await;
    let (stop, bus) = (CancellationToken::new(), HandBus::new());
    let cadence = Cadence::Spaced(Duration::from_secs(3_600));
    let recorder = Recorder { cadence, ..Recorder::new("recorder") };
    let runner = recorder.run(&story, bus.clone(), &stop);
    reaches(&runner, 3).await;
    until_state(&runner, |state| *state == RunState::Live).await;
    let last = story.hold(1, "ann", &["A-1"], 0);
    bus.send(&story.journal, 4..=last).await;
    // Long before the hour is over, though it was applied before anybody asked or after.
    reaches(&runner, last).await;
    let later = story.hold(2, "bob", &["A-2"], 0);
    let send = async {
        tokio::task::yield_now().await;
        bus.send(&story.journal, last + 1..=later).await;
    };
    tokio::join!(reaches(&runner, later), send);
    stop.cancel();
    runner.join.await.unwrap();
}

#[tokio::test]
async fn one_that_is_too_slow_for_the_bus_goes_to_the_journal_and_misses_nothing() {
    let story = Story::on_sale().await;
    let (stop, bus) = (CancellationToken::new(), HandBus::new());
    let recorder = Recorder::new("recorder");
    let runner = recorder.run(&story, bus.clone(), &stop);
    until_state(&runner, |state| *state == RunState::Live).await;
    reaches(&runner, 3).await;
    // Far more batches than the bus keeps, and all at once: on this one thread the runner can not
    // take any before the last is sent.
    let mut last = 3;
    for number in 1..=100 {
        let first = last + 1;
        last = story.hold(number, "ann", &["A-1"], 0);
        bus.send(&story.journal, first..=last).await;
    }
    reaches(&runner, last).await;
    assert_eq!(recorder.applied(), (1..=last).collect::<Vec<_>>());
    stop.cancel();
    runner.join.await.unwrap();
}

#[tokio::test]
async fn the_wait_for_ones_own_write_ends() {
    let story = Story::on_sale().await;
    let stop = CancellationToken::new();
    let bus = InProcessBus::start(story.journal.clone(), 0, stop.clone());
    let runner = Recorder::new("recorder").run(&story, bus, &stop);
    reaches(&runner, 3).await;
    let mut freshness = Freshness::default();
    freshness.watch(&runner);
    let soon = Duration::from_millis(1);
    assert_eq!(freshness.wait_for("recorder", 3, soon).await, Ok(3));
    assert_eq!(freshness.wait_for("recorder", 4, soon).await, Err(Stale { applied: 3 }));
    assert_eq!(freshness.wait_for("nobody", 1, soon).await, Err(Stale { applied: 0 }));
    stop.cancel();
    runner.join.await.unwrap();
}

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

async fn run_all(
    views: &Views,
    maps: &SeatMaps,
    story: &Story,
    stop: &CancellationToken,
) -> Vec<RunnerHandle> {
    let bus = InProcessBus::start(story.journal.clone(), 0, stop.clone());
    let seat_map = SeatMap::open(views.store(), story.plans(), maps.clone()).await.unwrap();
    let mut all = views.projections(story.plans()).await.unwrap();
    all.push(Box::new(seat_map));
    let start = |p| Runner::spawn(p, story.journal.clone(), bus.clone(), stop.clone());
    all.into_iter().map(start).collect()
}

#[tokio::test]
async fn a_rebuild_is_swapped_in_while_everything_runs() {
    let (story, db) = (Story::on_sale().await, Db::sqlite());
    let stop = CancellationToken::new();
    let (views, maps) = (Views::open(db.url()).await.unwrap(), SeatMaps::default());
    let runners = run_all(&views, &maps, &story, &stop).await;
    let mut rebuildables = views.rebuildables(story.plans());
    rebuildables.push(seat_map::rebuildable(views.store(), story.plans()));
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
    for what in rebuildables {
        let done = rebuild(&*what, &*story.journal, Afterwards::Discard, |_| {}).await.unwrap();
        assert!(done.equal, "{done:?}");
    }
}
