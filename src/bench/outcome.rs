//! What came of a load: how many answers of which kind, and how long they took.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::turn::Turn;
use super::{BenchError, per_second};

/// The longest latency that is told apart, in microseconds.
const LONGEST_MICROS: u64 = 120_000_000;

/// A histogram of durations in microseconds, to three digits.
pub(super) fn histogram() -> Result<Histogram<u64>, BenchError> {
    let made = Histogram::new_with_max(LONGEST_MICROS, 3);
    made.map_err(|error| BenchError::io("histogram")(std::io::Error::other(error)))
}

/// Takes a duration in.
pub(super) fn record(histogram: &mut Histogram<u64>, time: Duration) {
    histogram.saturating_record(u64::try_from(time.as_micros()).unwrap_or(LONGEST_MICROS));
}

/// A percentile in milliseconds.
pub(super) fn percentile(histogram: &Histogram<u64>, at: f64) -> f64 {
    histogram.value_at_quantile(at) as f64 / 1000.0
}

/// What came of a load.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) seconds: f64,
    /// Answered 201.
    pub(super) held: u64,
    /// Seats or places that they asked for.
    pub(super) seats: u64,
    /// Answered 409: somebody else was first.
    pub(super) refused: u64,
    /// Answered 5xx: nobody knows whether they were carried out.
    pub(super) faults: u64,
    /// Of holds.
    held_after: Histogram<u64>,
    /// Of refusals.
    refused_after: Histogram<u64>,
}

impl Outcome {
    pub(super) fn new() -> Result<Self, BenchError> {
        Ok(Self {
            seconds: 0.0,
            held: 0,
            seats: 0,
            refused: 0,
            faults: 0,
            held_after: histogram()?,
            refused_after: histogram()?,
        })
    }

    pub(super) fn held(&mut self, time: Duration, seats: u64) {
        self.held += 1;
        self.seats += seats;
        record(&mut self.held_after, time);
    }

    pub(super) fn refused(&mut self, time: Duration) {
        self.refused += 1;
        record(&mut self.refused_after, time);
    }

    pub(super) fn answers(&self) -> u64 {
        self.held + self.refused
    }

    /// Adds rates and latencies; latencies are those of holds, since refusals are not what one
    /// waits for.
    pub(super) fn figures(&self, turn: &mut Turn) {
        turn.add("holds/s", per_second(self.held, self.seconds));
        turn.add("answers/s", per_second(self.answers(), self.seconds));
        turn.add("seats/s", per_second(self.seats, self.seconds));
        turn.add("faults (5xx)", self.faults as f64);
        turn.add("latency mean, ms", self.held_after.mean() / 1000.0);
        let percentile = |at| percentile(&self.held_after, at);
        turn.add("latency p50, ms", percentile(0.5));
        turn.add("latency p95, ms", percentile(0.95));
        turn.add("latency p99, ms", percentile(0.99));
        turn.add("latency max, ms", self.held_after.max() as f64 / 1000.0);
    }
}
