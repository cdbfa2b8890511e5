//! How often a channel may speak: at once after a pause, then at even intervals. It waits for
//! nothing; it says when.
//!
//! A burst would have to be paid for by longer intervals, or a second could have more messages than
//! it may; and what is due last counts, not what is due first.

use std::time::Duration;

use tokio::time::Instant;

/// Between two messages, at the least: no second has more than 20, and no change waits longer.
const GAP: Duration = Duration::from_millis(50);

/// The pace of one channel.
#[derive(Debug)]
pub(super) struct Pace {
    /// When the next message may be sent.
    next: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { next: now }
    }

    /// When the next message may be sent.
    pub(super) fn due(&self, now: Instant) -> Instant {
        self.next.max(now)
    }

    /// Takes note of a message.
    pub(super) fn sent(&mut self, now: Instant) {
        self.next = now + GAP;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When messages are sent if a change comes every so often, in milliseconds from the first; and
    /// how long a change waited at the most.
    fn sent(every: Duration, changes: u32) -> (Vec<u128>, Duration) {
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
            longest = longest.max(due - at);
            pace.sent(due);
            sent.push(due);
        }
        (sent.iter().map(|at| (*at - begin).as_millis()).collect(), longest)
    }

    #[test]
    fn no_second_has_more_than_twenty_messages_and_no_change_waits_longer_than_a_gap() {
        let (sent, longest) = sent(Duration::from_millis(1), 5000);
        for (i, at) in sent.iter().enumerate() {
            let within = sent[i..].iter().take_while(|later| *later - at < 1000).count();
            assert!(within <= 20, "{within} from {at}");
        }
        assert!(sent.len() >= 99 && longest <= GAP, "{} {longest:?}", sent.len());
    }

    #[test]
    fn changes_that_are_few_never_wait() {
        let expected: Vec<u128> = (0..50).map(|i| 50 * i).collect();
        assert_eq!(sent(Duration::from_millis(50), 50), (expected, Duration::ZERO));
    }
}
