//! How often somebody may do something: GCRA, a leaky bucket that keeps one moment per key.
//!
//! Each process counts for itself and forgets at its end. Answers carry `RateLimit-Policy` and
//! `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use super::problem::Problem;
use crate::clock::{Clock, after};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// How many keys are remembered. At some 100 bytes each, 10 MB.
const MAX_KEYS: usize = 100_000;

/// So many a while, for each key.
pub struct RateLimit {
    name: &'static str,
    quota: u32,
    window: SignedDuration,
    clock: Arc<dyn Clock>,
    /// When what was spent under a key is made good for.
    spent: Mutex<HashMap<Box<str>, Timestamp>>,
}

/// What is left after something was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    name: &'static str,
    quota: u32,
    window: i64,
    remaining: i64,
    /// Until all of it is there again, in seconds.
    reset: i64,
}

impl RateLimit {
    /// `quota` in any `window`.
    #[must_use]
    pub fn new(
        name: &'static str,
        quota: u32,
        window: SignedDuration,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { name, quota, window, clock, spent: Mutex::default() }
    }

    /// Spends one.
    ///
    /// # Errors
    /// 429 `too_many_attempts` if there is none left.
    pub fn spend(&self, key: &str) -> Result<Allowance, Problem> {
        let now = self.clock.now();
        let one = self.window / i32::try_from(self.quota.max(1)).unwrap_or(i32::MAX);
        let mut spent = self.spent.lock();
        if spent.len() >= MAX_KEYS {
            spent.retain(|_, until| *until > now);
        }
        if spent.len() >= MAX_KEYS {
            tracing::warn!(limit = self.name, "forgets who did how much: there are too many");
            spent.clear();
        }
        let before = spent.get(key).copied().unwrap_or(now).max(now);
        let until = after(before, one);
        let over = now.duration_until(until) - self.window;
        if over > SignedDuration::ZERO {
            let allowance = self.allowance(now.duration_until(before), one);
            return Err(allowance.exceeded(Duration::try_from(over).unwrap_or_default()));
        }
        spent.insert(key.into(), until);
        Ok(self.allowance(now.duration_until(until), one))
    }

    fn allowance(&self, used: SignedDuration, one: SignedDuration) -> Allowance {
        let left = (self.window - used).as_millis() / one.as_millis().max(1);
        Allowance {
            name: self.name,
            quota: self.quota,
            window: self.window.as_secs(),
            remaining: i64::try_from(left).unwrap_or_default().max(0),
            reset: used.as_secs() + i64::from(used.subsec_nanos() > 0),
        }
    }
}

impl Allowance {
    /// Says in an answer what is left.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let Self { name, quota, window, remaining, reset } = self;
        let policy = format!("\"{name}\";q={quota};w={window}");
        let limit = format!("\"{name}\";r={remaining};t={reset}");
        for (header, text) in [(POLICY, policy), (LIMIT, limit)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.append(header, value);
            }
        }
    }

    fn exceeded(&self, wait: Duration) -> Problem {
        let title = "That was tried too often";
        let mut problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", title)
            .retry_after(wait);
        let mut headers = HeaderMap::new();
        self.tell(&mut headers);
        for (name, value) in &headers {
            problem = problem.header(name.clone(), value.clone());
        }
        problem
    }
}

#[cfg(test)]
mod tests {
    use axum::http::header::RETRY_AFTER;
    use axum::response::IntoResponse as _;

    use super::*;
    use crate::clock::ManualClock;

    fn limit() -> (Arc<ManualClock>, RateLimit) {
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        let window = SignedDuration::from_secs(60);
        (clock.clone(), RateLimit::new("sign-in", 3, window, clock))
    }

    #[test]
    fn so_many_at_once_and_then_one_after_the_other() {
        let (clock, limit) = limit();
        for remaining in [2, 1, 0] {
            assert_eq!(limit.spend("ada").unwrap().remaining, remaining);
        }
        assert!(limit.spend("ada").is_err());
        assert!(limit.spend("bob").is_ok());
        clock.advance(SignedDuration::from_secs(19));
        assert!(limit.spend("ada").is_err());
        clock.advance(SignedDuration::from_secs(1));
        assert!(limit.spend("ada").is_ok());
        assert!(limit.spend("ada").is_err());
    }

    #[test]
    fn answers_say_what_is_left_and_when_to_come_again() {
        let (clock, limit) = limit();
        let mut headers = HeaderMap::new();
        limit.spend("ada").unwrap().tell(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"sign-in\";q=3;w=60");
        assert_eq!(headers["ratelimit"], "\"sign-in\";r=2;t=20");
        for _ in 0..2 {
            limit.spend("ada").unwrap();
        }
        clock.advance(SignedDuration::from_millis(500));
        let refused = limit.spend("ada").unwrap_err().into_response();
        assert_eq!(
            (refused.status(), &refused.headers()[RETRY_AFTER]),
            (StatusCode::TOO_MANY_REQUESTS, &HeaderValue::from_static("20"))
        );
        assert_eq!(refused.headers()["ratelimit"], "\"sign-in\";r=0;t=60");
    }
}
