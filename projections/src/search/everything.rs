//! Asking for everything: no term, no condition. Whoever opens the page does, so the order of all
//! events is worth keeping, and a page is a piece of it, however deep it lies.
//!
//! It keeps addresses, not hits, and is made when it is first asked for. What is sold changes no
//! order but that by popularity, which is therefore not kept.

use std::sync::OnceLock;

use tantivy::DocAddress;

use super::facets::FacetCounter;
use super::filter::Filter;
use super::order::Key;
use super::page::Facets;
use super::request::{FacetMode, Sort};
use super::snapshot::Snapshot;

/// What all events score, there being nothing to match.
pub(super) const SCORE: u16 = 1;

/// The orders of everything that can be found.
#[derive(Default)]
pub(super) struct Everything {
    /// Where [`kept`] says.
    orders: [OnceLock<Vec<DocAddress>>; 4],
    facets: OnceLock<Facets>,
}

impl Everything {
    /// The places of all events, if they are kept in this order.
    pub(super) fn in_order<'a>(
        &'a self,
        sort: Sort,
        filter: &Filter,
        snapshot: &Snapshot,
    ) -> Option<&'a [DocAddress]> {
        let order = &self.orders[kept(sort)?];
        Some(order.get_or_init(|| sorted(sort, filter, snapshot)))
    }

    /// The values of all events, counted.
    pub(super) fn facets(&self, filter: &Filter, snapshot: &Snapshot) -> Facets {
        self.facets.get_or_init(|| count(filter, snapshot)).clone()
    }
}

/// The part of an order that follows a key.
pub(super) fn after<'a>(
    order: &'a [DocAddress],
    sort: Sort,
    key: Option<Key>,
    snapshot: &Snapshot,
) -> &'a [DocAddress] {
    let Some(key) = key else { return order };
    &order[order.partition_point(|at| key_of(sort, *at, snapshot) <= key)..]
}

/// What a place is sorted by.
pub(super) fn key_of(sort: Sort, at: DocAddress, snapshot: &Snapshot) -> Key {
    Key::of(sort, &snapshot.segments[at.segment_ord as usize], at.doc_id as usize, SCORE)
}

fn kept(sort: Sort) -> Option<usize> {
    match sort {
        Sort::Relevance => Some(0),
        Sort::Date => Some(1),
        Sort::Price => Some(2),
        Sort::PriceDesc => Some(3),
        Sort::Popularity => None,
    }
}

fn sorted(sort: Sort, filter: &Filter, snapshot: &Snapshot) -> Vec<DocAddress> {
    let mut all = Vec::new();
    for (ordinal, segment) in (0..).zip(&snapshot.segments) {
        let docs = filter.accepted(snapshot.searcher.segment_reader(ordinal), segment);
        all.extend(docs.into_iter().map(|doc| DocAddress::new(ordinal, doc)));
    }
    all.sort_by_cached_key(|at| key_of(sort, *at, snapshot));
    all
}

fn count(filter: &Filter, snapshot: &Snapshot) -> Facets {
    let mut facets = FacetCounter::new(FacetMode::Count, &snapshot.names);
    for (ordinal, segment) in (0..).zip(&snapshot.segments) {
        facets.add(segment, &filter.accepted(snapshot.searcher.segment_reader(ordinal), segment));
    }
    facets.into_facets(&snapshot.names)
}
