//! The search term taken apart: words, phrases, what has other names.
//!
//! There are no operators and no syntax errors: whatever people type means something or nothing.
//! What the parts match is [`matching`](super::matching)'s business.

use super::spelling::Typo;
use super::synonyms;
use super::text::words;

/// Words that people put between names and that name nothing. They are passed over, unless there
/// is nothing else or they are quoted.
const NOISE: [&str; 18] = [
    "vs", "v", "versus", "gegen", "against", "ticket", "tickets", "karten", "buy", "for", "in",
    "im", "at", "the", "of", "and", "und", "match",
];

/// Beyond this many characters a term is cut: nobody types more, and pasted text finds nothing.
const MAX_CHARS: usize = 256;
/// Beyond this many words a term is cut. Every word costs a pass over the dictionaries.
const MAX_WORDS: usize = 16;
/// A part of the term. An event matches if it matches every part.
pub(super) enum Clause {
    /// A word anywhere.
    Word(WordClause),
    /// Words next to each other, as they are.
    Phrase(Vec<String>),
    /// What may be another name of something: of a club, a place, a competition.
    Named {
        /// The words as typed: all of them anywhere.
        words: Vec<WordClause>,
        /// What else they may stand for: words next to each other.
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
    without_noise(clauses)
}

fn without_noise(clauses: Vec<Clause>) -> Vec<Clause> {
    let is_noise = |clause: &Clause| matches!(clause, Clause::Word(word) if NOISE.contains(&word.text.as_str()));
    if clauses.iter().all(is_noise) {
        return clauses;
    }
    clauses.into_iter().filter(|clause| !is_noise(clause)).collect()
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
        assert_eq!(written("SV Werder Bré"), ["sv", "werder", "bre*"]);
        assert_eq!(written("\"St. Pauli\" kiel"), ["“st pauli”", "kiel*"]);
        assert_eq!(written("kiel „st pauli“"), ["kiel", "“st pauli”"]);
        assert_eq!(written("kiel \"st pauli"), ["kiel", "“st pauli”"]);
        assert_eq!(written("EPL kiel"), ["(epl = english premier league)", "kiel*"]);
        assert_eq!(written("la liga"), ["(la liga* = spain primera division)"]);
        assert!(written("  –!? \"\" ").is_empty());
    }

    #[test]
    fn words_that_name_nothing_are_passed_over() {
        assert_eq!(written("Tickets for Kiel vs. Ulm"), ["kiel", "ulm*"]);
        assert_eq!(written("kiel v"), ["kiel"]);
        assert_eq!(written("kiel \"in the\""), ["kiel", "“in the”"]);
        assert_eq!(written("in the"), ["in", "the*"]);
    }

    #[test]
    fn a_long_term_is_cut() {
        assert_eq!(written(&"a ".repeat(400)).len(), MAX_WORDS);
        assert_eq!(written(&"ä".repeat(400)), [format!("{}*", "a".repeat(MAX_CHARS))]);
    }
}
