//! Which of this process's appends have seen where the journal ends.
//!
//! Whoever appends holds the head row, so at that moment nobody else's facts are on their way: the
//! journal ends with what was appended. That proves as much as reading its end, and costs nothing.
//! What lies before, others may have written; it is not kept here.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::journal::{Appended, Rejection};

/// Counts appends.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    begun: AtomicU64,
    /// The latest of those that were begun, by its number, that has seen the journal's end.
    seen: AtomicU64,
}

/// An append that has begun.
pub(super) struct Sighting<'a> {
    all: &'a Sightings,
    number: u64,
}

impl Sightings {
    /// How many appends have begun.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// Whether one that began after this count has seen the journal's end.
    pub(super) fn since(&self, begun: u64) -> bool {
        self.seen.load(Ordering::SeqCst) > begun
    }

    /// An append begins.
    pub(super) fn begin(&self) -> Sighting<'_> {
        Sighting { all: self, number: self.begun.fetch_add(1, Ordering::SeqCst) + 1 }
    }
}

impl Sighting<'_> {
    /// It has ended, and the known head is raised to what it appended: the journal's end as it
    /// was. If it appended nothing, nobody knows here where that is.
    pub(super) fn end(self, outcomes: &[Result<Appended, Rejection>]) {
        if outcomes.iter().any(Result::is_ok) {
            self.all.seen.fetch_max(self.number, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use aisle_domain::stream::{AggregateType, StreamId};
    use jiff::Timestamp;

    use super::*;

    fn accepted() -> Result<Appended, Rejection> {
        Ok(Appended { position: 1, recorded_at: Timestamp::UNIX_EPOCH })
    }

    fn rejected() -> Result<Appended, Rejection> {
        let aggregate = AggregateType::Seat;
        Err(Rejection::Conflict(StreamId { aggregate, id: "a".to_owned() }))
    }

    #[test]
    fn an_append_counts_for_those_who_asked_before_it_began() {
        let sightings = Sightings::default();
        let early = sightings.begun();
        let append = sightings.begin();
        let late = sightings.begun();
        assert!(!sightings.since(early), "it has not ended");
        append.end(&[rejected(), accepted()]);
        assert!(sightings.since(early));
        assert!(!sightings.since(late), "it may have looked before they asked");
    }

    #[test]
    fn what_failed_or_appended_nothing_has_seen_nothing() {
        let sightings = Sightings::default();
        let _failed = sightings.begin();
        sightings.begin().end(&[rejected()]);
        assert!(!sightings.since(0));
    }

    #[test]
    fn a_later_append_that_ends_first_counts_for_those_before_it_too() {
        let sightings = Sightings::default();
        let (first, second) = (sightings.begin(), sightings.begin());
        second.end(&[accepted()]);
        first.end(&[accepted()]);
        assert!(sightings.since(1));
        assert!(!sightings.since(2));
    }
}
