//! What a search finds, as it is shown.

use aisle_domain::id::EventId;
use aisle_projections::search::{FacetCount, Facets, Hit, PriceRange, SearchPage};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::event_dto::{MoneyDto, VenueDto};

/// A page of hits.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SearchPageDto {
    /// How many events match, on all pages.
    total: u64,
    /// Those of this page, in order.
    hits: Vec<HitDto>,
    /// The values of all hits, counted; empty but on the first page.
    facets: FacetsDto,
    /// The cursor of the next page; none on the last. Also in the header `Link`.
    pub(super) next: Option<String>,
}

/// An event that matches.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HitDto {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    event_id: EventId,
    /// What it is called.
    title: String,
    /// The title as HTML: escaped, the words that matched within `<mark>`.
    #[schema(example = "<mark>Rapid</mark> Wien – Sturm Graz")]
    highlight: String,
    /// The kind of happening.
    category: String,
    /// The competition, tour or season.
    series: Option<String>,
    /// Who performs.
    performers: Vec<String>,
    /// When it starts.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// The IANA time zone of the venue.
    time_zone: String,
    /// Only the date is sure.
    time_to_be_confirmed: bool,
    /// Where.
    venue: VenueDto,
    /// What tickets cost, fee included; none if nothing has a price.
    price: Option<PriceRangeDto>,
    /// Where its sale stands: published, on_sale, paused, closed or cancelled.
    #[schema(example = "on_sale")]
    phase: &'static str,
    /// How many seats and places are free.
    available: u64,
    /// How many there are.
    capacity: u64,
}

/// From the cheapest to the dearest ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PriceRangeDto {
    /// The cheapest.
    min: MoneyDto,
    /// The dearest.
    max: MoneyDto,
}

/// The values of all hits, the most frequent of each kind.
#[derive(Debug, Serialize, ToSchema)]
struct FacetsDto {
    /// Kinds of happening.
    category: Vec<FacetDto>,
    /// Competitions, tours, seasons.
    series: Vec<FacetDto>,
    /// Countries, by code.
    country: Vec<FacetDto>,
    /// Cities.
    city: Vec<FacetDto>,
    /// Venues.
    venue: Vec<FacetDto>,
    /// Performers.
    performer: Vec<FacetDto>,
    /// Months at the venue, such as `2026-05`, in order.
    month: Vec<FacetDto>,
}

/// How many hits have a value.
#[derive(Debug, Serialize, ToSchema)]
struct FacetDto {
    /// The value.
    value: String,
    /// How many.
    count: u64,
}

impl From<SearchPage> for SearchPageDto {
    fn from(page: SearchPage) -> Self {
        Self {
            total: page.total,
            hits: page.hits.into_iter().map(HitDto::from).collect(),
            facets: page.facets.into(),
            next: page.next.map(|cursor| cursor.to_string()),
        }
    }
}

impl From<Hit> for HitDto {
    fn from(hit: Hit) -> Self {
        let Hit { listing, title_html } = hit;
        let listing = (*listing).clone();
        Self {
            event_id: listing.event_id,
            title: listing.title,
            highlight: title_html,
            category: listing.category,
            series: listing.series,
            performers: listing.performers,
            starts_at: listing.starts_at,
            time_zone: listing.time_zone,
            time_to_be_confirmed: listing.time_to_be_confirmed,
            venue: listing.venue.into(),
            price: listing.price.map(PriceRangeDto::from),
            phase: listing.phase.as_str(),
            available: listing.available,
            capacity: listing.capacity,
        }
    }
}

impl From<PriceRange> for PriceRangeDto {
    fn from(range: PriceRange) -> Self {
        let money = |amount| MoneyDto { amount, currency: range.currency };
        Self { min: money(range.min), max: money(range.max) }
    }
}

impl From<Facets> for FacetsDto {
    fn from(facets: Facets) -> Self {
        Self {
            category: counts(facets.category),
            series: counts(facets.series),
            country: counts(facets.country),
            city: counts(facets.city),
            venue: counts(facets.venue),
            performer: counts(facets.performer),
            month: counts(facets.month),
        }
    }
}

fn counts(counts: Vec<FacetCount>) -> Vec<FacetDto> {
    let facet = |facet: FacetCount| FacetDto { value: facet.value.to_string(), count: facet.count };
    counts.into_iter().map(facet).collect()
}
