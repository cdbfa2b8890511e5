//! How stale the read models are. A node that is cut off from the journal learns of nothing new and
//! looks as if all were well; so what counts is when it last had everything that there was.
//!
//! It asks nobody: it is told what the journal's head is and how far each read model.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use aisle_domain::stream::Position;
use aisle_projections::runner::{Progress, RunState};
use parking_lot::Mutex;

/// When each read model last had everything.
#[derive(Debug)]
pub(crate) struct Staleness {
    limit: Duration,
    seen: Mutex<HashMap<&'static str, Seen>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    /// It had everything that there was then.
    complete: Option<Instant>,
    /// The head that it had not reached at some moment: once it has, it was complete then.
    ahead: Option<(Instant, Position)>,
}

impl Staleness {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, seen: Mutex::default() }
    }

    /// For how long a read model may have missed something; none if it never had everything.
    /// `head` is the end of the journal at this moment, if the journal could be asked.
    pub(crate) fn of(
        &self,
        name: &'static str,
        progress: &Progress,
        head: Option<Position>,
        now: Instant,
    ) -> Option<Duration> {
        let mut seen = self.seen.lock();
        let seen = seen.entry(name).or_default();
        seen.look(progress, head, now);
        seen.complete.map(|then| now.saturating_duration_since(then))
    }

    /// Whether one that is so stale, and in this state, should still be asked.
    pub(crate) fn allows(&self, stale: Option<Duration>, state: &RunState) -> bool {
        !state.is_final() && stale.is_some_and(|stale| stale <= self.limit)
    }
}

impl Seen {
    fn look(&mut self, progress: &Progress, head: Option<Position>, now: Instant) {
        if let Some((then, head)) = self.ahead
            && progress.applied >= head
        {
            self.complete = Some(then);
            self.ahead = None;
        }
        let Some(head) = head else { return };
        if progress.applied < head {
            self.ahead.get_or_insert((now, head));
        } else if self.complete.is_some() || progress.state == RunState::Live {
            self.complete = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    fn progress(applied: Position, state: RunState) -> Progress {
        Progress { applied, head: applied, state }
    }

    fn at(
        staleness: &Staleness,
        begin: Instant,
        seconds: u64,
        applied: u64,
        head: Option<u64>,
    ) -> Option<u64> {
        let now = begin + Duration::from_secs(seconds);
        let stale = staleness.of("a", &progress(applied, RunState::Live), head, now);
        stale.map(|stale| stale.as_secs())
    }

    #[test]
    fn who_is_cut_off_from_the_journal_grows_stale_though_nothing_seems_to_be_missing() {
        let (staleness, begin) = (Staleness::new(LIMIT), Instant::now());
        assert_eq!(at(&staleness, begin, 0, 7, Some(7)), Some(0));
        assert_eq!(at(&staleness, begin, 20, 7, None), Some(20));
        assert_eq!(at(&staleness, begin, 31, 7, None), Some(31));
        assert!(!staleness.allows(Some(Duration::from_secs(31)), &RunState::Live));
        assert_eq!(at(&staleness, begin, 40, 7, Some(9)), Some(40));
        assert_eq!(at(&staleness, begin, 42, 9, Some(9)), Some(0));
    }

    #[test]
    fn who_is_always_a_little_behind_is_not_stale() {
        let (staleness, begin) = (Staleness::new(LIMIT), Instant::now());
        assert_eq!(at(&staleness, begin, 0, 7, Some(7)), Some(0));
        for second in 1..100 {
            let head = 7 + second * 10;
            assert!(at(&staleness, begin, second, head - 3, Some(head)).unwrap() <= 1);
        }
        assert_eq!(at(&staleness, begin, 200, 994, Some(5000)), Some(102));
    }

    #[test]
    fn who_never_caught_up_or_has_stopped_is_not_to_be_asked() {
        let staleness = Staleness::new(LIMIT);
        let catching_up = progress(7, RunState::CatchingUp);
        let stale = staleness.of("a", &catching_up, Some(7), Instant::now());
        assert!(stale.is_none() && !staleness.allows(stale, &RunState::CatchingUp));
        let stale = staleness.of("a", &progress(7, RunState::Live), Some(7), Instant::now());
        assert!(staleness.allows(stale, &RunState::CatchingUp));
        assert!(!staleness.allows(stale, &RunState::Stopped));
    }
}
