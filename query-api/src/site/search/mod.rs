//! The page of a search. It works by plain links and a plain form; a script replaces its results
//! while one types.

mod facets;
mod find;

use aisle_projections::search::{SearchError, SearchRequest};
use askama::Template;
use axum::extract::State;

use self::facets::{Chosen, Group};
pub(crate) use self::find::{Find, encoded};
use super::card::Card;
use super::page::{Page, Shown};
use super::request::Asked;
use super::shell::{Part, Shell};
use super::text;
use crate::QueryApi;
use crate::fault;
use crate::fresh::ReadModel;

/// The orders that can be chosen, as in the address.
const SORTS: [&str; 5] = ["relevance", "date", "popularity", "price", "-price"];

#[derive(Debug, Template)]
#[template(path = "search.html")]
pub(crate) struct Searched {
    shell: Shell,
    find: Find,
    total: u64,
    cards: Vec<Card>,
    groups: Vec<Group>,
    chosen: Vec<Chosen>,
    next: Option<String>,
    first: Option<String>,
    /// Without the words, if there are any; else everything.
    wider: String,
}

/// `GET /search`, for people.
pub(crate) async fn search(State(api): State<QueryApi>, asked: Asked) -> Shown<Searched> {
    api.fresh(ReadModel::Search, asked.min_position()).await?;
    let find = Find::of(&asked);
    let request = find.request(api.now());
    let page = match api.sources.search.search(&request) {
        // A cursor of another order, in an address that was edited: from the first page, then.
        Err(SearchError::BadCursor) => {
            let request = SearchRequest { after: None, ..request };
            api.sources.search.search(&request)
        }
        page => page,
    };
    let page = page.map_err(fault::search)?;
    let next = page.next.map(|cursor| find.clone().after(Some(cursor.to_string())).href());
    let canonical = format!("{}{}", asked.origin, find.clone().after(None).href());
    let words = find.value("term");
    let title = match words {
        "" => text::say("search-title"),
        words => text::say_with("search-title-for", &[("words", words.into())]),
    };
    let mut shell = Shell::new(&asked, Part::Events, title);
    // Searches are endless: only the one for everything is worth listing.
    if find.is_everything() && !find.is_continued() {
        shell = shell.listed_as(canonical);
    }
    Ok(Page(Searched {
        shell,
        total: page.total,
        cards: page.hits.iter().map(Card::from).collect(),
        groups: facets::groups(&find, &page.facets),
        chosen: facets::chosen(&find),
        next,
        first: find.is_continued().then(|| find.clone().after(None).href()),
        wider: if words.is_empty() {
            Find::default().href()
        } else {
            find.clone().without("term").href()
        },
        find,
    }))
}

impl Searched {
    /// How many hits there are for some words.
    fn counted(&self) -> String {
        let values = [("count", self.total.into()), ("words", self.find.value("term").into())];
        text::say_with("search-count-for", &values)
    }

    /// The orders with their names, and whether each is the one that holds.
    fn sorts(&self) -> Vec<(&'static str, String, bool)> {
        let now = self.find.value("sort");
        let is_now = |sort: &str| sort == now || (now.is_empty() && sort == SORTS[0]);
        let name = |sort: &str| text::say(&format!("sort-{}", sort.replace("-price", "dear")));
        SORTS.iter().map(|sort| (*sort, name(sort), is_now(sort))).collect()
    }

    /// What is chosen but has no field of its own in the form: sent with it, so that it stays.
    fn kept(&self) -> Vec<(&'static str, &str)> {
        let names = ["category", "city", "series", "venue", "performer", "month"];
        let value = |name: &'static str| (name, self.find.value(name));
        names.map(value).into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }
}
