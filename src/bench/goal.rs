//! What a bench is to reach, beside what it did: figures that Aisle set itself, most of them ratios
//! to a peer.
//!
//! A goal that is missed is no failure of the bench: it says so, and that is all.

use serde::Serialize;

use super::stats::Spread;

/// On which side of a number a figure is to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Bound {
    /// This much or more.
    AtLeast(f64),
    /// This much or less.
    AtMost(f64),
}

impl Bound {
    fn holds(self, figure: f64) -> bool {
        match self {
            Self::AtLeast(least) => figure >= least,
            Self::AtMost(most) => figure <= most,
        }
    }

    pub(super) fn describe(self) -> String {
        match self {
            Self::AtLeast(least) => format!("≥ {least}"),
            Self::AtMost(most) => format!("≤ {most}"),
        }
    }
}

/// A goal, and every round's figure.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Goal {
    pub(super) what: String,
    pub(super) bound: Bound,
    pub(super) rounds: Vec<f64>,
}

impl Goal {
    pub(super) fn reached(&self) -> Option<Spread> {
        Spread::of(&self.rounds)
    }

    /// Whether the median is on the right side.
    pub(super) fn verdict(&self) -> &'static str {
        match self.reached() {
            Some(reached) if self.bound.holds(reached.median) => "reached",
            Some(_) => "missed",
            None => "not measured",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(bound: Bound, rounds: &[f64]) -> &'static str {
        Goal { what: String::new(), bound, rounds: rounds.to_vec() }.verdict()
    }

    #[test]
    fn the_median_decides() {
        assert_eq!(verdict(Bound::AtLeast(2.0), &[1.0, 2.0, 9.0]), "reached");
        assert_eq!(verdict(Bound::AtLeast(2.0), &[1.9, 1.9, 9.0]), "missed");
        assert_eq!(verdict(Bound::AtMost(2.0), &[1.0, 2.0, 9.0]), "reached");
        assert_eq!(verdict(Bound::AtMost(2.0), &[2.1, 2.1, 0.0]), "missed");
        assert_eq!(verdict(Bound::AtMost(2.0), &[]), "not measured");
    }
}
