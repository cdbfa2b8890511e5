//! The seat map of an event as it changes, by server-sent events.

use aisle_domain::id::EventId;
use aisle_domain::stream::Position;
use aisle_infra::http::auth::MaybeBearer;
use aisle_infra::http::json::{ApiPath, ApiQuery};
use aisle_infra::http::problem::Problem;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::QueryApi;
use crate::fresh::ReadModel;
use crate::live::message::SeatDeltaDto;
use crate::live::{Reader, event_stream};
use crate::params::{EventPath, LiveQuery, MinPosition, last_event_id};
use crate::seat_bodies::{Form, SeatMapDto};
use crate::visibility::no_event;

pub(super) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new().routes(routes!(seats_live))
}

/// Watch the seat map of an event
///
/// Server-sent events: a `snapshot`, whose data is the body of `/v1/events/{event_id}/seats`, then
/// a `delta` for what changed, within some 50 ms of its commit; a `snapshot` may come in place of a
/// large delta at any time. States and counts are absolute. `id` is the version of the map; with it
/// as `Last-Event-ID` (or as the parameter `last-event-id`) the feed goes on after it, on whichever
/// server, with a `snapshot` if what was missed is not remembered. A busy event has at most 20
/// messages a second. A comment comes every 15 s. Who is too slow is cut off, and resumes.
#[utoipa::path(get, path = "/v1/events/{event_id}/seats/live", tag = "events", params(EventPath, LiveQuery,
        ("Last-Event-ID" = Option<u64>, Header, description = "The version that the client has")),
    responses((status = 200, description = "`snapshot` (`SeatMapDto`) and `delta` (`SeatDeltaDto`) messages",
            content((SeatMapDto = "text/event-stream"), (SeatDeltaDto = "text/event-stream; event=delta"))),
        (status = 401, description = "`token_invalid`, `token_expired`", body = Problem),
        (status = 404, description = "`event_not_found`", body = Problem),
        (status = 503, description = "`not_yet_applied`: the server has not come as far as `min-position` or `Last-Event-ID`", body = Problem)),
    security((), ("bearer" = [])))]
async fn seats_live(
    State(api): State<QueryApi>,
    MaybeBearer(actor): MaybeBearer,
    ApiPath(path): ApiPath<EventPath>,
    ApiQuery(query): ApiQuery<LiveQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = last_event_id(&headers).or(query.last_event_id);
    let least = query.min_position.max(after);
    api.fresh(ReadModel::SeatMap, least).await?;
    api.audience(path.event_id, actor.as_ref(), least).await?;
    api.live.watch_over();
    let resumed = after.and_then(|MinPosition(after)| resumed(&api, path.event_id, after));
    let reader = match resumed {
        Some(reader) => reader,
        None => shown(&api, path.event_id).await?,
    };
    Ok(event_stream(reader.stream()))
}

fn resumed(api: &QueryApi, event: EventId, after: Position) -> Option<Reader> {
    api.live.resume(event, after)
}

/// Shows the map as it is. Joined first: what changes meanwhile is heard.
async fn shown(api: &QueryApi, event: EventId) -> Result<Reader, Problem> {
    let joined = api.live.join(event).ok_or_else(no_event)?;
    let map = api.sources.seat_maps.snapshot(event).ok_or_else(no_event)?;
    let key = (event, Form::Json);
    let slot = api.prepared.seat_maps.slot(key, map.edition());
    let prepared = slot.prepared(async { Ok::<_, Problem>(Form::Json.prepare(&map)) }).await?;
    let json = prepared.plain();
    api.prepared.seat_maps.weigh(key, &slot);
    Ok(joined.shown(map.version, json))
}
