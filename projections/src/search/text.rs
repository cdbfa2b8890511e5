//! Words and how they are compared: without case, accents and letters that keyboards lack.
//!
//! It does no stemming and knows no language: names are what people search for here.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A word of a text: where it stands and what it is compared as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its bytes in the text.
    pub(super) range: Range<usize>,
    /// Its folded form; never empty.
    pub(super) folded: String,
}

/// The words of a text, in order. Everything that is no letter, digit or mark separates.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (is_word_char(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.extend(word(text, from..at));
                start = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
    found.extend(start.and_then(|from| word(text, from..text.len())));
    found
}

/// A whole name folded for comparison: its words with single spaces.
pub(super) fn key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for word in words(text) {
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(&word.folded);
    }
    key
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

fn word(text: &str, range: Range<usize>) -> Option<Word> {
    let folded = fold(&text[range.clone()]);
    (!folded.is_empty()).then_some(Word { range, folded })
}

/// Lower case without marks. Compatibility forms become what they stand for (`ﬁ` is `fi`).
fn fold(word: &str) -> String {
    // Most words, and a tenth of the work.
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(word.len());
    let lower = word.nfkd().flat_map(char::to_lowercase);
    for c in lower.filter(|c| !is_combining_mark(*c)) {
        match plain(c) {
            Some(letters) => folded.push_str(letters),
            // A compatibility form may bring a separator along, such as the slash of `½`.
            None if c.is_alphanumeric() => folded.push(c),
            None => {}
        }
    }
    folded
}

/// Letters that no decomposition takes apart, as people without them on the keyboard write them.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ŧ' => "t",
        'ŋ' => "n",
        'ə' => "e",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_accents_and_special_letters_do_not_matter() {
        for (written, folded) in [
            ("Bayern MÜNCHEN", "bayern munchen"),
            ("Beşiktaş", "besiktas"),
            ("Fatih Karagümrük – İstanbul", "fatih karagumruk istanbul"),
            ("Bodø/Glimt", "bodo glimt"),
            ("ŁKS Łódź", "lks lodz"),
            ("Weiß-Blau", "weiss blau"),
            ("ALTINORDU Kasımpaşa", "altinordu kasimpasa"),
            ("Qarabağ; Bəşiri", "qarabag besiri"),
        ] {
            assert_eq!(key(written), folded);
        }
    }

    #[test]
    fn a_word_knows_where_it_stands() {
        let text = "1. FC Köln";
        let found: Vec<_> = words(text).into_iter().map(|w| text[w.range].to_owned()).collect();
        assert_eq!(found, ["1", "FC", "Köln"]);
    }

    proptest! {
        #[test]
        fn any_text_has_words_within_it(text in "\\PC{0,80}") {
            for word in words(&text) {
                prop_assert!(text.get(word.range).is_some());
                prop_assert!(!word.folded.is_empty());
            }
        }
    }
}
