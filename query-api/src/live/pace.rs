//! How often a channel may speak: at once after a pause, then at even intervals. It waits for
//! nothing; it says when.
//!
//! Messages are due on a grid: who is woken a moment late, as everybody is, does not put off all
//! that follow. What that brings closer together is held back by looking at when the last ones were
//! really sent. A burst would have to be paid for by longer intervals; and what is due last counts,
//! not what is due first.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Between the moments at which two messages are due.
const GAP: Duration = Duration::from_millis(50);

/// How many messages any second has at the most, wherever it begins.
const AT_MOST: usize = 20;

const SECOND: Duration = Duration::from_secs(1);

/// The pace of one channel.
#[derive(Debug)]
pub(super) struct Pace {
    /// When the next message may be sent.
    next: Instant,
    /// When the last messages were sent, at most [`AT_MOST`].
    sent: VecDeque<Instant>,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { next: now, sent: VecDeque::with_capacity(AT_MOST) }
    }

    /// When the next message may be sent.
    pub(super) fn due(&self, now: Instant) -> Instant {
        self.next.max(now)
    }

    /// Takes note of a message: when it was due, and when it was sent.
    pub(super) fn sent(&mut self, due: Instant, now: Instant) {
        if self.sent.len() == AT_MOST {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
        let full = self.sent.front().filter(|_| self.sent.len() == AT_MOST);
        self.next = full.map_or(due + GAP, |first| (due + GAP).max(*first + SECOND));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When messages are sent if a change comes every so often and each message is late by so much,
    /// in milliseconds from the first; and how long a change waited at the most.
    fn sent(every: Duration, changes: u32, late: impl Fn(usize) -> u64) -> (Vec<u128>, Duration) {
        let begin = Instant::now() + Duration::from_secs(100);
        let (mut pace, mut longest) = (Pace::new(begin), Duration::ZERO);
        let mut sent: Vec<Instant> = Vec::new();
        for change in 0..changes {
            let at = begin + every * change;
            // Coalesced with a message that still waits.
            if sent.last().is_some_and(|last| *last > at) {
                continue;
            }
            let due = pace.due(at);
            let now = due + Duration::from_millis(late(sent.len()));
            longest = longest.max(now - at);
            pace.sent(due, now);
            sent.push(now);
        }
        (sent.iter().map(|at| (*at - begin).as_millis()).collect(), longest)
    }

    fn most_in_a_second(sent: &[u128]) -> usize {
        let within = |(i, at): (usize, &u128)| {
            sent[i..].iter().take_while(|later| *later - at < 1000).count()
        };
        sent.iter().enumerate().map(within).max().unwrap()
    }

    #[test]
    fn no_second_has_more_than_twenty_messages_and_no_change_waits_longer_than_a_gap() {
        let (sent, longest) = sent(Duration::from_millis(1), 5000, |_| 0);
        assert_eq!(most_in_a_second(&sent), AT_MOST);
        // One for every gap, the first and the last at its ends.
        assert_eq!((sent.len(), longest), (101, GAP));
    }

    #[test]
    fn who_is_always_woken_late_sends_as_many() {
        let (sent, longest) = sent(Duration::from_millis(1), 10_000, |_| 1);
        assert_eq!(most_in_a_second(&sent), AT_MOST);
        // Nineteen gaps of a grid, and then one that keeps the second: no drift but that.
        assert!(sent.len() >= 199, "{}", sent.len());
        assert!(longest <= GAP + Duration::from_millis(2), "{longest:?}");
    }

    #[test]
    fn who_is_woken_late_now_and_then_does_not_make_up_for_it_within_the_second() {
        for seed in 1..50 {
            let late = |n: usize| (n as u64 * seed) % 7 * (n as u64 * seed % 11);
            let (sent, _) = sent(Duration::from_millis(1), 10_000, late);
            assert!(most_in_a_second(&sent) <= AT_MOST, "seed {seed}");
            assert!(sent.len() > 150, "seed {seed}: {}", sent.len());
        }
    }

    #[test]
    fn changes_that_are_few_never_wait() {
        let expected: Vec<u128> = (0..50).map(|i| 50 * i).collect();
        assert_eq!(sent(Duration::from_millis(50), 50, |_| 0), (expected, Duration::ZERO));
    }
}
