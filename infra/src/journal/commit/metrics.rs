//! What the group committer counts. Cheap: relaxed atomics, read when somebody asks.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// What the group committer has done since it started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CommitMetrics {
    /// Batches appended or tried.
    pub batches: u64,
    /// Units of work in them.
    pub units: u64,
    /// Units in the largest of them.
    pub largest_batch: u64,
    /// Units that conflicted or repeated a command.
    pub rejected: u64,
    /// Units that the store refused, or of which nobody knows.
    pub failed: u64,
    /// Units turned away because the queue was full.
    pub overloaded: u64,
    /// What all units together have waited in the queue, in microseconds.
    pub queued_micros: u64,
    /// What all batches together have taken to be appended, in microseconds.
    pub commit_micros: u64,
    /// Units in the queue now.
    pub queue_length: u64,
}

/// The counters behind [`CommitMetrics`].
#[derive(Debug, Default)]
pub(super) struct Meters {
    batches: AtomicU64,
    units: AtomicU64,
    largest_batch: AtomicU64,
    rejected: AtomicU64,
    failed: AtomicU64,
    overloaded: AtomicU64,
    queued_micros: AtomicU64,
    commit_micros: AtomicU64,
}

impl Meters {
    /// A batch is about to be appended, whose units have waited this long.
    pub(super) fn batch(&self, waited: impl ExactSizeIterator<Item = Duration>) {
        let units = waited.len() as u64;
        if units == 0 {
            return;
        }
        self.batches.fetch_add(1, Relaxed);
        self.units.fetch_add(units, Relaxed);
        self.largest_batch.fetch_max(units, Relaxed);
        self.queued_micros.fetch_add(waited.map(micros).sum(), Relaxed);
    }

    pub(super) fn committed(&self, took: Duration) {
        self.commit_micros.fetch_add(micros(took), Relaxed);
    }

    pub(super) fn rejected(&self) {
        self.rejected.fetch_add(1, Relaxed);
    }

    pub(super) fn failed(&self) {
        self.failed.fetch_add(1, Relaxed);
    }

    pub(super) fn overloaded(&self) {
        self.overloaded.fetch_add(1, Relaxed);
    }

    pub(super) fn read(&self, queue_length: usize) -> CommitMetrics {
        CommitMetrics {
            batches: self.batches.load(Relaxed),
            units: self.units.load(Relaxed),
            largest_batch: self.largest_batch.load(Relaxed),
            rejected: self.rejected.load(Relaxed),
            failed: self.failed.load(Relaxed),
            overloaded: self.overloaded.load(Relaxed),
            queued_micros: self.queued_micros.load(Relaxed),
            commit_micros: self.commit_micros.load(Relaxed),
            queue_length: queue_length as u64,
        }
    }
}

fn micros(duration: Duration) -> u64 {
    duration.as_micros().try_into().unwrap_or(u64::MAX)
}
