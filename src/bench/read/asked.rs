//! What is searched for in the bench of the search, in the words of each side: addresses over HTTP,
//! requests of Aisle's search, and days as moments for tantivy. PostgreSQL's are in
//! `tests/load/search.pgbench`.

use aisle_projections::search::{FacetMode, SearchRequest, Sort};
use jiff::Timestamp;

use super::direct::Meant;

/// What is searched for: words, how they are meant, from which day, to which. The same as in
/// `tests/load/search.pgbench`.
pub(super) struct Asked(
    pub(super) &'static str,
    pub(super) Meant,
    pub(super) Option<&'static str>,
    pub(super) Option<&'static str>,
);

/// All of them.
pub(super) const SEARCHES: [Asked; 8] = [
    Asked("arsenal", Meant::AsItIs, None, None),
    Asked("premier league", Meant::AsItIs, None, None),
    Asked("madrid", Meant::AsItIs, Some("2025-09-01"), None),
    Asked("liver", Meant::Beginning, None, None),
    Asked("Barcelnoa", Meant::Misspelt, None, None),
    Asked("bayern", Meant::AsItIs, None, None),
    Asked("serie a", Meant::AsItIs, Some("2025-10-01"), Some("2025-12-31")),
    Asked("galatasaray", Meant::AsItIs, None, None),
];

/// How many ways to ask each of them differently: far more than answers are kept.
const UNLIKE: u32 = 2_000;

/// How many hits a page has.
pub(super) const HITS: usize = 20;

/// The searches as a site is asked.
pub(super) fn alike() -> Vec<String> {
    SEARCHES.iter().map(|Asked(words, _, start, end)| path(words, *start, *end)).collect()
}

/// The same, each from another microsecond on, which finds the same.
pub(super) fn unalike() -> Vec<String> {
    let differently = |n: u32| {
        SEARCHES.iter().map(move |Asked(words, _, start, end)| {
            let start = format!("{}T00:00:00.{n:06}Z", start.unwrap_or("1900-01-01"));
            path(words, Some(&start), *end)
        })
    };
    (0..UNLIKE).flat_map(differently).collect()
}

fn path(words: &str, start: Option<&str>, end: Option<&str>) -> String {
    let when = |name: &str, when: Option<&str>| when.map(|when| format!("&{name}={when}"));
    format!(
        "/v1/search?limit={HITS}&term={}{}{}",
        words.replace(' ', "+"),
        when("start", start).unwrap_or_default(),
        when("end", end).unwrap_or_default()
    )
}

/// The begin of a day.
pub(super) fn begin(day: Option<&str>) -> Option<Timestamp> {
    day.and_then(|day| format!("{day}T00:00:00Z").parse().ok())
}

/// The end of a day.
pub(super) fn end(day: Option<&str>) -> Option<Timestamp> {
    day.and_then(|day| format!("{day}T23:59:59Z").parse().ok())
}

/// What is asked of Aisle's search.
pub(super) fn request(Asked(words, _, start, end): &Asked) -> SearchRequest {
    SearchRequest {
        term: Some((*words).to_owned()),
        start: begin(*start),
        end: self::end(*end),
        sort: Sort::Relevance,
        limit: HITS,
        facets: FacetMode::Count,
        ..SearchRequest::default()
    }
}
