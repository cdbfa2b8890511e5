//! What is answered: a page of hits, and the values of all hits counted.
//!
//! Amounts are minor units and titles are marked up, but nothing here is in any language.

use std::sync::Arc;

use aisle_domain::event::{Phase, Venue};
use aisle_domain::id::EventId;
use aisle_domain::money::Currency;
use aisle_domain::stream::Position;
use jiff::Timestamp;
use serde::Serialize;

use super::cursor::Cursor;
use super::row::Row;

/// A page of hits.
#[derive(Debug, Clone, Serialize)]
pub struct SearchPage {
    /// How many events match, on all pages.
    pub total: u64,
    /// Those of this page, in order.
    pub hits: Vec<Hit>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
    /// The values of all hits, counted.
    pub facets: Facets,
    /// The position of the journal that the answer is as of.
    pub position: Position,
}

/// The values of all hits, the most frequent of each kind.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Facets {
    /// Kinds of happening.
    pub category: Vec<FacetCount>,
    /// Competitions.
    pub series: Vec<FacetCount>,
    /// Countries, by code.
    pub country: Vec<FacetCount>,
    /// Cities.
    pub city: Vec<FacetCount>,
    /// Venues.
    pub venue: Vec<FacetCount>,
    /// Performers.
    pub performer: Vec<FacetCount>,
    /// Months at the venue, such as `2025-03`, in order.
    pub month: Vec<FacetCount>,
}

/// How many hits have a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetCount {
    /// The value.
    pub value: Arc<str>,
    /// How many.
    pub count: u64,
}

/// An event that matches.
#[derive(Debug, Clone, Serialize)]
pub struct Hit {
    /// What is shown of it.
    #[serde(flatten)]
    pub listing: Arc<Listing>,
    /// The title as HTML: escaped, the words that matched within `<mark>`.
    pub title_html: String,
}

/// What is shown of an event in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listing {
    /// Its id.
    pub event_id: EventId,
    /// What it is called.
    pub title: String,
    /// The kind of happening.
    pub category: String,
    /// The competition, tour or season.
    pub series: Option<String>,
    /// Who performs.
    pub performers: Vec<String>,
    /// When it starts.
    pub starts_at: Timestamp,
    /// The IANA time zone of the venue.
    pub time_zone: String,
    /// Only the date is sure.
    pub time_to_be_confirmed: bool,
    /// Where.
    pub venue: Venue,
    /// What tickets cost, if anything has a price.
    pub price: Option<PriceRange>,
    /// Where its sale stands.
    pub phase: Phase,
    /// How many seats and places are free; holds count as taken until they are released.
    pub available: u64,
    /// How many seats and places there are.
    pub capacity: u64,
}

/// What tickets cost, fee included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PriceRange {
    /// The cheapest, in minor units.
    pub min: i64,
    /// The dearest, in minor units.
    pub max: i64,
    /// The currency of both.
    pub currency: Currency,
}

impl Listing {
    pub(super) fn of(row: &Row) -> Self {
        let details = &row.details;
        let currency = details.currency;
        Self {
            event_id: row.id,
            title: details.title.clone(),
            category: details.category.clone(),
            series: details.series.clone(),
            performers: details.performers.clone(),
            starts_at: details.starts_at,
            time_zone: details.time_zone.clone(),
            time_to_be_confirmed: details.time_to_be_confirmed,
            venue: details.venue.clone(),
            price: row.price_range().map(|(min, max)| PriceRange { min, max, currency }),
            phase: row.phase,
            available: row.available(),
            capacity: row.capacity(),
        }
    }
}
