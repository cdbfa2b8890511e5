//! The handle by which searches are asked, and how one is answered: match, filter, count, keep
//! the best, and only then read what is shown.
//!
//! It computes and does not wait: a query takes some hundred microseconds, so handlers may call
//! it as it is.

use std::sync::Arc;

use aisle_domain::stream::Position;
use parking_lot::RwLock;
use tantivy::{DocAddress, DocId};

use super::facets::FacetCounter;
use super::filter::Filter;
use super::highlight::title_html;
use super::matching::Matcher;
use super::order::{Best, Key};
use super::page::{Facets, Hit, SearchPage};
use super::request::{FacetMode, MAX_LIMIT, SearchError, SearchRequest, Sort};
use super::segment::read_row;
use super::snapshot::Snapshot;
use super::store::IndexError;
use super::suggest::{Suggestion, suggest};
use super::{Cursor, everything, term};

/// Asks the index. Cheap to clone; all clones see every commit at once.
#[derive(Clone)]
pub struct Search {
    current: Arc<RwLock<Arc<Snapshot>>>,
}

/// What answers are as of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// Up to which position of the journal.
    pub position: Position,
    /// Stays the same for as long as no answer changes, although the position may. It means nothing
    /// to another process.
    pub content: u64,
}

/// What one pass over the index found.
struct Found {
    total: u64,
    best: Best,
    facets: FacetCounter,
}

impl Search {
    pub(super) fn new(snapshot: Snapshot) -> Self {
        Self { current: Arc::new(RwLock::new(Arc::new(snapshot))) }
    }

    pub(super) fn current(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read())
    }

    pub(super) fn publish(&self, snapshot: Snapshot) {
        *self.current.write() = Arc::new(snapshot);
    }

    /// Unless readers were shown more already.
    pub(super) fn publish_if_newer(&self, snapshot: Arc<Snapshot>) {
        let mut current = self.current.write();
        if snapshot.position >= current.position {
            *current = snapshot;
        }
    }

    /// The position of the journal that answers are as of.
    #[must_use]
    pub fn position(&self) -> Position {
        self.current().position
    }

    /// What answers are as of now.
    #[must_use]
    pub fn version(&self) -> Version {
        let snapshot = self.current();
        Version { position: snapshot.position, content: snapshot.content }
    }

    /// A page of the events that match. A term without words matches all.
    ///
    /// # Errors
    /// If the cursor or the page size is not right, or the index failed.
    pub fn search(&self, request: &SearchRequest) -> Result<SearchPage, SearchError> {
        if !(1..=MAX_LIMIT).contains(&request.limit) {
            return Err(SearchError::BadLimit);
        }
        let after = request.after.map(|cursor| cursor.key_for(request.sort)).transpose()?;
        let snapshot = self.current();
        let clauses = request.term.as_deref().map(term::parse).unwrap_or_default();
        let mut matcher = Matcher::new(clauses, &snapshot)?;
        let filter = Filter::compile(request, &snapshot.names);
        if matcher.is_empty()
            && filter.is_open()
            && let Some(order) = snapshot.everything.in_order(request.sort, &filter, &snapshot)
        {
            return Ok(page_of_all(order, request, after, &snapshot, &matcher, &filter)?);
        }
        let mut found = collect(request, after, &snapshot, &matcher, &filter)?;
        if found.total == 0 && matcher.tolerate_typos(&snapshot)? {
            found = collect(request, after, &snapshot, &matcher, &filter)?;
        }
        let Found { total, best, facets } = found;
        let facets = facets.into_facets(&snapshot.names);
        Ok(page(total, best.into_sorted(), facets, request, &snapshot, &matcher)?)
    }

    /// Up to `limit` names that complete a text, at most 50.
    #[must_use]
    pub fn suggest(&self, prefix: &str, limit: usize) -> Vec<Suggestion> {
        suggest(&self.current(), prefix, limit)
    }
}

/// A page of all events, which are in order already.
fn page_of_all(
    order: &[DocAddress],
    request: &SearchRequest,
    after: Option<Key>,
    snapshot: &Snapshot,
    matcher: &Matcher,
    filter: &Filter,
) -> Result<SearchPage, IndexError> {
    let rest = everything::after(order, request.sort, after, snapshot);
    let keyed = |at: &DocAddress| (everything::key_of(request.sort, *at, snapshot), *at);
    let best = rest.iter().take(request.limit + 1).map(keyed).collect();
    let facets = match request.facets {
        FacetMode::Count => snapshot.everything.facets(filter, snapshot),
        FacetMode::Skip => Facets::default(),
    };
    page(order.len() as u64, best, facets, request, snapshot, matcher)
}

fn collect(
    request: &SearchRequest,
    after: Option<Key>,
    snapshot: &Snapshot,
    matcher: &Matcher,
    filter: &Filter,
) -> Result<Found, IndexError> {
    let facets = FacetCounter::new(request.facets, &snapshot.names);
    // One more than is shown tells whether there is a next page.
    let mut found = Found { total: 0, best: Best::new(request.limit + 1, after), facets };
    let readers = snapshot.searcher.segment_readers();
    for ((ordinal, reader), segment) in (0..).zip(readers).zip(&snapshot.segments) {
        let points = matcher.points(reader)?;
        let alive = reader.alive_bitset();
        let accepted = |doc: &DocId| {
            alive.is_none_or(|alive| alive.is_alive(*doc)) && filter.accepts(segment, *doc as usize)
        };
        let matching = (0..).zip(&points).filter(|(_, score)| **score > 0);
        let docs: Vec<DocId> = matching.map(|(doc, _)| doc).filter(accepted).collect();
        for doc in &docs {
            let at = *doc as usize;
            let score = match request.sort {
                Sort::Relevance => points[at] + matcher.whole_name_points(segment, at),
                _ => 0,
            };
            let key = Key::of(request.sort, segment, at, score);
            found.best.offer(key, DocAddress::new(ordinal, *doc));
        }
        found.total += docs.len() as u64;
        found.facets.add(segment, &docs);
    }
    Ok(found)
}

/// A page of the best hits, of which there is one more than fits if there are more pages.
fn page(
    total: u64,
    mut best: Vec<(Key, DocAddress)>,
    facets: Facets,
    request: &SearchRequest,
    snapshot: &Snapshot,
    matcher: &Matcher,
) -> Result<SearchPage, IndexError> {
    let more = best.len() > request.limit;
    best.truncate(request.limit);
    let last = best.last().filter(|_| more);
    Ok(SearchPage {
        total,
        next: last.map(|(key, _)| Cursor::new(request.sort, *key)),
        hits: best.iter().map(|(_, at)| hit(*at, snapshot, matcher)).collect::<Result<_, _>>()?,
        facets,
        position: snapshot.position,
    })
}

fn hit(address: DocAddress, snapshot: &Snapshot, matcher: &Matcher) -> Result<Hit, IndexError> {
    let segment = &snapshot.segments[address.segment_ord as usize];
    let listing = segment.listing(address.doc_id, || read_row(&snapshot.searcher, address))?;
    let title_html = title_html(&listing.title, matcher);
    Ok(Hit { listing, title_html })
}
