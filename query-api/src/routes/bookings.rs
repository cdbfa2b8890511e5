//! Bookings, for those whose business they are. To everybody else they are not there.

use std::str::FromStr;

use aisle_domain::actor::Actor;
use aisle_domain::id::BookingId;
use aisle_domain::policy::may_act_on_booking;
use aisle_domain::stream::Position;
use aisle_infra::http::auth::{AuthProblem, Bearer};
use aisle_infra::http::json::{ApiPath, ApiQuery};
use aisle_infra::http::problem::Problem;
use aisle_projections::views::BookingPage;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::booking_dto::BookingDto;
use crate::QueryApi;
use crate::fault;
use crate::fresh::ReadModel;
use crate::params::{BookingPath, Expected, Fresh, Limit, MinPosition, optional};
use crate::respond::Answer;

/// How many bookings of a page by default.
const DEFAULT_LIMIT: u32 = 20;

pub(super) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new().routes(routes!(booking)).routes(routes!(bookings))
}

/// Look at a booking
///
/// For who made it, the organiser of its event, and admins.
#[utoipa::path(get, path = "/v1/bookings/{booking_id}", tag = "bookings", params(BookingPath, Fresh),
    responses((status = 200, body = BookingDto),
        (status = 404, description = "`booking_not_found`: there is none, or it is somebody else's", body = Problem),
        (status = 503, description = "`min-position` is not applied yet", body = Problem)),
    security(("bearer" = [])))]
async fn booking(
    State(api): State<QueryApi>,
    Bearer(actor): Bearer,
    ApiPath(path): ApiPath<BookingPath>,
    ApiQuery(query): ApiQuery<Fresh>,
) -> Result<Answer<BookingDto>, Problem> {
    let position = api.fresh(ReadModel::Bookings, query.min_position).await?;
    let page = page_for(&api, &actor, path.booking_id).await?;
    Ok(Answer::new(position, BookingDto::from(page)).private())
}

/// A booking, if it is this actor's business.
pub(crate) async fn page_for(
    api: &QueryApi,
    actor: &Actor,
    booking: BookingId,
) -> Result<BookingPage, Problem> {
    let views = &api.sources.views;
    let page = views.booking(booking).await.map_err(fault::views)?.ok_or_else(no_booking)?;
    if actor.is(page.buyer()) {
        return Ok(page);
    }
    // The page of its event is older than the booking, but may be applied later.
    api.fresh(ReadModel::EventPages, Some(MinPosition(page.created.position))).await?;
    let event = views.event(page.event_id()).await.map_err(fault::views)?.ok_or_else(no_booking)?;
    let may = may_act_on_booking(actor, page.buyer(), &event.details.organiser);
    if may { Ok(page) } else { Err(no_booking()) }
}

fn no_booking() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "booking_not_found", "There is no such booking")
}

/// Which of one's own bookings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BookingsQuery {
    /// How many, 1 to 100; 20 if absent.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 100)]
    limit: Option<Limit<100>>,
    /// Where the page begins: `next` of the one before.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<String>)]
    after: Option<Made>,
    /// The answer must include this position of the journal.
    #[serde(default, rename = "min-position", deserialize_with = "optional")]
    #[param(value_type = Option<u64>)]
    min_position: Option<MinPosition>,
}

/// The place of a booking among those of its buyer: the position at which it was made.
#[derive(Debug, Clone, Copy)]
struct Made(Position);

impl FromStr for Made {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        let wrong = |_| Expected::new("the `next` of the page before");
        text.parse().map(Self).map_err(wrong)
    }
}

/// One's own bookings.
#[derive(Debug, Serialize, ToSchema)]
struct BookingsDto {
    /// Those of this page, the newest first.
    bookings: Vec<BookingDto>,
    /// The cursor of the next page; none on the last. Also in the header `Link`.
    next: Option<String>,
}

/// List one's own bookings, the newest first
#[utoipa::path(get, path = "/v1/bookings", tag = "bookings", params(BookingsQuery),
    responses((status = 200, body = BookingsDto), (status = 400, body = Problem),
        (status = 503, description = "`min-position` is not applied yet", body = Problem)),
    security(("bearer" = [])))]
async fn bookings(
    State(api): State<QueryApi>,
    Bearer(actor): Bearer,
    uri: Uri,
    ApiQuery(query): ApiQuery<BookingsQuery>,
) -> Result<Answer<BookingsDto>, Problem> {
    let Actor::Person { subject, .. } = &actor else { return Err(AuthProblem::Invalid.into()) };
    let position = api.fresh(ReadModel::Bookings, query.min_position).await?;
    let Limit(limit) = query.limit.unwrap_or(Limit(DEFAULT_LIMIT));
    let before = query.after.map(|Made(position)| position);
    // One more than is shown tells whether there is a next page.
    let pages = api.sources.views.bookings_of(subject, before, limit + 1).await;
    let page = BookingsDto::page(pages.map_err(fault::views)?, limit as usize);
    let next = page.next.clone();
    Ok(Answer::new(position, page).private().next(&uri, next.as_deref()))
}

impl BookingsDto {
    /// The first so many; the rest tells that there are more.
    fn page(mut pages: Vec<BookingPage>, limit: usize) -> Self {
        let more = pages.len() > limit;
        pages.truncate(limit);
        let last = pages.last().filter(|_| more);
        let next = last.map(|page| page.created.position.to_string());
        Self { bookings: pages.into_iter().map(BookingDto::from).collect(), next }
    }
}
