//! Other names of competitions, read from `synonyms.txt`, which is data and not code.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::text::key;

/// What else a sequence of words may be called.
pub(super) struct Synonyms {
    by_words: HashMap<String, Vec<Vec<String>>>,
    longest: usize,
}

/// A sequence of words at the head of a text that has other names.
pub(super) struct Found<'a> {
    /// How many words it has.
    pub(super) len: usize,
    /// The folded words of each of its other names.
    pub(super) phrases: &'a [Vec<String>],
}

static TABLE: LazyLock<Synonyms> = LazyLock::new(|| Synonyms::parse(include_str!("synonyms.txt")));

/// The table that was compiled in.
pub(super) fn table() -> &'static Synonyms {
    &TABLE
}

impl Synonyms {
    fn parse(text: &str) -> Self {
        let mut by_words: HashMap<String, Vec<Vec<String>>> = HashMap::new();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for (typed, meant) in lines.filter_map(|line| line.split_once('=')) {
            let phrases = || meant.split('|').map(|phrase| split(&key(phrase)));
            for words in typed.split(',').map(key) {
                by_words.entry(words).or_default().extend(phrases());
            }
        }
        let longest = by_words.keys().map(|words| split(words).len()).max().unwrap_or(0);
        Self { by_words, longest }
    }

    /// The longest known name that these folded words begin with.
    pub(super) fn longest_at(&self, words: &[String]) -> Option<Found<'_>> {
        (1..=self.longest.min(words.len())).rev().find_map(|len| {
            let phrases = self.by_words.get(&words[..len].join(" "))?;
            Some(Found { len, phrases })
        })
    }
}

fn split(key: &str) -> Vec<String> {
    key.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_wins() {
        let words: Vec<_> = ["la", "liga", "2", "madrid"].map(str::to_owned).into();
        let found = table().longest_at(&words).unwrap();
        assert_eq!(found.len, 3);
        assert_eq!(found.phrases[0].join(" "), "spain segunda division");
    }

    #[test]
    fn every_line_of_the_table_says_something() {
        assert!(TABLE.by_words.len() > 30);
        for (words, phrases) in &TABLE.by_words {
            assert!(!words.is_empty());
            assert!(phrases.iter().all(|phrase| !phrase.is_empty()), "{words}");
        }
    }
}
