//! Points for whole names: who types all of a name means its bearer before those that share words
//! with it.
//!
//! Whatever neighbouring parts of the term say together is looked up among the names of
//! performers, series, cities and venues, as it is and without what clubs put around their names.
//! It marks no documents: it raises those that match already.

use super::schema::Property;
use super::segment::Segment;
use super::snapshot::Names;
use super::term::{Clause, WordClause};
use super::text::words;

/// What clubs are called besides their name, folded. A name of nothing else is kept as it is.
const AFFIXES: [&str; 52] = [
    "ac", "acf", "ad", "afc", "ak", "as", "bc", "bk", "bsc", "ca", "calcio", "cd", "cf", "cfc",
    "club", "cr", "cs", "de", "ec", "fbpa", "fc", "fk", "fr", "fsv", "hsc", "if", "kv", "osc",
    "ogc", "rb", "rc", "rcd", "rsc", "sad", "sc", "sco", "sd", "se", "sfc", "sk", "spvgg", "ss",
    "ssc", "ssv", "sv", "tsg", "tsv", "ud", "us", "vfb", "vfl", "vv",
];

/// What English clubs add to the name of their town, folded. Who leaves it out may mean the town.
const SUFFIXES: [&str; 9] =
    ["united", "city", "town", "rovers", "wanderers", "athletic", "albion", "county", "hotspur"];

/// The most neighbouring parts that are taken for one name.
const LONGEST: usize = 5;
/// The most ways to read them that are looked up: each part may stand for several words.
const READINGS: usize = 64;

/// How much of a name was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Wholeness {
    /// As most call it who need not tell it from others of the same town.
    Short,
    /// All that tells it from others.
    Bare,
    /// All of it, but for a country in parentheses.
    Whole,
}

/// The names that a term says.
pub(super) struct WholeNames {
    /// Those of more parts first.
    said: Vec<Said>,
}

struct Said {
    /// Which parts say it, as bits.
    parts: u16,
    property: Property,
    ordinals: Vec<u32>,
    points: u16,
}

impl WholeNames {
    /// The names that neighbouring parts of a term say.
    pub(super) fn of(clauses: &[Clause], names: &Names) -> Self {
        let readings: Vec<Vec<String>> = clauses.iter().map(readings).collect();
        let mut said = Vec::new();
        for length in (1..=LONGEST.min(clauses.len())).rev() {
            for (at, window) in readings.windows(length).enumerate() {
                let parts = ((1_u32 << length) - 1) << at;
                for text in joined(window) {
                    look_up(&text, parts as u16, length as u16, names, &mut said);
                }
            }
        }
        said.sort_by_key(|said| std::cmp::Reverse((said.parts.count_ones(), said.points)));
        Self { said }
    }

    /// What a document gets for bearing them; no part of the term counts twice.
    pub(super) fn points(&self, segment: &Segment, doc: usize) -> u16 {
        let (mut points, mut counted) = (0, 0);
        for said in &self.said {
            let has = |ordinal: &u32| said.ordinals.contains(ordinal);
            if counted & said.parts == 0 && segment.values(said.property, doc).iter().any(has) {
                points += said.points;
                counted |= said.parts;
            }
        }
        points
    }
}

/// A name as it is compared: without case, accents, and a country in parentheses.
fn whole(name: &str) -> Vec<String> {
    let name = match name.split_once(" (") {
        Some((name, country)) if country.len() == 4 && country.ends_with(')') => name,
        _ => name,
    };
    words(name).into_iter().map(|word| word.folded).collect()
}

/// All that a name may be called.
pub(super) fn calls(name: &str) -> Vec<(Wholeness, String)> {
    let whole = whole(name);
    let bare = without(&whole, is_affix);
    let short = without(bare.as_deref().unwrap_or(&whole), is_suffix);
    let calls = [
        (Wholeness::Whole, Some(whole.clone())),
        (Wholeness::Bare, bare),
        (Wholeness::Short, short),
    ];
    calls.into_iter().filter_map(|(how, words)| Some((how, words?.join(" ")))).collect()
}

fn is_affix(word: &str) -> bool {
    AFFIXES.contains(&word) || word.chars().all(|c| c.is_ascii_digit())
}

fn is_suffix(word: &str) -> bool {
    SUFFIXES.contains(&word)
}

/// The words that are not such, if some are and some are not.
fn without(words: &[String], is_such: fn(&str) -> bool) -> Option<Vec<String>> {
    let kept: Vec<_> = words.iter().filter(|word| !is_such(word)).cloned().collect();
    (!kept.is_empty() && kept.len() < words.len()).then_some(kept)
}

fn look_up(text: &str, parts: u16, length: u16, names: &Names, said: &mut Vec<Said>) {
    let split: Vec<String> = text.split(' ').map(str::to_owned).collect();
    let bare = without(&split, is_affix).map(|words| words.join(" "));
    let forms = [(Some(text.to_owned()), Wholeness::Whole), (bare, Wholeness::Bare)];
    for (form, typed) in forms.into_iter().filter_map(|(form, typed)| Some((form?, typed))) {
        for (property, points) in WORTH {
            for named in [Wholeness::Whole, Wholeness::Bare, Wholeness::Short] {
                let ordinals = names.of(property).called(&form, named);
                if !ordinals.is_empty() {
                    let points = (points + typed.min(named).worth()) * length;
                    said.push(Said { parts, property, ordinals: ordinals.to_vec(), points });
                }
            }
        }
    }
}

impl Wholeness {
    /// What it counts besides that there is a name.
    fn worth(self) -> u16 {
        match self {
            Self::Short => 0,
            Self::Bare => 3,
            Self::Whole => 6,
        }
    }
}

/// Who is named before where: there is a town for most clubs.
const WORTH: [(Property, u16); 4] = [
    (Property::Performer, 20),
    (Property::Series, 15),
    (Property::City, 10),
    (Property::Venue, 10),
];

/// What a part may stand for.
fn readings(clause: &Clause) -> Vec<String> {
    let typed = |words: &[WordClause]| {
        words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    };
    match clause {
        Clause::Word(word) => {
            let typos = word.typos.iter().map(|typo| typo.text.clone());
            std::iter::once(word.text.clone()).chain(typos).collect()
        }
        Clause::Phrase(words) => vec![words.join(" ")],
        Clause::Named { words, phrases } => {
            let meant = phrases.iter().map(|phrase| phrase.join(" "));
            std::iter::once(typed(words)).chain(meant).collect()
        }
    }
}

/// What parts may say together.
fn joined(parts: &[Vec<String>]) -> Vec<String> {
    let mut texts = vec![String::new()];
    for part in parts {
        let longer = texts.iter().flat_map(|text| {
            part.iter().map(move |word| match text.as_str() {
                "" => word.clone(),
                text => format!("{text} {word}"),
            })
        });
        texts = longer.take(READINGS).collect();
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_club_is_known_by_all_of_its_name_and_by_less() {
        for (name, known) in [
            ("FC Barcelona (ESP)", &["fc barcelona", "barcelona"][..]),
            ("1. FC Köln", &["1 fc koln", "koln"]),
            ("Bayer 04 Leverkusen", &["bayer 04 leverkusen", "bayer leverkusen"]),
            ("Leeds United FC", &["leeds united fc", "leeds united", "leeds"]),
            ("Rapid Wien II", &["rapid wien ii"]),
            ("AFC", &["afc"]),
        ] {
            let calls: Vec<_> = calls(name).into_iter().map(|(_, call)| call).collect();
            assert_eq!(calls, known, "{name}");
        }
    }

    #[test]
    fn only_a_country_is_cut_off() {
        assert_eq!(whole("Santa Fe (COL)"), ["santa", "fe"]);
        assert_eq!(whole("Linz (alte Halle)"), ["linz", "alte", "halle"]);
    }

    #[test]
    fn neighbours_are_joined_in_every_reading_up_to_a_limit() {
        let part = |words: &[&str]| words.iter().map(|&word| word.into()).collect::<Vec<String>>();
        let both = joined(&[part(&["bayern"]), part(&["munich", "munchen"])]);
        assert_eq!(both, ["bayern munich", "bayern munchen"]);
        let many: Vec<_> = (0..100).map(|n| n.to_string()).collect();
        assert_eq!(joined(&[many.clone(), many]).len(), READINGS);
    }
}
