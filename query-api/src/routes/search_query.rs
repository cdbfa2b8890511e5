//! What can be asked of the search.

use aisle_domain::money::Currency;
use aisle_infra::http::problem::Problem;
use aisle_projections::search::{Availability, Cursor, FacetMode, MAX_LIMIT, SearchRequest, Sort};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::fault::invalid_query;
use crate::params::{Limit, MinPosition, Month, When, optional};

/// How many hits by default.
const DEFAULT_LIMIT: u32 = 20;

/// How many hits of a search.
pub(super) type HitLimit = Limit<{ MAX_LIMIT as u32 }>;

/// What is searched for. Everything given must hold; names are compared without case and accents.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SearchQuery {
    /// Words, each of which must stand somewhere, small typos allowed; double quotes make a phrase.
    term: Option<String>,
    /// The event starts then or later: a day (by UTC), or a moment with its offset.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<String>, example = "2026-05-01")]
    start: Option<When>,
    /// The event starts on this day (by UTC) or earlier, or before this moment.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<String>, example = "2026-05-31")]
    end: Option<When>,
    /// The month in which the event starts, where it takes place, as among the facets.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<String>, example = "2026-05")]
    month: Option<Month>,
    /// The code of the country, or the region, or the city.
    region: Option<String>,
    /// Two letters of ISO 3166-1.
    country: Option<String>,
    /// The city.
    city: Option<String>,
    /// The kind of happening.
    category: Option<String>,
    /// The competition, tour or season.
    series: Option<String>,
    /// One of those who perform.
    performer: Option<String>,
    /// The name of the venue.
    venue: Option<String>,
    /// Some ticket costs as much or more, fee included, in minor units.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<i64>)]
    price_min: Option<i64>,
    /// Some ticket costs as much or less, fee included, in minor units.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<i64>)]
    price_max: Option<i64>,
    /// What the prices are in: a code of ISO 4217.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<String>, example = "EUR")]
    currency: Option<Currency>,
    /// `true`: only events with free seats or places.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<bool>)]
    available: Option<bool>,
    /// The order; without a term, `relevance` is by date.
    #[serde(default)]
    #[param(inline)]
    sort: SortDto,
    /// How many hits, 1 to 100; 20 if absent.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<HitLimit>,
    /// Where the page begins: `next` of the one before, under the same `sort`.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// The answer must include this position of the journal.
    #[serde(default, rename = "min-position", deserialize_with = "optional")]
    #[param(value_type = Option<u64>)]
    pub(super) min_position: Option<MinPosition>,
}

/// The order of hits.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SortDto {
    /// The best match of the term first.
    #[default]
    Relevance,
    /// The earliest first.
    Date,
    /// The cheapest ticket first.
    Price,
    /// The dearest cheapest ticket first.
    #[serde(rename = "-price")]
    PriceDesc,
    /// The most seats and places taken first.
    Popularity,
}

impl SearchQuery {
    /// The request.
    pub(super) fn request(self) -> Result<SearchRequest, Problem> {
        let (start, end) = period(self.start, self.end, "end")?;
        let sort = match self.sort {
            SortDto::Relevance => Sort::Relevance,
            SortDto::Date => Sort::Date,
            SortDto::Price => Sort::Price,
            SortDto::PriceDesc => Sort::PriceDesc,
            SortDto::Popularity => Sort::Popularity,
        };
        let free = self.available == Some(true);
        Ok(SearchRequest {
            term: given(self.term),
            start,
            end,
            month: self.month.map(|Month(month)| month),
            region: given(self.region),
            country: given(self.country),
            city: given(self.city),
            category: given(self.category),
            series: given(self.series),
            performer: given(self.performer),
            venue: given(self.venue),
            price_min: self.price_min,
            price_max: self.price_max,
            currency: self.currency,
            availability: if free { Availability::Free } else { Availability::Any },
            sort,
            ..paged(self.limit, self.after)
        })
    }
}

/// A request for everything, by page. Facets are of all pages, so they are counted for the first.
pub(super) fn paged(limit: Option<HitLimit>, after: Option<Cursor>) -> SearchRequest {
    SearchRequest {
        limit: limit.map_or(DEFAULT_LIMIT, |Limit(limit)| limit) as usize,
        facets: if after.is_some() { FacetMode::Skip } else { FacetMode::Count },
        after,
        ..SearchRequest::default()
    }
}

/// From the begin of one to the end of the other; `end_name` is what the second is called.
pub(super) fn period(
    start: Option<When>,
    end: Option<When>,
    end_name: &'static str,
) -> Result<(Option<Timestamp>, Option<Timestamp>), Problem> {
    let (start, end) = (start.map(When::begin), end.map(When::end));
    match (start, end) {
        (Some(start), Some(end)) if end <= start => {
            Err(invalid_query(end_name, "expected an end that is after the start"))
        }
        period => Ok(period),
    }
}

/// An empty text is none.
pub(super) fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
