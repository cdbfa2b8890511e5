//! What can be asked, and when it is not answered.
//!
//! Requests are values that were parsed at the edge; here only what no single field can know is
//! checked (that a cursor belongs to the sort).

use aisle_domain::event::Phase;
use aisle_domain::money::Currency;
use jiff::Timestamp;

use super::cursor::Cursor;
use super::store::IndexError;

/// The most hits of one page.
pub const MAX_LIMIT: usize = 100;

/// What is searched for. Everything set must hold. Names are compared without case and accents.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SearchRequest {
    /// Words, each of which must stand somewhere; double quotes make a phrase. Cut after 256
    /// characters and 16 words.
    pub term: Option<String>,
    /// The event starts at this moment or later.
    pub start: Option<Timestamp>,
    /// The event starts before this moment.
    pub end: Option<Timestamp>,
    /// The code of its country, or its region, or its city.
    pub region: Option<String>,
    /// Two letters of ISO 3166-1.
    pub country: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The kind of happening.
    pub category: Option<String>,
    /// The competition, tour or season.
    pub series: Option<String>,
    /// One of its performers.
    pub performer: Option<String>,
    /// The name of its venue.
    pub venue: Option<String>,
    /// The month in which it starts, where it takes place: such as `2025-03`.
    pub month: Option<String>,
    /// Some ticket costs as much or more, fee included, in minor units of whichever currency.
    pub price_min: Option<i64>,
    /// Some ticket costs as much or less, fee included, in minor units of whichever currency.
    pub price_max: Option<i64>,
    /// Some ticket costs as much or less, fee included, in thousandths of a unit of whichever
    /// currency: what people mean by a number without one.
    pub up_to: Option<i64>,
    /// What its prices are in.
    pub currency: Option<Currency>,
    /// Whether sold-out events count.
    pub availability: Availability,
    /// Where its sale stands. Empty for any but cancelled. Drafts are never found.
    pub phases: Vec<Phase>,
    /// The order of the hits. Cancelled events, if they count, come last in any.
    pub sort: Sort,
    /// The most hits of the page, 1 to [`MAX_LIMIT`].
    pub limit: usize,
    /// The hit after which the page begins.
    pub after: Option<Cursor>,
    /// Whether the values of all hits are counted.
    pub facets: FacetMode,
}

impl Default for SearchRequest {
    /// All that is to come and all that was, the first 20 by date.
    fn default() -> Self {
        Self {
            term: None,
            start: None,
            end: None,
            region: None,
            country: None,
            city: None,
            category: None,
            series: None,
            performer: None,
            venue: None,
            month: None,
            price_min: None,
            price_max: None,
            up_to: None,
            currency: None,
            availability: Availability::Any,
            phases: Vec::new(),
            sort: Sort::Relevance,
            limit: 20,
            after: None,
            facets: FacetMode::Count,
        }
    }
}

/// Whether sold-out events count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Availability {
    /// They do.
    #[default]
    Any,
    /// At least one seat or place must be free.
    Free,
}

/// The order of hits. Equal ones follow by date, then by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// The best match of the term first; without a term, by date.
    #[default]
    Relevance,
    /// The earliest first.
    Date,
    /// The cheapest ticket first, in minor units of whichever currency; without prices last.
    Price,
    /// The dearest cheapest ticket first; without prices last.
    PriceDesc,
    /// The most seats and places taken first.
    Popularity,
}

/// Whether the values of all hits are counted: dearer than the hits themselves, and of no use
/// but on a first page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum FacetMode {
    /// They are.
    #[default]
    Count,
    /// [`Facets`](super::Facets) stay empty.
    Skip,
}

/// Why a search is not answered.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The cursor is not one that was given out, or was given out for another sort.
    #[error("the cursor is not one of this search's")]
    BadCursor,
    /// The page size is out of range.
    #[error("a page has 1 to {MAX_LIMIT} hits")]
    BadLimit,
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
}

impl From<tantivy::TantivyError> for SearchError {
    fn from(source: tantivy::TantivyError) -> Self {
        Self::Index(IndexError::Index(source))
    }
}
