//! The order of hits, as one comparable key, and the best of them by it.
//!
//! The key ends in the event's id, so no two hits are equal, and whatever the sort, a page can be
//! continued after its last hit.

use std::collections::BinaryHeap;

use aisle_domain::event::Phase;
use tantivy::DocAddress;

use super::request::Sort;
use super::segment::Segment;

/// What a hit is sorted by, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) cancelled: bool,
    pub(super) primary: u64,
    pub(super) starts_at: i64,
    pub(super) id: u128,
}

impl Key {
    /// The key of a document that matched with this score.
    pub(super) fn of(sort: Sort, segment: &Segment, doc: usize, score: u16) -> Self {
        let price = || segment.price_min[doc].and_then(|amount| u64::try_from(amount).ok());
        let primary = match sort {
            Sort::Date => 0,
            Sort::Relevance => u64::from(u16::MAX - score),
            Sort::Price => price().unwrap_or(u64::MAX),
            Sort::PriceDesc => price().map_or(u64::MAX, |amount| u64::MAX - 1 - amount),
            Sort::Popularity => u64::MAX - segment.taken[doc],
        };
        Self {
            cancelled: segment.phase_bits[doc] == 1 << Phase::Cancelled as u8,
            primary,
            starts_at: segment.starts_at[doc],
            id: segment.ids[doc],
        }
    }
}

/// The first `limit` hits after a key, among all that are offered.
pub(super) struct Best {
    limit: usize,
    after: Option<Key>,
    /// The worst on top.
    heap: BinaryHeap<(Key, DocAddress)>,
}

impl Best {
    pub(super) fn new(limit: usize, after: Option<Key>) -> Self {
        Self { limit, after, heap: BinaryHeap::with_capacity(limit + 1) }
    }

    pub(super) fn offer(&mut self, key: Key, address: DocAddress) {
        let full = self.heap.len() == self.limit;
        let too_bad = full && self.heap.peek().is_none_or(|(worst, _)| key > *worst);
        if too_bad || self.after.is_some_and(|after| key <= after) {
            return;
        }
        if full {
            self.heap.pop();
        }
        self.heap.push((key, address));
    }

    /// The best, in order.
    pub(super) fn into_sorted(self) -> Vec<(Key, DocAddress)> {
        self.heap.into_sorted_vec()
    }
}
