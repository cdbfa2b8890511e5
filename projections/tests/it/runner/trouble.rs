//! What cannot be applied stops one projection and no other; what cannot be stored is tried again.

use std::sync::atomic::Ordering;

use aisle_domain::event::EventFact;
use aisle_domain::stream::{AggregateType, StreamId};
use aisle_infra::bus::InProcessBus;
use aisle_projections::runner::{Freshness, RunState, Runner, RunnerHandle, Stale};
use aisle_projections::search::SearchProjection;
use tokio_util::sync::CancellationToken;

use super::{PATIENCE, Recorder, reaches, until_state};
use crate::bus::HandBus;
use crate::story::{Story, booking_id};

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
async fn a_booking_that_cannot_be_read_is_nothing_to_the_search() {
    let (story, dir) = (Story::on_sale().await, tempfile::tempdir().unwrap());
    let booking = StreamId::booking(booking_id(1));
    story.journal.push(story.event, booking, r#"{"teleported":{}}"#.into());
    let last = story.happens(EventFact::SalesPaused {});
    let stop = CancellationToken::new();
    let bus = InProcessBus::start(story.journal.clone(), 0, stop.clone());
    let search = SearchProjection::open(dir.path()).unwrap();
    let runner = Runner::spawn(Box::new(search), story.journal.clone(), bus, stop.clone());
    reaches(&runner, last).await;
    stop.cancel();
    runner.join.await.unwrap();
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
