//! How far a bench is: what is said on standard error after each turn, with the time left.
//!
//! The estimate goes by the seconds that each turn is planned to take, and by how much longer the
//! turns so far took than planned.

use std::cell::Cell;
use std::time::{Duration, Instant};

use super::say;

/// What is planned and what is done, in planned seconds.
pub(super) struct Pace {
    begun: Instant,
    planned: Cell<f64>,
    done: Cell<f64>,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), planned: Cell::new(0.0), done: Cell::new(0.0) }
    }

    /// Plans some turns that take about so many seconds each, preparation and check included.
    pub(super) fn plan(&self, turns: u32, seconds: f64) {
        self.planned.set(self.planned.get() + f64::from(turns) * seconds);
    }

    /// Says what came of a turn that was planned to take so long.
    pub(super) fn done(&self, seconds: f64, what: &str) {
        self.done.set(self.done.get() + seconds);
        say(&format!("{what}{}", self.left()));
    }

    fn left(&self) -> String {
        let (done, planned) = (self.done.get(), self.planned.get());
        if done <= 0.0 || planned <= done {
            return String::new();
        }
        let left = self.begun.elapsed().mul_f64((planned - done) / done);
        format!("; about {} left", shown(left))
    }
}

fn shown(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..100 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_in_seconds_or_minutes() {
        assert_eq!(shown(Duration::from_millis(99_900)), "99 s");
        assert_eq!(shown(Duration::from_secs(100)), "2 min");
    }

    #[test]
    fn nothing_is_left_when_all_is_done_and_nothing_is_guessed_before_the_first_turn() {
        let pace = Pace::new();
        pace.plan(2, 5.0);
        assert_eq!(pace.left(), "");
        pace.done(5.0, "one");
        assert!(pace.left().ends_with(" left"));
        pace.done(5.0, "two");
        assert_eq!(pace.left(), "");
    }
}
