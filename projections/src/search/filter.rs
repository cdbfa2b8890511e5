//! What must hold of an event besides the term, compiled to numbers once per query.
//!
//! It compares columns only; no text is touched per document.

use std::sync::Arc;

use aisle_domain::event::Phase;
use aisle_domain::money::Currency;
use tantivy::{DocId, SegmentReader};

use super::request::{Availability, SearchRequest};
use super::schema::Property;
use super::segment::Segment;
use super::snapshot::Names;

/// The conditions of a request.
pub(super) struct Filter {
    phases: u8,
    start: i64,
    end: i64,
    price: Option<(i64, i64)>,
    /// The highest price in minor units, by the ordinal of its currency.
    up_to: Option<Vec<i64>>,
    availability: Availability,
    /// Each of these must hold.
    properties: Vec<AnyOf>,
}

/// Values one of which an event must have.
type AnyOf = Vec<(Property, u32)>;

impl Filter {
    pub(super) fn compile(request: &SearchRequest, names: &Names) -> Self {
        let bound = |moment: &Option<jiff::Timestamp>, open| {
            moment.map_or(open, |moment| moment.as_microsecond())
        };
        let (low, high) = (request.price_min, request.price_max);
        Self {
            phases: phase_bits(&request.phases),
            start: bound(&request.start, i64::MIN),
            end: bound(&request.end, i64::MAX),
            price: low.or(high).map(|_| (low.unwrap_or(i64::MIN), high.unwrap_or(i64::MAX))),
            up_to: request.up_to.map(|amount| limits(amount, names)),
            availability: request.availability,
            properties: properties(request, names),
        }
    }

    /// Whether nothing is asked but that an event may be shown.
    pub(super) fn is_open(&self) -> bool {
        self.phases == phase_bits(&[])
            && (self.start, self.end) == (i64::MIN, i64::MAX)
            && self.price.is_none()
            && self.up_to.is_none()
            && self.availability == Availability::Any
            && self.properties.is_empty()
    }

    /// The documents of a segment that may be shown and meet the conditions.
    pub(super) fn accepted(&self, reader: &SegmentReader, segment: &Segment) -> Vec<DocId> {
        reader.doc_ids_alive().filter(|doc| self.accepts(segment, *doc as usize)).collect()
    }

    /// Whether a document may be shown and meets the conditions.
    pub(super) fn accepts(&self, segment: &Segment, doc: usize) -> bool {
        segment.phase_bits[doc] & self.phases != 0
            && (self.start..self.end).contains(&segment.starts_at[doc])
            && (self.availability == Availability::Any || segment.available[doc] > 0)
            && self.accepts_price(segment, doc)
            && self.accepts_amount(segment, doc)
            && self.properties.iter().all(|any| has_one(segment, doc, any))
    }

    fn accepts_price(&self, segment: &Segment, doc: usize) -> bool {
        let Some((low, high)) = self.price else { return true };
        let range = segment.price_min[doc].zip(segment.price_max[doc]);
        range.is_some_and(|(min, max)| min <= high && max >= low)
    }

    fn accepts_amount(&self, segment: &Segment, doc: usize) -> bool {
        let Some(limits) = &self.up_to else { return true };
        let currency = segment.values(Property::Currency, doc).first();
        let limit = currency.and_then(|currency| limits.get(*currency as usize));
        segment.price_min[doc].zip(limit).is_some_and(|(min, limit)| min <= *limit)
    }
}

/// Thousandths of a unit in minor units of each currency, by ordinal.
fn limits(amount: i64, names: &Names) -> Vec<i64> {
    let currencies = names.of(Property::Currency).names.iter();
    let digits = |code: &Arc<str>| code.parse().map_or(2, |code: Currency| code.minor_digits());
    let limit = |digits: u8| amount.saturating_mul(10_i64.pow(digits.into())) / 1_000;
    currencies.map(digits).map(limit).collect()
}

fn has_one(segment: &Segment, doc: usize, any: &AnyOf) -> bool {
    any.iter().any(|(property, ordinal)| segment.values(*property, doc).contains(ordinal))
}

fn phase_bits(phases: &[Phase]) -> u8 {
    let all = Phase::ALL.into_iter();
    let wanted = |phase: &Phase| match phase {
        Phase::Draft => false,
        Phase::Cancelled => phases.contains(phase),
        _ => phases.is_empty() || phases.contains(phase),
    };
    all.filter(wanted).map(|phase| 1 << phase as u8).sum()
}

fn properties(request: &SearchRequest, names: &Names) -> Vec<AnyOf> {
    let anywhere = [Property::Country, Property::Region, Property::City];
    let currency = request.currency.map(|currency| currency.code().to_owned());
    let wanted: [(&Option<String>, &[Property]); 9] = [
        (&request.region, &anywhere),
        (&request.country, &[Property::Country]),
        (&request.city, &[Property::City]),
        (&request.category, &[Property::Category]),
        (&request.series, &[Property::Series]),
        (&request.performer, &[Property::Performer]),
        (&request.venue, &[Property::Venue]),
        (&request.month, &[Property::Month]),
        (&currency, &[Property::Currency]),
    ];
    let any_of = |name: &String, properties: &[Property]| {
        let with = |property: &Property| {
            let property = *property;
            names.of(property).matching(name).iter().map(move |ordinal| (property, *ordinal))
        };
        properties.iter().flat_map(with).collect()
    };
    let set =
        wanted.into_iter().filter_map(|(name, properties)| Some((name.as_ref()?, properties)));
    set.map(|(name, properties)| any_of(name, properties)).collect()
}
