//! The older paths, over the same read models: searching and looking at events. Who would rather
//! have a page gets that of the site.

use aisle_domain::event::EventDetails;
use aisle_domain::id::EventId;
use aisle_infra::http::auth::{AuthProblem, MaybeBearer};
use aisle_infra::http::json::{ApiPath, ApiQuery};
use aisle_infra::http::problem::Problem;
use aisle_projections::search::{Cursor, Hit, SearchRequest};
use aisle_projections::views::EventPage;
use axum::extract::State;
use axum::http::header::VARY;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::event_dto::{PriceDto, VenueDto, prices};
use super::search::find;
use super::search_query::{HitLimit, given, paged, period};
use crate::QueryApi;
use crate::fresh::ReadModel;
use crate::params::{EventPath, Fresh, MinPosition, When, optional};
use crate::respond::Answer;
use crate::site::{self, Asked};
use crate::visibility::Audience;

pub(super) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new().routes(routes!(search_events)).routes(routes!(event_with_tickets))
}

/// What is searched for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FacadeQuery {
    /// Words, each of which must stand somewhere.
    term: Option<String>,
    /// The event starts then or later: a day (by UTC), or a moment with its offset.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<String>, example = "2026-05-01")]
    start_date: Option<When>,
    /// The event starts on this day (by UTC) or earlier, or before this moment.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<String>, example = "2026-05-31")]
    end_date: Option<When>,
    /// The code of the country, or the region, or the city.
    region: Option<String>,
    /// How many events, 1 to 100; 20 if absent.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<HitLimit>,
    /// Where the page begins: `next` of the one before.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<String>)]
    after: Option<Cursor>,
    /// The answer must include this position of the journal.
    #[serde(default, rename = "min-position", deserialize_with = "optional")]
    #[param(value_type = Option<u64>)]
    min_position: Option<MinPosition>,
}

impl FacadeQuery {
    fn request(self) -> Result<SearchRequest, Problem> {
        let (start, end) = period(self.start_date, self.end_date, "end_date")?;
        let (term, region) = (given(self.term), given(self.region));
        Ok(SearchRequest { term, start, end, region, ..paged(self.limit, self.after) })
    }
}

/// Events that match.
#[derive(Debug, Serialize, ToSchema)]
struct FacadeEvents {
    /// How many there are, on all pages.
    total: u64,
    /// Those of this page, in order.
    events: Vec<FacadeEvent>,
    /// The cursor of the next page; none on the last. Also in the header `Link`.
    next: Option<String>,
}

/// An event.
#[derive(Debug, Serialize, ToSchema)]
struct FacadeEvent {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    event_id: EventId,
    /// What it is called.
    name: String,
    /// When it starts.
    #[schema(value_type = String, format = DateTime)]
    date: Timestamp,
    /// Where.
    venue: VenueDto,
    /// Who performs.
    performers: Vec<String>,
    /// Its tickets.
    tickets: FacadeTickets,
}

/// How many tickets an event has.
#[derive(Debug, Serialize, ToSchema)]
struct FacadeTickets {
    /// How many there are.
    total: u64,
    /// How many can be reserved.
    available: u64,
    /// Where to see which: the states of all seats.
    #[schema(example = "/v1/events/018f0000-0000-7000-8000-000000000001/seats")]
    href: String,
}

/// An event with what its tickets cost.
#[derive(Debug, Serialize, ToSchema)]
struct FacadeEventDetails {
    /// The event.
    #[serde(flatten)]
    event: FacadeEvent,
    /// In a sentence: category and series.
    description: String,
    /// Where its sale stands: draft, published, on_sale, paused, closed or cancelled.
    #[schema(example = "on_sale")]
    phase: &'static str,
    /// The price of every category on sale, without the fee.
    prices: Vec<PriceDto>,
    /// Where its seating plan is; none without reserved seats. The labels of its seats are the
    /// ids of tickets.
    plan: Option<String>,
}

/// Search events
#[utoipa::path(get, path = "/search", tag = "façade", params(FacadeQuery),
    responses((status = 200, body = FacadeEvents), (status = 400, body = Problem)))]
async fn search_events(
    State(api): State<QueryApi>,
    asked: Asked,
    uri: Uri,
    headers: HeaderMap,
    query: Result<ApiQuery<FacadeQuery>, Problem>,
) -> Result<Response, Problem> {
    if site::wants_page(&headers) {
        return Ok(site::search(State(api), asked).await.into_response());
    }
    let ApiQuery(query) = query?;
    let min = query.min_position;
    let page = find(&api, query.request()?, min).await?;
    let next = page.next.map(|cursor| cursor.to_string());
    let events = page.hits.iter().map(FacadeEvent::from).collect();
    let answer = FacadeEvents { total: page.total, events, next: next.clone() };
    Ok(as_json(Answer::new(page.position, answer).next(&uri, next.as_deref())))
}

/// Look at an event
///
/// The tickets are too many to be listed: there is their number, and where to see which are free.
#[utoipa::path(get, path = "/events/{event_id}", tag = "façade", params(EventPath, Fresh),
    responses((status = 200, body = FacadeEventDetails), (status = 401, description = "`token_invalid`, `token_expired`", body = Problem),
        (status = 404, description = "`event_not_found`", body = Problem)),
    security((), ("bearer" = [])))]
async fn event_with_tickets(
    State(api): State<QueryApi>,
    actor: Result<MaybeBearer, AuthProblem>,
    asked: Asked,
    headers: HeaderMap,
    path: Result<ApiPath<EventPath>, Problem>,
    query: Result<ApiQuery<Fresh>, Problem>,
) -> Result<Response, Problem> {
    if site::wants_page(&headers) {
        let event = path.ok().map(|ApiPath(path)| path.event_id);
        return Ok(site::event(&api, &asked, event).await.into_response());
    }
    let (MaybeBearer(actor), ApiPath(path), ApiQuery(query)) = (actor?, path?, query?);
    let position = api.fresh(ReadModel::EventPages, query.min_position).await?;
    let (page, audience) = api.event_page(path.event_id, actor.as_ref()).await?;
    let answer = Answer::new(position, FacadeEventDetails::from(page));
    Ok(as_json(if audience == Audience::Everybody { answer } else { answer.private() }))
}

/// An answer whose address has a page as well.
fn as_json<T: Serialize>(answer: Answer<T>) -> Response {
    ([(VARY, "Accept")], answer).into_response()
}

impl FacadeTickets {
    fn new(event: EventId, total: u64, available: u64) -> Self {
        Self { total, available, href: format!("/v1/events/{event}/seats") }
    }
}

impl From<&Hit> for FacadeEvent {
    fn from(hit: &Hit) -> Self {
        let listing = &*hit.listing;
        Self {
            event_id: listing.event_id,
            name: listing.title.clone(),
            date: listing.starts_at,
            venue: listing.venue.clone().into(),
            performers: listing.performers.clone(),
            tickets: FacadeTickets::new(listing.event_id, listing.capacity, listing.available),
        }
    }
}

impl From<EventPage> for FacadeEventDetails {
    fn from(page: EventPage) -> Self {
        let taken = page.taken();
        let (total, available) = (taken.capacity.into(), taken.available().into());
        let (id, details) = (page.id, page.details);
        Self {
            description: description(&details),
            phase: page.phase.as_str(),
            prices: prices(&details),
            plan: details.plan.map(|_| format!("/v1/events/{id}/plan")),
            event: FacadeEvent {
                event_id: id,
                name: details.title,
                date: details.starts_at,
                venue: details.venue.into(),
                performers: details.performers,
                tickets: FacadeTickets::new(id, total, available),
            },
        }
    }
}

fn description(details: &EventDetails) -> String {
    match &details.series {
        Some(series) => format!("{}: {series}", details.category),
        None => details.category.clone(),
    }
}
