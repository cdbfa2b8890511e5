//! What search engines are told: which pages there are, and which they should leave alone.
//!
//! The list is made at most once an hour, by walking through the index.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aisle_domain::id::EventId;
use aisle_infra::http::problem::Problem;
use aisle_projections::search::{FacetMode, MAX_LIMIT, Search, SearchError, SearchRequest, Sort};
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use tokio::sync::Mutex;

use super::page::PageProblem;
use super::request::Asked;
use crate::QueryApi;
use crate::fault;
use crate::fresh::ReadModel;

/// How many addresses a sitemap may have (sitemaps.org).
const MOST: usize = 50_000;

/// For how long a list is good enough.
const GOOD_FOR: Duration = Duration::from_secs(3600);

const SITEMAPS: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// The events that were listed lately.
#[derive(Debug, Default)]
pub(crate) struct Listed(Mutex<Option<(Instant, Arc<[EventId]>)>>);

impl Listed {
    /// The events that are on show, by date. Who asks while they are listed waits.
    async fn events(&self, search: &Search) -> Result<Arc<[EventId]>, Problem> {
        let mut listed = self.0.lock().await;
        if let Some((at, events)) = &*listed
            && at.elapsed() < GOOD_FOR
        {
            return Ok(events.clone());
        }
        let search = search.clone();
        let walk = tokio::task::spawn_blocking(move || walk(&search)).await;
        let events: Arc<[EventId]> =
            walk.map_err(|fault| Problem::internal(&fault))?.map_err(fault::search)?.into();
        // An empty list may be that of an index that is still being filled.
        if !events.is_empty() {
            *listed = Some((Instant::now(), events.clone()));
        }
        Ok(events)
    }
}

fn walk(search: &Search) -> Result<Vec<EventId>, SearchError> {
    let mut events = Vec::new();
    let mut request = SearchRequest {
        sort: Sort::Date,
        limit: MAX_LIMIT,
        facets: FacetMode::Skip,
        ..SearchRequest::default()
    };
    loop {
        let page = search.search(&request)?;
        events.extend(page.hits.iter().map(|hit| hit.listing.event_id));
        match page.next {
            Some(next) => request.after = Some(next),
            None => return Ok(events),
        }
    }
}

/// `GET /sitemap.xml`
pub(crate) async fn sitemap(
    State(api): State<QueryApi>,
    asked: Asked,
) -> Result<Response, PageProblem> {
    api.fresh(ReadModel::Search, asked.min_position()).await?;
    let events = api.prepared.listed.events(&api.sources.search).await?;
    Ok(xml(first(&asked.origin, &events, MOST)))
}

/// `GET /sitemap/{number}`: the parts of a sitemap that is too long for one.
pub(crate) async fn part(
    State(api): State<QueryApi>,
    asked: Asked,
    Path(number): Path<String>,
) -> Result<Response, PageProblem> {
    api.fresh(ReadModel::Search, asked.min_position()).await?;
    let events = api.prepared.listed.events(&api.sources.search).await?;
    let number = number.strip_suffix(".xml").and_then(|number| number.parse::<usize>().ok());
    let chunk = number.and_then(|number| events.chunks(MOST).nth(number));
    chunk.map(|chunk| xml(addresses(&asked.origin, chunk))).ok_or_else(PageProblem::not_found)
}

/// `GET /robots.txt`
pub(crate) async fn robots(asked: Asked) -> Response {
    let text = format!(
        "User-agent: *\nDisallow: /bookings\nDisallow: /account\nDisallow: /sign-in\n\
         Disallow: /sign-up\nDisallow: /v1/\nSitemap: {}/sitemap.xml\n",
        asked.origin
    );
    ([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// All addresses, or where the parts are if they are too many for one file.
fn first(origin: &str, events: &[EventId], most: usize) -> String {
    if events.len() < most {
        return addresses(origin, events);
    }
    let parts =
        (0..events.len().div_ceil(most)).map(|number| format!("{origin}/sitemap/{number}.xml"));
    document("sitemapindex", "sitemap", parts)
}

fn addresses(origin: &str, events: &[EventId]) -> String {
    let pages = events.iter().map(|event| format!("{origin}/events/{event}"));
    document("urlset", "url", std::iter::once(format!("{origin}/")).chain(pages))
}

/// Addresses are of characters that need no escape in XML: a checked host, digits and letters.
fn document(root: &str, each: &str, addresses: impl Iterator<Item = String>) -> String {
    let mut xml =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{SITEMAPS}\">\n");
    for address in addresses {
        // Writing into a String cannot fail.
        let _ = writeln!(xml, "<{each}><loc>{address}</loc></{each}>");
    }
    xml.push_str(&format!("</{root}>\n"));
    xml
}

fn xml(text: String) -> Response {
    let headers = [(CONTENT_TYPE, "application/xml"), (CACHE_CONTROL, "public, max-age=3600")];
    (headers, text).into_response()
}

#[cfg(test)]
mod tests {
    use aisle_domain::testing::event_id;

    use super::*;

    #[test]
    fn too_many_addresses_become_an_index_of_parts() {
        let events: Vec<EventId> = (1..=5).map(event_id).collect();
        let whole = first("http://a", &events, 6);
        assert_eq!(whole.matches("<loc>http://a/events/").count(), 5);
        let index = first("http://a", &events, 2);
        assert!(index.contains("<sitemapindex") && !index.contains("/events/"));
        assert_eq!(index.matches("<loc>http://a/sitemap/").count(), 3);
    }
}
