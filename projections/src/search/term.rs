//! The search term taken apart: words, phrases, names of competitions.
//!
//! There are no operators and no syntax errors: whatever people type means something or nothing.
//! What the parts match is [`matching`](super::matching)'s business.

use tantivy::Term;
use tantivy::query::{DfaWrapper, FuzzyTermQuery};

use super::schema::{Zone, fields};
use super::store::IndexError;
use super::synonyms;
use super::text::words;

/// Beyond this many characters a term is cut: nobody types more, and pasted text finds nothing.
const MAX_CHARS: usize = 256;
/// Beyond this many words a term is cut. Every word costs a pass over the dictionaries.
const MAX_WORDS: usize = 16;
/// Words longer than this are matched as they are: an automaton grows with the word, and no
/// name of a person or place in any catalogue we know has a longer one.
const MAX_TYPO_CHARS: usize = 24;

/// A part of the term. An event matches if it matches every part.
pub(super) enum Clause {
    /// A word anywhere.
    Word(WordClause),
    /// Words next to each other, as they are.
    Phrase(Vec<String>),
    /// What may be another name of a competition.
    Named {
        /// The words as typed: all of them anywhere.
        words: Vec<WordClause>,
        /// What else they may stand for: words next to each other in the series.
        phrases: Vec<Vec<String>>,
    },
}

/// A word anywhere.
pub(super) struct WordClause {
    /// The word, folded.
    pub(super) text: String,
    /// Whether more may follow.
    pub(super) end: WordEnd,
    /// What is taken for a misspelling of it: nothing at first.
    pub(super) typos: Vec<Typo>,
}

/// Whether more may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WordEnd {
    /// It is complete.
    Closed,
    /// It is the last one, and perhaps still being typed.
    Open,
}

/// The words at some distance of another.
pub(super) struct Typo {
    /// The most letters left out, put in, replaced or swapped with their neighbour.
    pub(super) distance: u8,
    /// What recognises them.
    pub(super) automaton: DfaWrapper,
}

impl WordClause {
    /// Takes misspellings for the word from now on. Says whether that changes anything.
    pub(super) fn tolerate_typos(&mut self) -> Result<bool, IndexError> {
        if !self.typos.is_empty() {
            return Ok(false);
        }
        let most = match self.text.chars().count() {
            4..=7 => 1,
            8..=MAX_TYPO_CHARS => 2,
            _ => 0,
        };
        // Any field will do: the automaton looks at the text only.
        let term = Term::from_field_text(fields().zone(Zone::Head), &self.text);
        for distance in 1..=most {
            let automaton = FuzzyTermQuery::new(term.clone(), distance, true).automaton()?;
            self.typos.push(Typo { distance, automaton });
        }
        Ok(most > 0)
    }
}

/// The parts of a term; none if it has no words.
pub(super) fn parse(term: &str) -> Vec<Clause> {
    let end = term.char_indices().nth(MAX_CHARS).map_or(term.len(), |(at, _)| at);
    let mut clauses = Vec::new();
    let mut left = MAX_WORDS;
    let mut pieces = term[..end].split(['"', '“', '”', '„']).enumerate().peekable();
    while let Some((i, piece)) = pieces.next() {
        let folded: Vec<_> = words(piece).into_iter().map(|w| w.folded).take(left).collect();
        left -= folded.len();
        match i % 2 {
            _ if folded.is_empty() => {}
            0 => {
                let end = if pieces.peek().is_some() { WordEnd::Closed } else { WordEnd::Open };
                add_words(&folded, end, &mut clauses);
            }
            _ => clauses.push(Clause::Phrase(folded)),
        }
    }
    clauses
}

fn add_words(mut folded: &[String], end: WordEnd, clauses: &mut Vec<Clause>) {
    while !folded.is_empty() {
        let found = synonyms::table().longest_at(folded);
        let (now, later) = folded.split_at(found.as_ref().map_or(1, |found| found.len));
        let end = if later.is_empty() { end } else { WordEnd::Closed };
        let mut words = word_clauses(now, end);
        clauses.push(match (found, words.pop()) {
            (None, Some(word)) => Clause::Word(word),
            (found, last) => {
                words.extend(last);
                let phrases = found.map_or_else(Vec::new, |found| found.phrases.to_vec());
                Clause::Named { words, phrases }
            }
        });
        folded = later;
    }
}

fn word_clauses(folded: &[String], end: WordEnd) -> Vec<WordClause> {
    let last = folded.len() - 1;
    let clause = |(i, text): (usize, &String)| WordClause {
        text: text.clone(),
        end: if i == last { end } else { WordEnd::Closed },
        typos: Vec::new(),
    };
    folded.iter().enumerate().map(clause).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(term: &str) -> Vec<String> {
        let word = |word: &WordClause| match word.end {
            WordEnd::Closed => word.text.clone(),
            WordEnd::Open => format!("{}*", word.text),
        };
        let clause = |clause: &Clause| match clause {
            Clause::Word(clause) => word(clause),
            Clause::Phrase(words) => format!("“{}”", words.join(" ")),
            Clause::Named { words, phrases } => {
                let words: Vec<_> = words.iter().map(word).collect();
                format!("({} = {})", words.join(" "), phrases[0].join(" "))
            }
        };
        parse(term).iter().map(clause).collect()
    }

    #[test]
    fn words_phrases_and_names_are_told_apart() {
        assert_eq!(written("FC Bayern Mün"), ["fc", "bayern", "mun*"]);
        assert_eq!(written("\"St. Pauli\" kiel"), ["“st pauli”", "kiel*"]);
        assert_eq!(written("kiel „st pauli“"), ["kiel", "“st pauli”"]);
        assert_eq!(written("kiel \"st pauli"), ["kiel", "“st pauli”"]);
        assert_eq!(written("EPL arsenal"), ["(epl = english premier league)", "arsenal*"]);
        assert_eq!(written("la liga"), ["(la liga* = spain primera division)"]);
        assert!(written("  –!? \"\" ").is_empty());
    }

    #[test]
    fn a_long_term_is_cut() {
        assert_eq!(written(&"a ".repeat(400)).len(), MAX_WORDS);
        assert_eq!(written(&"ä".repeat(400)), [format!("{}*", "a".repeat(MAX_CHARS))]);
    }

    #[test]
    fn short_words_and_very_long_ones_have_no_typos() {
        for (length, most) in [(3, 0), (4, 1), (7, 1), (8, 2), (24, 2), (25, 0)] {
            let mut word = word_clauses(&["x".repeat(length)], WordEnd::Closed).remove(0);
            assert_eq!(word.tolerate_typos().unwrap(), most > 0);
            assert_eq!(word.typos.len(), most, "{length} letters");
        }
    }
}
