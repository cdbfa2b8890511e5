//! When what was applied is committed, and who waits for it.

use std::sync::atomic::Ordering;
use std::time::Duration;

use aisle_infra::bus::InProcessBus;
use aisle_projections::projection::Cadence;
use aisle_projections::runner::{Freshness, Stale};
use tokio_util::sync::CancellationToken;

use super::{BEGUN, Fed, Recorder, reaches};
use crate::story::Story;

/// Longer than any test takes.
const HOUR: Cadence = Cadence::Spaced(Duration::from_secs(3_600));

#[tokio::test]
async fn what_is_read_from_memory_goes_on_while_its_store_fails() {
    let cadence = Cadence::Within(Duration::ZERO);
    let recorder = Recorder { cadence, ..Recorder::new("recorder") };
    recorder.failures.store(1, Ordering::SeqCst);
    let fed = Fed::live(recorder).await;
    let last = fed.story.hold(1, "ann", &["A-1"], 0);
    fed.is_told(BEGUN + 1..=last).await;
    fed.gets_to(last).await;
    let recorder = fed.stops().await;
    assert_eq!(recorder.committed.lock().last(), Some(&last), "the end stores what is in memory");
}

#[tokio::test]
async fn what_is_read_from_memory_is_not_said_to_go_back_with_what_is_stored() {
    let cadence = Cadence::Within(Duration::ZERO);
    let fed = Fed::live(Recorder { cadence, ..Recorder::new("recorder") }).await;
    fed.recorder.looks_at.set(fed.runner.progress.clone()).unwrap();
    fed.recorder.rebuilds.store(1, Ordering::SeqCst);
    let last = fed.story.hold(1, "ann", &["A-1"], 0);
    fed.is_told(BEGUN + 1..=last).await;
    // It is given the same again, from where the store is.
    while fed.recorder.committed.lock().last() != Some(&last) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let again = [BEGUN, last];
    assert_eq!(*fed.recorder.told.lock(), again, "what was said before each time");
    fed.stops().await;
}

#[tokio::test]
async fn what_comes_soon_after_a_commit_waits_for_the_next_one() {
    let fed = Fed::live(Recorder { cadence: HOUR, ..Recorder::new("recorder") }).await;
    let last = fed.story.hold(1, "ann", &["A-1"], 0);
    fed.is_told(BEGUN + 1..=last).await;
    while fed.recorder.applied().last() != Some(&last) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(fed.runner.progress.borrow().applied, BEGUN, "it is not seen yet");
    let recorder = fed.stops().await;
    assert_eq!(*recorder.committed.lock(), [BEGUN, last]);
}

#[tokio::test]
async fn what_somebody_waits_for_is_committed_sooner() {
    let fed = Fed::live(Recorder { cadence: HOUR, ..Recorder::new("recorder") }).await;
    let last = fed.story.hold(1, "ann", &["A-1"], 0);
    fed.is_told(BEGUN + 1..=last).await;
    // Long before the hour is over, though it was applied before anybody asked or after.
    fed.gets_to(last).await;
    let later = fed.story.hold(2, "bob", &["A-2"], 0);
    let send = async {
        tokio::task::yield_now().await;
        fed.is_told(last + 1..=later).await;
    };
    tokio::join!(fed.gets_to(later), send);
    fed.stops().await;
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
