//! From the journal to the bus and back: in order, once each, whatever the bus does.

use aisle_domain::booking::BookingFact;
use aisle_infra::bus::InProcessBus;
use aisle_projections::runner::RunState;
use tokio_util::sync::CancellationToken;

use super::{BEGUN, Fed, Recorder, reaches, until_state};
use crate::story::Story;

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
    let fed = Fed::live(Recorder::new("recorder")).await;
    fed.story.hold(1, "ann", &["A-1", "A-2", "A-3"], 0);
    fed.is_told(4..=4).await;
    fed.is_told(6..=7).await;
    fed.gets_to(7).await;
    fed.stops().await;
}

#[tokio::test]
async fn what_is_delivered_twice_is_applied_once() {
    let fed = Fed::live(Recorder::new("recorder")).await;
    fed.story.hold(1, "ann", &["A-1", "A-2", "A-3"], 0);
    for part in [1..=3, 4..=5, 4..=5, 2..=6, 5..=7] {
        fed.is_told(part).await;
    }
    fed.gets_to(7).await;
    fed.stops().await;
}

#[tokio::test]
async fn one_that_is_too_slow_for_the_bus_goes_to_the_journal_and_misses_nothing() {
    let fed = Fed::live(Recorder::new("recorder")).await;
    // Far more batches than the bus keeps, and all at once: on this one thread the runner can not
    // take any before the last is sent.
    let mut last = BEGUN;
    for number in 1..=100 {
        let first = last + 1;
        last = fed.story.hold(number, "ann", &["A-1"], 0);
        fed.is_told(first..=last).await;
    }
    fed.gets_to(last).await;
    fed.stops().await;
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
