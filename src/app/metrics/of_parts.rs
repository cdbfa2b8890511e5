//! What the parts of a process count, by their names in Prometheus.

use std::time::Duration;

use aisle_infra::journal::commit::Committer;
use aisle_infra::relay::{RelayState, RelayStatus};
use aisle_projections::runner::{Freshness, RunState};
use tokio::sync::watch;

use super::Metrics;
use super::text::Text;

impl Metrics {
    /// What is committed, and what waits for it.
    pub(in crate::app) fn of_commits(&self, committer: Committer) {
        self.add(move |text| commits(&committer, text));
    }

    /// How far the read models are, while there are any.
    pub(in crate::app) fn of_projections(
        &self,
        freshness: impl Fn() -> Option<Freshness> + Send + 'static,
    ) {
        self.add(move |text| freshness().iter().for_each(|freshness| projections(freshness, text)));
    }

    /// How many read live seat maps.
    pub(in crate::app) fn of_readers(&self, readers: impl Fn() -> usize + Send + 'static) {
        self.add(move |text| {
            let help = "Open streams of live seat maps.";
            text.gauge("aisle_live_readers", help, &[], readers() as f64);
        });
    }

    /// What is published.
    pub(in crate::app) fn of_relay(&self, status: watch::Receiver<RelayStatus>) {
        self.add(move |text| {
            let RelayStatus { state, published, published_total } = *status.borrow();
            let is_active = if state == RelayState::Active { 1.0 } else { 0.0 };
            text.gauge("aisle_relay_active", "1 while this relay publishes.", &[], is_active);
            let help = "The position published last.";
            text.gauge("aisle_relay_position", help, &[], published as f64);
            let help = "Facts published by this process.";
            text.counter("aisle_relay_published_total", help, &[], published_total as f64);
        });
    }
}

fn commits(committer: &Committer, text: &mut Text) {
    let now = committer.metrics();
    let seconds = |micros| Duration::from_micros(micros).as_secs_f64();
    for (name, help, value) in [
        ("aisle_commit_batches_total", "Batches appended or tried.", now.batches as f64),
        ("aisle_commit_units_total", "Units of work in them.", now.units as f64),
        ("aisle_commit_rejected_total", "Conflicts and repetitions.", now.rejected as f64),
        ("aisle_commit_failed_total", "Units that the store refused.", now.failed as f64),
        ("aisle_commit_overloaded_total", "Units turned away.", now.overloaded as f64),
        ("aisle_commit_queued_seconds_total", "Waited in the queue.", seconds(now.queued_micros)),
        ("aisle_commit_seconds_total", "Taken by appending.", seconds(now.commit_micros)),
    ] {
        text.counter(name, help, &[], value);
    }
    let help = "Units in the largest batch so far.";
    text.gauge("aisle_commit_largest_batch", help, &[], now.largest_batch as f64);
    text.gauge("aisle_commit_queue_length", "Units that wait.", &[], now.queue_length as f64);
}

fn projections(freshness: &Freshness, text: &mut Text) {
    let progress = freshness.progress();
    for (name, now) in &progress {
        let help = "The position up to which reads see.";
        text.gauge("aisle_projection_position", help, &[("projection", name)], now.applied as f64);
    }
    for (name, now) in &progress {
        let behind = now.head.saturating_sub(now.applied) as f64;
        let help = "How many facts a read model lies behind.";
        text.gauge("aisle_projection_lag", help, &[("projection", name)], behind);
    }
    for (name, now) in &progress {
        let is_live = if now.state == RunState::Live { 1.0 } else { 0.0 };
        let help = "1 if a read model follows the journal live.";
        text.gauge("aisle_projection_live", help, &[("projection", name)], is_live);
    }
}
