//! Counts the values of all hits.
//!
//! Counting adds to arrays by ordinal; names come in at the end, for the few that are shown.

use std::cmp::Reverse;
use std::sync::Arc;

use tantivy::DocId;

use super::page::{FacetCount, Facets};
use super::request::FacetMode;
use super::schema::Property;
use super::segment::Segment;
use super::snapshot::{Names, NamesOf};

/// What is counted, and how many values of it are shown.
const COUNTED: [(Property, usize); 7] = [
    (Property::Category, 20),
    (Property::Series, 20),
    (Property::Country, 20),
    (Property::City, 20),
    (Property::Venue, 10),
    (Property::Performer, 10),
    (Property::Month, 20),
];

/// The counts so far.
pub(super) struct FacetCounter {
    /// By property, then by ordinal.
    counts: Vec<(Property, usize, Vec<u32>)>,
}

impl FacetCounter {
    pub(super) fn new(mode: FacetMode, names: &Names) -> Self {
        let counter = |(property, shown)| {
            let names = names.of(property).names.len();
            (property, shown, vec![0; names])
        };
        let counts = match mode {
            FacetMode::Count => COUNTED.map(counter).into(),
            FacetMode::Skip => Vec::new(),
        };
        Self { counts }
    }

    /// Counts the hits of a segment in, one column after the other: that keeps each in the cache.
    pub(super) fn add(&mut self, segment: &Segment, docs: &[DocId]) {
        for (property, _, counts) in &mut self.counts {
            segment.count_values(*property, docs, counts);
        }
    }

    /// The most frequent values of each kind.
    pub(super) fn into_facets(self, names: &Names) -> Facets {
        let mut facets = Facets::default();
        for (property, shown, counts) in self.counts {
            let mut top = most_frequent(&counts, names.of(property), shown);
            let place = match property {
                Property::Category => &mut facets.category,
                Property::Series => &mut facets.series,
                Property::Country => &mut facets.country,
                Property::City => &mut facets.city,
                Property::Venue => &mut facets.venue,
                Property::Performer => &mut facets.performer,
                Property::Month => {
                    top.sort_by(|a, b| a.value.cmp(&b.value));
                    &mut facets.month
                }
                Property::Region | Property::Currency => continue,
            };
            *place = top;
        }
        facets
    }
}

fn most_frequent(counts: &[u32], names: &NamesOf, shown: usize) -> Vec<FacetCount> {
    let seen = counts.iter().zip(&names.names).filter(|(count, _)| **count > 0);
    let mut seen: Vec<_> = seen.map(|(count, name)| (Reverse(*count), name)).collect();
    // Hundreds of names may be seen and ten be shown: only those need to be in order.
    if seen.len() > shown {
        seen.select_nth_unstable(shown);
        seen.truncate(shown);
    }
    seen.sort_unstable();
    let count = |(count, name): (Reverse<u32>, &Arc<str>)| FacetCount {
        value: Arc::clone(name),
        count: u64::from(count.0),
    };
    seen.into_iter().map(count).collect()
}
