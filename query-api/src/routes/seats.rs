//! Which seats of an event are free: the read that everybody repeats while a sale is on.

use aisle_infra::http::auth::MaybeBearer;
use aisle_infra::http::json::{ApiPath, ApiQuery};
use aisle_infra::http::problem::Problem;
use axum::extract::State;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::QueryApi;
use crate::conditional;
use crate::fresh::ReadModel;
use crate::params::{EventPath, Fresh};
use crate::respond::{NO_CACHE, NO_STORE, POSITION};
use crate::seat_bodies::{Encoding, SeatMapDto};
use crate::visibility::{Audience, no_event};

pub(super) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new().routes(routes!(seats))
}

/// See which seats of an event are free
///
/// As JSON, or, with `Accept: application/vnd.aisle.seats` (or `application/octet-stream`), in
/// compact binary: `AISL`, one byte 1 (the format), the map's version in eight bytes, the number
/// of seats in four, both little-endian, then two bits a seat as in `states`. Send the `ETag` back
/// as `If-None-Match`: as long as nothing changed the answer is 304 and has no body.
#[utoipa::path(get, path = "/v1/events/{event_id}/seats", tag = "events", params(EventPath, Fresh),
    responses((status = 200, content((SeatMapDto = "application/json"), (Vec<u8> = "application/vnd.aisle.seats")),
            headers(("ETag" = String, description = "The version of the map, in this form"))),
        (status = 304, description = "Nothing changed since the version of `If-None-Match`"),
        (status = 404, description = "`event_not_found`", body = Problem),
        (status = 503, description = "`min-position` is not applied yet", body = Problem)),
    security((), ("bearer" = [])))]
async fn seats(
    State(api): State<QueryApi>,
    MaybeBearer(actor): MaybeBearer,
    ApiPath(path): ApiPath<EventPath>,
    ApiQuery(query): ApiQuery<Fresh>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let position = api.fresh(ReadModel::SeatMap, query.min_position).await?;
    let audience = api.audience(path.event_id, actor.as_ref(), query.min_position).await?;
    let map = api.sources.seat_maps.snapshot(path.event_id).ok_or_else(no_event)?;
    let encoding = Encoding::preferred(&headers);
    let etag = encoding.etag(map.version);
    let known = conditional::has(&headers, &etag);
    let head = head(position.into(), &etag, audience);
    if known {
        return Ok((StatusCode::NOT_MODIFIED, head).into_response());
    }
    let body = api.prepared.seat_maps.body(&map, encoding);
    Ok((head, [(CONTENT_TYPE, encoding.media_type())], body).into_response())
}

fn head(position: HeaderValue, etag: &str, audience: Audience) -> [(HeaderName, HeaderValue); 4] {
    let keep = if audience == Audience::Everybody { NO_CACHE } else { NO_STORE };
    // Digits and quotes always make a header.
    let etag = HeaderValue::from_str(etag).unwrap_or(HeaderValue::from_static("\"\""));
    [(ETAG, etag), (CACHE_CONTROL, keep), (VARY, ACCEPT.into()), (POSITION, position)]
}
