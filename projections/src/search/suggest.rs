//! Completions of what is being typed: names of performers, venues, cities and series.
//!
//! It suggests names of events that can be found by default, nothing that anybody typed before.

use std::cmp::Reverse;
use std::sync::Arc;

use aisle_domain::event::Phase;
use serde::Serialize;

use super::schema::Property;
use super::snapshot::Snapshot;
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

/// The names that begin with a text, or have a word from which on they do: the former first,
/// then the more frequent.
pub(super) fn suggest(snapshot: &Snapshot, prefix: &str, limit: usize) -> Vec<Suggestion> {
    let prefix = key(prefix);
    if prefix.is_empty() {
        return Vec::new();
    }
    let within = format!(" {prefix}");
    let candidates = snapshot.candidates.get_or_init(|| Candidates::count(snapshot));
    let mut found = Vec::new();
    for ((kind, property), counts) in KINDS.iter().zip(&candidates.counts) {
        let names = snapshot.names.of(*property);
        for (ordinal, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let place = match &*names.keys[ordinal] {
                key if key.starts_with(&prefix) => 0,
                key if key.contains(&within) => 1,
                _ => continue,
            };
            found.push((place, Reverse(*count), &names.names[ordinal], *kind));
        }
    }
    found.sort_unstable();
    let suggestion = |(_, count, text, kind): (i32, Reverse<u32>, &Arc<str>, SuggestionKind)| {
        Suggestion { text: Arc::clone(text), kind, count: u64::from(count.0) }
    };
    found.into_iter().take(limit.min(MAX_SUGGESTIONS)).map(suggestion).collect()
}
