//! The history: every fact of the journal, in order.

use aisle_domain::actor::{Actor, Role};
use aisle_domain::id::EventId;
use aisle_domain::policy::may_run;
use aisle_domain::stream::Position;
use aisle_infra::http::auth::{Bearer, require_role};
use aisle_infra::http::json::ApiQuery;
use aisle_infra::http::problem::Problem;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::QueryApi;
use crate::fault;
use crate::fresh::ReadModel;
use crate::history::{FactKind, Wanted, lines};
use crate::params::{MinPosition, optional};
use crate::respond::{NO_STORE, POSITION};

const NDJSON: HeaderValue = HeaderValue::from_static("application/x-ndjson");

pub(super) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new().routes(routes!(history))
}

/// Which facts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// The first position; 1 if absent.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<u64>)]
    from: Option<Position>,
    /// Of this event only, its seats, areas and bookings included.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<uuid::Uuid>)]
    event: Option<EventId>,
    /// Of this kind only: `seat.held`, or `seat.*`.
    #[serde(default, rename = "type", deserialize_with = "optional")]
    #[param(value_type = Option<String>, example = "seat.held")]
    kind: Option<FactKind>,
    /// How many lines at most.
    #[serde(default, deserialize_with = "optional")]
    #[param(value_type = Option<u64>)]
    limit: Option<u64>,
    /// The answer must include this position of the journal.
    #[serde(default, rename = "min-position", deserialize_with = "optional")]
    #[param(value_type = Option<u64>)]
    min_position: Option<MinPosition>,
}

/// Read the history
///
/// One JSON object a line, in the order of positions, up to the head of the journal at the time of
/// the request, which the header `Aisle-Position` tells: go on from there plus one. A line is
/// `{position, recorded_at, event_id, stream: {type, id}, sequence, type, version, data,
/// metadata}`. For analysts and admins; with `event` also for the organiser of that event.
#[utoipa::path(get, path = "/v1/history", tag = "history", params(HistoryQuery),
    responses((status = 200, description = "The facts", body = String, content_type = "application/x-ndjson"),
        (status = 400, body = Problem), (status = 403, description = "`role_missing`", body = Problem),
        (status = 503, description = "The journal cannot be read at the moment", body = Problem)),
    security(("bearer" = [])))]
async fn history(
    State(api): State<QueryApi>,
    Bearer(actor): Bearer,
    ApiQuery(query): ApiQuery<HistoryQuery>,
) -> Result<Response, Problem> {
    may_read(&api, &actor, &query).await?;
    let head = api.fresh_journal(query.min_position).await?;
    let wanted = Wanted {
        from: query.from.unwrap_or(1),
        until: head,
        event: query.event,
        kind: query.kind,
        limit: query.limit.unwrap_or(u64::MAX),
    };
    let headers = [(CONTENT_TYPE, NDJSON), (POSITION, head.into()), (CACHE_CONTROL, NO_STORE)];
    let body = Body::from_stream(lines(api.sources.journal.clone(), wanted));
    Ok((headers, body).into_response())
}

/// Analysts and admins read everything, organisers what is of their event.
async fn may_read(api: &QueryApi, actor: &Actor, query: &HistoryQuery) -> Result<(), Problem> {
    if actor.has(Role::Analyst) {
        return Ok(());
    }
    let Some(event) = query.event else { return require_role(actor, Role::Analyst) };
    api.fresh(ReadModel::EventPages, query.min_position).await?;
    let page = api.sources.views.event(event).await.map_err(fault::views)?;
    let runs = page.is_some_and(|page| may_run(actor, &page.details.organiser));
    if runs { Ok(()) } else { require_role(actor, Role::Analyst) }
}
