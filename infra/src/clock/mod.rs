//! The time and fresh ids: the only place that reads the system clock or draws randomness for ids.
//!
//! It does not decide what a deadline means, and measures no durations (`Instant` does).

mod ids;
#[cfg(any(test, feature = "testing"))]
mod manual;

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

#[cfg(any(test, feature = "testing"))]
pub use self::ids::SeededIds;
pub use self::ids::{Ids, RandomIds, derive_id};
#[cfg(any(test, feature = "testing"))]
pub use self::manual::ManualClock;

/// The longest that [`SystemClock`] sleeps without looking at the wall clock again: a clock that
/// was set, or a machine that was suspended, delays a deadline by no more than this.
const LONGEST_NAP: Duration = Duration::from_secs(30);

/// Tells the time and wakes at a time. Object-safe: the rest of Aisle holds an `Arc<dyn Clock>`.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// The time.
    fn now(&self) -> Timestamp;

    /// Returns once [`Clock::now`] is at or after `at`; at once if it already is.
    async fn sleep_until(&self, at: Timestamp);
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that the others are sent to")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep_until(&self, at: Timestamp) {
        while let Some(left) = time_left(self.now(), at) {
            tokio::time::sleep(left.min(LONGEST_NAP)).await;
        }
    }
}

/// The moment a while after another; the end of time if there is none such.
#[must_use]
pub fn after(moment: Timestamp, while_: SignedDuration) -> Timestamp {
    moment.checked_add(while_).unwrap_or(Timestamp::MAX)
}

/// The moment a while before another; the beginning of time if there is none such.
#[must_use]
pub fn before(moment: Timestamp, while_: SignedDuration) -> Timestamp {
    moment.checked_sub(while_).unwrap_or(Timestamp::MIN)
}

/// How long it is until `at`; `None` if it has come.
fn time_left(now: Timestamp, at: Timestamp) -> Option<Duration> {
    Duration::try_from(now.duration_until(at)).ok().filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_left_once_the_moment_has_come() {
        let second = |s| Timestamp::from_second(s).unwrap();
        assert_eq!(time_left(second(5), second(7)), Some(Duration::from_secs(2)));
        assert_eq!(time_left(second(7), second(7)), None);
        assert_eq!(time_left(second(8), second(7)), None);
    }

    #[test]
    fn after_the_end_of_time_there_is_only_the_end_of_time() {
        assert_eq!(after(Timestamp::MAX, SignedDuration::from_secs(1)), Timestamp::MAX);
    }

    #[tokio::test]
    async fn the_system_clock_does_not_wake_early() {
        let at = after(SystemClock.now(), SignedDuration::from_millis(20));
        SystemClock.sleep_until(at).await;
        assert!(SystemClock.now() >= at);
    }
}
