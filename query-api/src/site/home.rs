//! The front page: a search field, what is on soon, what sells best, and kinds to look through.

use aisle_infra::http::problem::Problem;
use aisle_projections::search::{
    Availability, FacetCount, FacetMode, Hit, SearchPage, SearchRequest, Sort,
};
use askama::Template;
use axum::extract::State;

use super::card::Card;
use super::page::{Page, Shown};
use super::request::Asked;
use super::search::Find;
use super::shell::{Part, Shell};
use super::text;
use crate::QueryApi;
use crate::fault;
use crate::fresh::ReadModel;

/// How many events a list has: two rows of three.
const SHOWN: usize = 6;

#[derive(Debug, Template)]
#[template(path = "home.html")]
pub(crate) struct Home {
    shell: Shell,
    total: u64,
    soon: Vec<Card>,
    popular: Vec<Card>,
    kinds: Vec<Kind>,
    places: Vec<Kind>,
    /// Where all events of each list are.
    all_soon: String,
    all_popular: String,
}

/// A value to look through by.
#[derive(Debug)]
struct Kind {
    href: String,
    value: String,
    count: u64,
}

/// `GET /`
pub(crate) async fn home(State(api): State<QueryApi>, asked: Asked) -> Shown<Home> {
    api.fresh(ReadModel::Search, asked.min_position()).await?;
    let available = SearchRequest {
        start: Some(api.now()),
        availability: Availability::Free,
        limit: SHOWN,
        ..SearchRequest::default()
    };
    let soon = ask(&api, &SearchRequest { sort: Sort::Date, ..available.clone() })?;
    let popular = SearchRequest { sort: Sort::Popularity, facets: FacetMode::Skip, ..available };
    let popular = ask(&api, &popular)?;
    Ok(Page(Home {
        shell: Shell::new(&asked, Part::Events, text::say("home-title"))
            .listed_as(format!("{}/", asked.origin)),
        total: soon.total,
        soon: soon.hits.iter().map(Card::from).collect(),
        popular: popular.hits.iter().filter(|hit| is_sold(hit)).map(Card::from).collect(),
        kinds: kinds("category", &soon.facets.category, 8),
        places: kinds("city", &soon.facets.city, 12),
        all_soon: Find::default().with("sort", "date").with("available", "true").href(),
        all_popular: Find::default().with("sort", "popularity").with("available", "true").href(),
    }))
}

/// Whether anybody has a seat of it: before that nothing is popular.
fn is_sold(hit: &Hit) -> bool {
    hit.listing.available < hit.listing.capacity
}

/// The most frequent values of a kind, each with the search for it.
fn kinds(name: &'static str, facets: &[FacetCount], most: usize) -> Vec<Kind> {
    let kind = |facet: &FacetCount| Kind {
        href: Find::default().with(name, &facet.value).href(),
        value: facet.value.to_string(),
        count: facet.count,
    };
    facets.iter().take(most).map(kind).collect()
}

fn ask(api: &QueryApi, request: &SearchRequest) -> Result<SearchPage, Problem> {
    api.sources.search.search(request).map_err(fault::search)
}
