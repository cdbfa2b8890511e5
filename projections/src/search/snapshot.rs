//! The index as of one position: what every query runs on, from its first byte to its last.
//!
//! A query takes the snapshot that is current when it arrives and keeps it; what comes after does
//! not disturb it. Documents are as of a commit; what is free and taken may be newer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use aisle_domain::id::EventId;
use aisle_domain::stream::Position;
use tantivy::index::SegmentId;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocSet, Searcher, TERMINATED};

use super::everything::Everything;
use super::row::Row;
use super::schema::{Property, fields};
use super::segment::{Available, Segment, read_row};
use super::store::IndexError;
use super::suggest::Candidates;
use super::text;
use super::whole::{Wholeness, calls};

/// The index as of one position.
pub(super) struct Snapshot {
    /// The position up to which it is complete.
    pub(super) position: Position,
    /// Tells what it says from what others say. Two of the same number say the same of every event.
    pub(super) content: u64,
    /// Its dictionaries, postings and stored documents.
    pub(super) searcher: Searcher,
    /// The columns of its segments, in the searcher's order.
    pub(super) segments: Vec<Arc<Segment>>,
    /// The names that the columns' ordinals stand for.
    pub(super) names: Arc<Names>,
    /// What can be suggested; counted when first asked for.
    pub(super) candidates: Arc<OnceLock<Candidates>>,
    /// All events in order, for who asks for all.
    pub(super) everything: Arc<Everything>,
    by_id: HashMap<SegmentId, Arc<Segment>>,
}

impl Snapshot {
    /// Decodes what is new since the snapshot before.
    pub(super) fn next(
        before: Option<&Self>,
        searcher: Searcher,
        position: Position,
    ) -> Result<Self, IndexError> {
        let mut names = before.map_or_else(Arc::default, |before| Arc::clone(&before.names));
        let mut segments = Vec::new();
        let mut by_id = HashMap::new();
        for reader in searcher.segment_readers() {
            let id = reader.segment_id();
            let segment = match before.and_then(|before| before.by_id.get(&id)) {
                Some(known) => Arc::clone(known),
                None => Arc::new(Segment::decode(reader, Arc::make_mut(&mut names))?),
            };
            by_id.insert(id, Arc::clone(&segment));
            segments.push(segment);
        }
        let (candidates, everything) = (Arc::default(), Arc::default());
        let content = another();
        Ok(Self { position, content, searcher, segments, names, candidates, everything, by_id })
    }

    /// The same as of a later position, up to which nothing happened but that of these events
    /// more or less is free.
    pub(super) fn with_availability(
        &self,
        position: Position,
        changes: impl Iterator<Item = (EventId, Available)>,
    ) -> Result<Self, IndexError> {
        let mut of_segment = vec![Vec::new(); self.segments.len()];
        for (event, now) in changes {
            if let Some(at) = self.address(event)? {
                of_segment[at.segment_ord as usize].push((at.doc_id, now));
            }
        }
        let nothing_changed = of_segment.iter().all(Vec::is_empty);
        let mut new = Self {
            position,
            content: if nothing_changed { self.content } else { another() },
            searcher: self.searcher.clone(),
            segments: self.segments.clone(),
            names: Arc::clone(&self.names),
            candidates: Arc::clone(&self.candidates),
            everything: Arc::clone(&self.everything),
            by_id: self.by_id.clone(),
        };
        for (i, changes) in of_segment.iter().enumerate().filter(|(_, now)| !now.is_empty()) {
            let segment = Arc::new(self.segments[i].with_availability(changes));
            new.by_id
                .insert(self.searcher.segment_reader(i as u32).segment_id(), Arc::clone(&segment));
            new.segments[i] = segment;
        }
        Ok(new)
    }

    /// The stored row of an event.
    pub(super) fn row(&self, id: EventId) -> Result<Option<Row>, IndexError> {
        self.address(id)?.map(|address| read_row(&self.searcher, address)).transpose()
    }

    /// Where the document of an event is.
    fn address(&self, id: EventId) -> Result<Option<DocAddress>, IndexError> {
        let term = fields().id_term(id);
        for (segment, reader) in (0..).zip(self.searcher.segment_readers()) {
            let index = reader.inverted_index(term.field())?;
            let postings = index.read_postings(&term, IndexRecordOption::Basic);
            let Some(mut postings) = postings.map_err(IndexError::Directory)? else { continue };
            while postings.doc() != TERMINATED {
                let doc = postings.doc();
                if reader.alive_bitset().is_none_or(|alive| alive.is_alive(doc)) {
                    return Ok(Some(DocAddress::new(segment, doc)));
                }
                postings.advance();
            }
        }
        Ok(None)
    }

    /// The stored rows of all events, drafts too, in no order.
    pub(super) fn rows(&self) -> impl Iterator<Item = Result<Row, IndexError>> + '_ {
        let readers = (0..).zip(self.searcher.segment_readers());
        let addresses = readers.flat_map(|(segment, reader)| {
            reader.doc_ids_alive().map(move |doc| DocAddress::new(segment, doc))
        });
        addresses.map(|address| read_row(&self.searcher, address))
    }
}

/// A number that no snapshot of this process had.
fn another() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed)
}

/// The values of all properties, numbered over all segments in the order they were first seen.
/// It only grows: by the names of venues, teams and the like, never by people or events.
#[derive(Clone, Default)]
pub(super) struct Names {
    properties: [NamesOf; Property::ALL.len()],
}

/// The values of one property.
#[derive(Clone, Default)]
pub(super) struct NamesOf {
    /// The values, by ordinal.
    pub(super) names: Vec<Arc<str>>,
    /// The values folded, by ordinal.
    pub(super) keys: Vec<Arc<str>>,
    by_name: HashMap<Arc<str>, u32>,
    by_key: HashMap<Arc<str>, Vec<u32>>,
    /// By what is typed of them.
    by_call: HashMap<(Wholeness, Box<str>), Vec<u32>>,
}

impl Names {
    /// The values of a property.
    pub(super) fn of(&self, property: Property) -> &NamesOf {
        &self.properties[property as usize]
    }

    /// The ordinal of a value, which is new or not.
    pub(super) fn ordinal(&mut self, property: Property, name: &str) -> u32 {
        self.properties[property as usize].ordinal(name)
    }
}

impl NamesOf {
    /// The ordinals of all values that are the same once folded.
    pub(super) fn matching(&self, name: &str) -> &[u32] {
        self.by_key.get(text::key(name).as_str()).map_or(&[], Vec::as_slice)
    }

    /// The ordinals of all values that are called so, by folded words with single spaces.
    pub(super) fn called(&self, words: &str, wholeness: Wholeness) -> &[u32] {
        self.by_call.get(&(wholeness, words.into())).map_or(&[], Vec::as_slice)
    }

    fn ordinal(&mut self, name: &str) -> u32 {
        if let Some(known) = self.by_name.get(name) {
            return *known;
        }
        let ordinal = self.names.len() as u32;
        for (wholeness, call) in calls(name) {
            self.by_call.entry((wholeness, call.into())).or_default().push(ordinal);
        }
        let (name, key): (Arc<str>, Arc<str>) = (name.into(), text::key(name).into());
        self.by_name.insert(Arc::clone(&name), ordinal);
        self.by_key.entry(Arc::clone(&key)).or_default().push(ordinal);
        self.names.push(name);
        self.keys.push(key);
        ordinal
    }
}
