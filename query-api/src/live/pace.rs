//! How often a channel may speak: a burst after a pause, then at even intervals (the generic cell
//! rate algorithm). It waits for nothing; it says when.

use std::time::Duration;

use tokio::time::Instant;

/// Between two messages when there is always something to say: 16 a second.
const GAP: Duration = Duration::from_micros(62_500);

/// How many messages may come at once after a pause. With [`GAP`], no second has more than 20; and
/// where changes are fewer than that, as in almost every sale, none of them waits.
const BURST: u32 = 4;

/// The pace of one channel.
#[derive(Debug)]
pub(super) struct Pace {
    /// When the next message would be due if they came at even intervals.
    even: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { even: now }
    }

    /// When the next message may be sent.
    pub(super) fn due(&self, now: Instant) -> Instant {
        let ahead = GAP * (BURST - 1);
        self.even.checked_sub(ahead).map_or(now, |due| due.max(now))
    }

    /// Takes note of a message.
    pub(super) fn sent(&mut self, now: Instant) {
        self.even = self.even.max(now) + GAP;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When messages are sent if a change comes every so often, in milliseconds from the first.
    fn sent(every: Duration, changes: u32) -> Vec<u128> {
        let begin = Instant::now() + Duration::from_secs(100);
        let mut pace = Pace::new(begin);
        let mut sent: Vec<Instant> = Vec::new();
        for change in 0..changes {
            let at = begin + every * change;
            // Coalesced with a message that still waits.
            if sent.last().is_some_and(|last| *last > at) {
                continue;
            }
            let due = pace.due(at);
            pace.sent(due);
            sent.push(due);
        }
        sent.iter().map(|at| (*at - begin).as_millis()).collect()
    }

    #[test]
    fn no_second_has_more_than_twenty_messages() {
        let sent = sent(Duration::from_millis(1), 5000);
        for (i, at) in sent.iter().enumerate() {
            let within = sent[i..].iter().take_while(|later| *later - at < 1000).count();
            assert!(within <= 20, "{within} from {at}");
        }
        assert!(sent.windows(2).all(|pair| pair[1] - pair[0] <= 63));
    }

    #[test]
    fn changes_that_are_few_never_wait() {
        let every = Duration::from_millis(63);
        let expected: Vec<u128> = (0..50).map(|i| 63 * i).collect();
        assert_eq!(sent(every, 50), expected);
        // Three at once and a pause: still none waits.
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        for round in 0..10 {
            let at = begin + Duration::from_millis(200) * round;
            for _ in 0..3 {
                assert_eq!(pace.due(at), at);
                pace.sent(at);
            }
        }
    }
}
