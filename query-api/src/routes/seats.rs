//! Which seats of an event are free: the read that everybody repeats while a sale is on.

use aisle_infra::http::problem::Problem;
use axum::extract::State;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::seat_map_of::SeatMapOf;
use crate::QueryApi;
use crate::params::{EventPath, Fresh};
use crate::seat_bodies::{Form, SeatMapDto};

pub(super) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new().routes(routes!(seats))
}

/// See which seats of an event are free
///
/// As JSON, or, with `Accept: application/vnd.aisle.seats` (or `application/octet-stream`), in
/// compact binary: `AISL`, one byte 1 (the format), the map's version in eight bytes, the number
/// of seats in four, both little-endian, then two bits a seat as in `states`. Send the `ETag` back
/// as `If-None-Match`: as long as nothing changed the answer is 304 and has no body. Caches may
/// keep it for a second; who must see what they wrote names it by `min-position`.
#[utoipa::path(get, path = "/v1/events/{event_id}/seats", tag = "events", params(EventPath, Fresh),
    responses((status = 200, content((SeatMapDto = "application/json"), (Vec<u8> = "application/vnd.aisle.seats")),
            headers(("ETag" = String, description = "The version of the map, in this form and coding"))),
        (status = 304, description = "Nothing changed since the version of `If-None-Match`"),
        (status = 401, description = "`token_invalid`, `token_expired`", body = Problem),
        (status = 404, description = "`event_not_found`", body = Problem),
        (status = 503, description = "`min-position` is not applied yet", body = Problem)),
    security((), ("bearer" = [])))]
async fn seats(State(api): State<QueryApi>, of: SeatMapOf) -> Result<Response, Problem> {
    let SeatMapOf { event, map, position, audience, headers, .. } = of;
    let (form, seat_maps) = (Form::preferred(&headers), &api.prepared.seat_maps);
    let key = (event, form);
    let slot = seat_maps.slot(key, map.edition());
    let prepared = slot.prepared(async { Ok::<_, Problem>(form.prepare(&map)) }).await?;
    let response = prepared.answer(&headers, audience.briefly(position)).await;
    seat_maps.weigh(key, &slot);
    Ok(response)
}
