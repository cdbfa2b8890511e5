//! Completions of what is being typed: names of performers, venues, cities and series.
//!
//! It suggests names of events that can be found by default, nothing that anybody typed before.

use std::cmp::Reverse;
use std::sync::Arc;

use aisle_domain::event::Phase;
use serde::Serialize;

use super::schema::Property;
use super::snapshot::Snapshot;
use super::spelling::{forgiven, prefix_distance};
use super::text::key;

/// The most suggestions that are given.
const MAX_SUGGESTIONS: usize = 50;

/// A completion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// The whole name.
    pub text: Arc<str>,
    /// What it is the name of.
    pub kind: SuggestionKind,
    /// How many events have it.
    pub count: u64,
}

/// What a completion is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SuggestionKind {
    /// A performer.
    Performer,
    /// A venue.
    Venue,
    /// A city.
    City,
    /// A competition, tour or season.
    Series,
}

const KINDS: [(SuggestionKind, Property); 4] = [
    (SuggestionKind::Performer, Property::Performer),
    (SuggestionKind::Venue, Property::Venue),
    (SuggestionKind::City, Property::City),
    (SuggestionKind::Series, Property::Series),
];

/// How many events have each name, by kind and ordinal.
pub(super) struct Candidates {
    counts: [Vec<u32>; KINDS.len()],
}

impl Candidates {
    fn count(snapshot: &Snapshot) -> Self {
        let names = &snapshot.names;
        let mut counts = KINDS.map(|(_, property)| vec![0; names.of(property).names.len()]);
        let hidden = 1 << Phase::Draft as u8 | 1 << Phase::Cancelled as u8;
        for (segment, reader) in snapshot.segments.iter().zip(snapshot.searcher.segment_readers()) {
            let alive = reader.doc_ids_alive().map(|doc| doc as usize);
            for doc in alive.filter(|doc| segment.phase_bits[*doc] & hidden == 0) {
                for ((_, property), counts) in KINDS.iter().zip(&mut counts) {
                    let ordinals = segment.values(*property, doc);
                    ordinals.iter().for_each(|ordinal| counts[*ordinal as usize] += 1);
                }
            }
        }
        Self { counts }
    }
}

/// How well a name completes a text, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    /// How many mistakes were typed.
    mistakes: usize,
    /// Whether it is the whole name that the text begins, or the name from one of its words on.
    begin: Begin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Begin {
    Name,
    Word,
}

/// The names that begin with a text, or have a word from which on they do: the former first,
/// then the more frequent. Misspelt beginnings count only if no name begins as it was typed.
pub(super) fn suggest(snapshot: &Snapshot, prefix: &str, limit: usize) -> Vec<Suggestion> {
    let prefix = key(prefix);
    if prefix.is_empty() {
        return Vec::new();
    }
    let mut found = fitting(snapshot, |name| as_typed(&prefix, name));
    let forgiven = usize::from(forgiven(prefix.chars().count()));
    if found.is_empty() && forgiven > 0 {
        found = fitting(snapshot, |name| misspelt(&prefix, name, forgiven));
    }
    found.truncate(limit.min(MAX_SUGGESTIONS));
    found
}

/// The names that fit, in order. `fit` is told names folded.
fn fitting(snapshot: &Snapshot, fit: impl Fn(&str) -> Option<Fit>) -> Vec<Suggestion> {
    let candidates = snapshot.candidates.get_or_init(|| Candidates::count(snapshot));
    let mut found = Vec::new();
    for ((kind, property), counts) in KINDS.iter().zip(&candidates.counts) {
        let names = snapshot.names.of(*property);
        for (ordinal, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            if let Some(fit) = fit(&names.keys[ordinal]) {
                found.push((fit, Reverse(*count), &names.names[ordinal], *kind));
            }
        }
    }
    found.sort_unstable();
    let suggestion = |(_, count, text, kind): (Fit, Reverse<u32>, &Arc<str>, SuggestionKind)| {
        Suggestion { text: Arc::clone(text), kind, count: u64::from(count.0) }
    };
    found.into_iter().map(suggestion).collect()
}

fn as_typed(prefix: &str, name: &str) -> Option<Fit> {
    let begins = begins(name).find(|(_, rest)| rest.starts_with(prefix));
    begins.map(|(begin, _)| Fit { mistakes: 0, begin })
}

/// The name from where on it has the fewest mistakes, if they are forgiven.
fn misspelt(prefix: &str, name: &str, forgiven: usize) -> Option<Fit> {
    let near = begins(name).map(|(begin, rest)| {
        // What lies further on than mistakes could have moved it is of no interest.
        let end = rest.char_indices().nth(prefix.chars().count() + forgiven);
        let rest = end.map_or(rest, |(at, _)| &rest[..at]);
        Fit { mistakes: prefix_distance(prefix, rest), begin }
    });
    near.min().filter(|fit| fit.mistakes <= forgiven)
}

/// A name, and what is left of it from each further word on.
fn begins(name: &str) -> impl Iterator<Item = (Begin, &str)> {
    let words = name.match_indices(' ').map(|(at, _)| (Begin::Word, &name[at + 1..]));
    std::iter::once((Begin::Name, name)).chain(words)
}
