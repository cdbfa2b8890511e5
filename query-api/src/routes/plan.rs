//! The seating plan of an event: geometry and labels, which never change.

use aisle_infra::http::problem::Problem;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::seat_map_of::SeatMapOf;
use crate::QueryApi;
use crate::fault;
use crate::params::{EventPath, Fresh};
use crate::plan_bodies::prepare;
use crate::prepared::Attributes;
use crate::visibility::Audience;

/// The plan of an event is fixed when it is created, so a year is as good as for ever.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// A draft's is its organiser's only.
const FOR_EVER_PRIVATE: HeaderValue =
    HeaderValue::from_static("private, max-age=31536000, immutable");

pub(super) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new().routes(routes!(plan))
}

/// Look at the seating plan of an event
///
/// The geometry row by row, seats in plan order, which is the order of the states of
/// `/v1/events/{event_id}/seats`. It never changes; prices are in the event, states in the seats.
#[utoipa::path(get, path = "/v1/events/{event_id}/plan", tag = "events", params(EventPath, Fresh),
    responses((status = 200, description = "The plan: name, hash, size, categories, areas, zones with rows", body = serde_json::Value,
            headers(("ETag" = String, description = "The hash of the plan, in this coding"))),
        (status = 304, description = "It is the one of `If-None-Match`"),
        (status = 401, description = "`token_invalid`, `token_expired`", body = Problem),
        (status = 404, description = "`event_not_found`, or `no_plan` for an event without reserved seats", body = Problem),
        (status = 503, description = "`min-position` is not applied yet", body = Problem)),
    security((), ("bearer" = [])))]
async fn plan(State(api): State<QueryApi>, of: SeatMapOf) -> Result<Response, Problem> {
    let hash = of.map.plan.ok_or_else(no_plan)?;
    let keep = if of.audience == Audience::Everybody { FOR_EVER } else { FOR_EVER_PRIVATE };
    let attributes = Attributes { keep, position: of.position.into() };
    let plans = &api.prepared.plans;
    let slot = plans.slot(hash, ());
    let prepared = slot.prepared(prepare(hash, &*api.sources.plans)).await;
    let response = prepared.map_err(fault::plan)?.answer(&of.headers, attributes).await;
    plans.weigh(hash, &slot);
    Ok(response)
}

fn no_plan() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "no_plan", "The event has no reserved seats")
}
