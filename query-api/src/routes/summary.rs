//! What is left of an event, section by section: for maps on which single seats are too small.

use aisle_infra::http::problem::Problem;
use axum::extract::State;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::seat_map_of::SeatMapOf;
use super::summary_dto::SummaryDto;
use crate::QueryApi;
use crate::params::{EventPath, Fresh};
use crate::summary_bodies::prepare;

pub(super) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new().routes(routes!(summary))
}

/// See what is left of an event, section by section
///
/// One section for each zone of the seating plan that has seats, with what is free, held and sold
/// of each category, and the lowest price of a free seat.
#[utoipa::path(get, path = "/v1/events/{event_id}/seats/summary", tag = "events", params(EventPath, Fresh),
    responses((status = 200, body = SummaryDto,
            headers(("ETag" = String, description = "The versions of the map and of the prices, in this coding"))),
        (status = 304, description = "Nothing changed since the version of `If-None-Match`"),
        (status = 401, description = "`token_invalid`, `token_expired`", body = Problem),
        (status = 404, description = "`event_not_found`", body = Problem),
        (status = 503, description = "`min-position` is not applied yet", body = Problem)),
    security((), ("bearer" = [])))]
async fn summary(State(api): State<QueryApi>, of: SeatMapOf) -> Result<Response, Problem> {
    let SeatMapOf { event, map, position, min, audience, headers } = of;
    let terms = api.terms(event, min).await?;
    let summaries = &api.prepared.summaries;
    let slot = summaries.slot(event, (map.edition(), terms.price_version));
    let prepared = slot.prepared(prepare(map, terms, &*api.sources.plans)).await?;
    let response = prepared.answer(&headers, audience.briefly(position)).await;
    summaries.weigh(event, &slot);
    Ok(response)
}
