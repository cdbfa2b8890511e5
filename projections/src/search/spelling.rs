//! What may be meant by a misspelt word: the words of the index that are few letters away.
//!
//! A letter left out, put in, replaced, or swapped with its neighbour counts one (Damerau's
//! distance, no part of a word changed twice). It does not guess which of them is meant.

use tantivy::Term;
use tantivy::query::{DfaWrapper, FuzzyTermQuery};

use super::schema::{Zone, fields};
use super::snapshot::Snapshot;
use super::store::IndexError;
use super::term::{WordClause, WordEnd};

/// Words longer than this are matched as they are: an automaton grows with the word, and no
/// name of a person or place in any catalogue we know has a longer one.
const MAX_TYPO_CHARS: usize = 24;

/// A word that may be meant by another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Typo {
    /// The word of the index.
    pub(super) text: String,
    /// How far it is from what was typed, from 1.
    pub(super) distance: u8,
}

/// How many mistakes are forgiven in a word of so many letters: in short ones none, because
/// anything is near to them.
pub(super) fn forgiven(letters: usize) -> u8 {
    match letters {
        4..=7 => 1,
        8..=MAX_TYPO_CHARS => 2,
        _ => 0,
    }
}

/// Whether a word stands in the index as it is, or if more may follow, as a beginning.
pub(super) fn is_known(word: &WordClause, snapshot: &Snapshot) -> Result<bool, IndexError> {
    for reader in snapshot.searcher.segment_readers() {
        for zone in Zone::ALL {
            let index = reader.inverted_index(fields().zone(zone))?;
            let known = match word.end {
                WordEnd::Closed => index.terms().get(&word.text)?.is_some(),
                WordEnd::Open => {
                    let mut stream = index.terms().range().ge(&word.text).into_stream()?;
                    stream.advance() && stream.key().starts_with(word.text.as_bytes())
                }
            };
            if known {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The words of the index that may be meant by this one, itself left out.
pub(super) fn typos(word: &str, snapshot: &Snapshot) -> Result<Vec<Typo>, IndexError> {
    let most = forgiven(word.chars().count());
    if most == 0 {
        return Ok(Vec::new());
    }
    // Any field will do: the automaton looks at the text only.
    let term = Term::from_field_text(fields().zone(Zone::Head), word);
    let near: DfaWrapper = FuzzyTermQuery::new(term, most, true).automaton()?;
    let mut found: Vec<Typo> = Vec::new();
    for reader in snapshot.searcher.segment_readers() {
        for zone in Zone::ALL {
            let index = reader.inverted_index(fields().zone(zone))?;
            let mut stream = index.terms().search(&near).into_stream()?;
            while stream.advance() {
                let text = String::from_utf8_lossy(stream.key());
                let distance = distance(word, &text).min(usize::from(most)) as u8;
                if distance > 0 && found.iter().all(|typo| typo.text != text) {
                    found.push(Typo { text: text.into_owned(), distance });
                }
            }
        }
    }
    Ok(found)
}

/// How many mistakes lie between two words.
pub(super) fn distance(left: &str, right: &str) -> usize {
    rows(left, right).last().copied().unwrap_or_default()
}

/// How many mistakes lie between a text and the beginning of another that is nearest to it.
pub(super) fn prefix_distance(typed: &str, name: &str) -> usize {
    rows(typed, name).into_iter().min().unwrap_or_default()
}

/// The distances of a text from every beginning of another, from the empty one on.
fn rows(left: &str, right: &str) -> Vec<usize> {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before_last = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for i in 0..left.len() {
        let mut now = vec![i + 1];
        for j in 0..right.len() {
            let replaced = last[j] + usize::from(left[i] != right[j]);
            let mut least = replaced.min(last[j + 1] + 1).min(now[j] + 1);
            if i > 0 && j > 0 && left[i] == right[j - 1] && left[i - 1] == right[j] {
                least = least.min(before_last[j - 1] + 1);
            }
            now.push(least);
        }
        before_last = std::mem::replace(&mut last, now);
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_mistake_counts_one() {
        for (typed, meant, mistakes) in [
            ("graz", "graz", 0),
            ("gratz", "graz", 1),
            ("gra", "graz", 1),
            ("gras", "graz", 1),
            ("garz", "graz", 1),
            ("barcelnoa", "barcelona", 1),
            ("livrepol", "liverpool", 2),
            ("", "graz", 4),
        ] {
            assert_eq!(distance(typed, meant), mistakes, "{typed}");
            assert_eq!(distance(meant, typed), mistakes, "{typed}");
        }
    }

    #[test]
    fn the_beginning_of_a_name_is_compared_with_its_nearest_beginning() {
        assert_eq!(prefix_distance("livrep", "liverpool fc"), 1);
        assert_eq!(prefix_distance("liver", "liverpool fc"), 0);
        assert_eq!(prefix_distance("liverpool", "liver"), 4);
    }

    #[test]
    fn short_words_and_very_long_ones_have_no_mistakes() {
        for (length, most) in [(3, 0), (4, 1), (7, 1), (8, 2), (24, 2), (25, 0)] {
            assert_eq!(forgiven(length), most, "{length} letters");
        }
    }
}
