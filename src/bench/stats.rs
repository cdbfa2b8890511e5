//! The statistics of the benches: medians, spreads, and ratios round by round.
//!
//! It knows nothing of what is measured. A spread here is the least and the most of all rounds:
//! with five of them, anything finer would pretend to know more than there is.

use serde::Serialize;

/// The middle of some figures, and how far they lie apart.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The median.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

impl Spread {
    /// The spread of figures; none if there are none.
    #[must_use]
    pub fn of(figures: &[f64]) -> Option<Self> {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        let upper = sorted.len() / 2;
        // The same one twice if their number is odd.
        let lower = (sorted.len() - 1) / 2;
        Some(Self { median: f64::midpoint(sorted[lower], sorted[upper]), least, most })
    }
}

/// The ratio of each round. What is common to both sides of a round, such as a neighbour that
/// keeps the machine busy, cancels out, which it would not in a ratio of medians.
#[must_use]
pub fn ratios(ours: &[f64], theirs: &[f64]) -> Vec<f64> {
    ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_odd_number_is_the_middle_one_and_of_an_even_number_between_two() {
        let odd = Spread::of(&[9.0, 1.0, 4.0]).unwrap();
        assert_eq!(odd, Spread { median: 4.0, least: 1.0, most: 9.0 });
        let even = Spread::of(&[9.0, 1.0, 4.0, 5.0]).unwrap();
        assert_eq!(even, Spread { median: 4.5, least: 1.0, most: 9.0 });
        let one = Spread::of(&[7.0]).unwrap();
        assert_eq!(one, Spread { median: 7.0, least: 7.0, most: 7.0 });
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn a_ratio_is_of_one_round_and_not_of_medians() {
        // A machine twice as slow in the second round, on both sides: the ratio does not move.
        let even = ratios(&[200.0, 100.0, 220.0], &[100.0, 50.0, 110.0]);
        assert_eq!(Spread::of(&even), Some(Spread { median: 2.0, least: 2.0, most: 2.0 }));
        // The medians are equal, yet in two rounds of three we were faster.
        let uneven = ratios(&[30.0, 20.0, 10.0], &[20.0, 10.0, 30.0]);
        let spread = Spread::of(&uneven).unwrap();
        assert_eq!((spread.median, spread.most), (1.5, 2.0));
        assert!((spread.least - 1.0 / 3.0).abs() < 1e-12, "{spread:?}");
    }
}
