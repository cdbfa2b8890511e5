//! How good the order of hits is: queries over the sample catalogue, judged by hand, and the
//! measure that the field uses for it.
//!
//! A judgment names what a fixture must be to deserve a grade, by whole values of its fields and
//! not by words, so it shares nothing with what it judges. It is for benches and tests; nothing
//! that is searched depends on it.

use serde::Deserialize;

use super::page::Listing;

/// The queries that were judged, in `data/relevance/` (its README says how).
const QUERIES: &str = include_str!("../../../data/relevance/queries.jsonl");

/// The hits that count: those of a first screen.
pub const DEPTH: usize = 10;

/// A query and what it should find.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// What is typed.
    pub query: String,
    /// What is meant by it.
    pub meaning: String,
    grades: Vec<Grade>,
}

/// What deserves a grade: all that is named must hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grade {
    /// 3 what was meant, 2 good, 1 better than nothing.
    grade: u8,
    #[serde(default)]
    all_performers: Vec<String>,
    #[serde(default)]
    any_performer: Vec<String>,
    #[serde(default)]
    any_series: Vec<String>,
    city: Option<String>,
    venue: Option<String>,
}

impl Judged {
    /// All judged queries.
    ///
    /// # Errors
    /// Never for what is compiled in.
    pub fn all() -> serde_json::Result<Vec<Self>> {
        QUERIES.lines().map(serde_json::from_str).collect()
    }

    /// What an event deserves: the grade of the first rule that it meets, else 0.
    #[must_use]
    pub fn grade(&self, listing: &Listing) -> u8 {
        self.grades.iter().find(|rule| rule.holds(listing)).map_or(0, |rule| rule.grade)
    }
}

impl Grade {
    fn holds(&self, listing: &Listing) -> bool {
        let plays = |name: &String| listing.performers.contains(name);
        let series = |name: &String| listing.series.as_ref() == Some(name);
        self.all_performers.iter().all(plays)
            && (self.any_performer.is_empty() || self.any_performer.iter().any(plays))
            && (self.any_series.is_empty() || self.any_series.iter().any(series))
            && (self.city.is_none() || self.city == listing.venue.city)
            && self.venue.as_ref().is_none_or(|venue| *venue == listing.venue.name)
    }
}

/// The normalised discounted cumulative gain of the first [`DEPTH`] hits, 0 to 1: gains of
/// 2^grade − 1, discounted by the logarithm of the place, over those of the best order there is
/// (Järvelin and Kekäläinen 2002, with the gains of Burges et al. 2005).
///
/// `found` are the grades of the hits in their order, `all` those of everything there is.
#[must_use]
pub fn ndcg(found: &[u8], all: &[u8]) -> f64 {
    let mut best = all.to_vec();
    best.sort_unstable_by(|left, right| right.cmp(left));
    let ideal = gain(&best);
    if ideal == 0.0 { 1.0 } else { gain(found) / ideal }
}

fn gain(grades: &[u8]) -> f64 {
    let graded = grades.iter().take(DEPTH).zip(2_u8..);
    graded.map(|(grade, place)| (f64::from(*grade).exp2() - 1.0) / f64::from(place).log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_order_has_all_of_the_gain_and_a_worse_one_less() {
        let all = [0, 3, 1, 0, 2];
        assert!((ndcg(&[3, 2, 1, 0], &all) - 1.0).abs() < 1e-9);
        assert!(ndcg(&[2, 3, 1, 0], &all) < 1.0);
        assert!(ndcg(&[0, 0, 0], &all).abs() < 1e-9);
    }

    #[test]
    fn the_measure_is_that_of_the_literature() {
        // (7/1 + 0 + 1/2) / (7/1 + 3/log2(3) + 1/2)
        let expected = 7.5 / (7.5 + 3.0 / 3_f64.log2());
        assert!((ndcg(&[3, 0, 1], &[1, 2, 3]) - expected).abs() < 1e-9);
    }

    #[test]
    fn there_are_enough_queries_and_none_twice() {
        let judged = Judged::all().unwrap();
        let mut queries: Vec<_> = judged.iter().map(|judged| &judged.query).collect();
        queries.sort();
        queries.dedup();
        assert!(queries.len() > 100, "{}", queries.len());
        assert_eq!(queries.len(), judged.len());
    }
}
