//! A clock that stands still until a test moves it.
//!
//! It has nothing to do with tokio's paused time: timers of tokio go on.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::{Clock, after};

/// A clock that is moved by hand and wakes those who sleep on it.
#[derive(Debug)]
pub struct ManualClock(watch::Sender<Timestamp>);

impl ManualClock {
    /// A clock that stands at a moment.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self(watch::Sender::new(now))
    }

    /// Moves it on (or back, by a negative duration).
    pub fn advance(&self, by: SignedDuration) {
        self.0.send_modify(|now| *now = after(*now, by));
    }

    /// Sets it.
    pub fn set(&self, now: Timestamp) {
        self.0.send_replace(now);
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    async fn sleep_until(&self, at: Timestamp) {
        // An error would mean that the sender is gone, but `self` holds it.
        let _ = self.0.subscribe().wait_for(|now| *now >= at).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_clock_reaches_the_moment_and_not_before() {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let at = Timestamp::from_second(10).unwrap();
        let mut sleep = Box::pin(clock.sleep_until(at));
        assert_eq!(sleep.as_mut().now_or_never(), None);
        clock.advance(SignedDuration::from_secs(9));
        assert_eq!(sleep.as_mut().now_or_never(), None);
        clock.advance(SignedDuration::from_secs(1));
        sleep.await;
        assert_eq!(clock.now(), at);
    }

    #[tokio::test]
    async fn a_clock_that_is_set_past_the_moment_wakes_too() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        clock.set(Timestamp::from_second(100).unwrap());
        clock.sleep_until(Timestamp::from_second(10).unwrap()).await;
    }
}
