//! The page of an event.

use aisle_infra::http::auth::MaybeBearer;
use aisle_infra::http::json::{ApiPath, ApiQuery};
use aisle_infra::http::problem::Problem;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::event_dto::EventDto;
use crate::QueryApi;
use crate::fresh::ReadModel;
use crate::params::{EventPath, Fresh};
use crate::respond::Answer;
use crate::visibility::Audience;

pub(super) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new().routes(routes!(event))
}

/// Look at an event
///
/// A draft is there for its organiser and admins only.
#[utoipa::path(get, path = "/v1/events/{event_id}", tag = "events", params(EventPath, Fresh),
    responses((status = 200, body = EventDto), (status = 401, description = "`token_invalid`, `token_expired`", body = Problem),
        (status = 404, description = "`event_not_found`", body = Problem),
        (status = 503, description = "`min-position` is not applied yet", body = Problem)),
    security((), ("bearer" = [])))]
async fn event(
    State(api): State<QueryApi>,
    MaybeBearer(actor): MaybeBearer,
    ApiPath(path): ApiPath<EventPath>,
    ApiQuery(query): ApiQuery<Fresh>,
) -> Result<Answer<EventDto>, Problem> {
    let position = api.fresh(ReadModel::EventPages, query.min_position).await?;
    let (page, audience) = api.event_page(path.event_id, actor.as_ref()).await?;
    let answer = Answer::new(position, EventDto::new(page, position));
    Ok(if audience == Audience::Everybody { answer } else { answer.private() })
}
