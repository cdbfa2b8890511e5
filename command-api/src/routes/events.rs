//! Events: creating them and running their sale.

use std::sync::Arc;

use aisle_domain::actor::{Actor, Role};
use aisle_domain::event::EventCommand;
use aisle_domain::house::Command;
use aisle_domain::id::EventId;
use aisle_domain::plan::Plan;
use aisle_infra::http::auth::{Bearer, require_role};
use aisle_infra::http::idempotency::Idempotent;
use aisle_infra::http::json::{ApiJson, ApiPath};
use aisle_infra::http::problem::Problem;
use aisle_infra::plans::{PlanSource, PlanSourceError};
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::event_dto::{CancelEvent, CreateEvent, PlanInput, Reprice, invalid};
use super::respond::{changed, created, keyed};
use crate::CommandApi;
use crate::answer::EventAnswer;
use crate::refusal::problem;
use crate::state::name_of;

/// The largest request that creates an event: a plan of 60,000 seats takes 6 MB in pretix's format.
const MAX_CREATE_BYTES: usize = 8 * 1024 * 1024;

pub(super) fn routes() -> OpenApiRouter<CommandApi> {
    let create =
        OpenApiRouter::new().routes(routes!(create)).layer(DefaultBodyLimit::max(MAX_CREATE_BYTES));
    OpenApiRouter::new()
        .merge(create)
        .routes(routes!(publish))
        .routes(routes!(open))
        .routes(routes!(pause))
        .routes(routes!(close))
        .routes(routes!(cancel))
        .routes(routes!(reprice))
}

/// Create an event, as a draft
///
/// Needs the role organiser. The event belongs to the token's subject.
#[utoipa::path(post, path = "/v1/events", tag = "events", request_body = CreateEvent,
    params(("Idempotency-Key" = String, Header, description = "Names this request; a repetition is answered as the first")),
    responses((status = 201, body = EventAnswer), (status = 422, description = "Part of it makes no sense", body = Problem)),
    security(("bearer" = [])))]
async fn create(
    State(api): State<CommandApi>,
    Bearer(actor): Bearer,
    request: Idempotent<CreateEvent>,
) -> Result<Response, Problem> {
    require_role(&actor, Role::Organiser)?;
    let organiser = name_of(&actor);
    let (key, body) = keyed(request, organiser.clone());
    let plan = keep_plan(&api, &body).await?;
    let details = body.details(organiser, plan.as_deref())?;
    let event: EventId = api.fresh();
    let command = Command::Run(EventCommand::Create(Box::new(details)));
    let done = api.on_event(event, command, actor, Some(key)).await;
    created(done, "event_id", "/v1/events")
}

async fn keep_plan(api: &CommandApi, body: &CreateEvent) -> Result<Option<Arc<Plan>>, Problem> {
    let plans = api.box_office.plans();
    match body.plan()? {
        None => Ok(None),
        Some(PlanInput::Inline(plan)) => {
            plans.put(plan.clone()).await.map_err(|error| problem(error.into()))?;
            Ok(Some(plan))
        }
        Some(PlanInput::Known(hash)) => {
            let known = plans.plan(&hash).await.map_err(|error| match error {
                PlanSourceError::Missing(_) => {
                    invalid("/plan", "the hash of a plan that was sent with an earlier event")
                }
                error => problem(error.into()),
            })?;
            Ok(Some(known))
        }
    }
}

/// Show an event to everybody
#[utoipa::path(post, path = "/v1/events/{event_id}/publish", tag = "events",
    params(("event_id" = uuid::Uuid, Path)),
    responses((status = 200, body = EventAnswer), (status = 409, body = Problem)),
    security(("bearer" = [])))]
async fn publish(
    State(api): State<CommandApi>,
    Bearer(actor): Bearer,
    ApiPath(event): ApiPath<EventId>,
) -> Result<Response, Problem> {
    run(&api, actor, event, EventCommand::Publish).await
}

/// Start or resume the sale of an event
#[utoipa::path(post, path = "/v1/events/{event_id}/open", tag = "events",
    params(("event_id" = uuid::Uuid, Path)),
    responses((status = 200, body = EventAnswer), (status = 409, body = Problem)),
    security(("bearer" = [])))]
async fn open(
    State(api): State<CommandApi>,
    Bearer(actor): Bearer,
    ApiPath(event): ApiPath<EventId>,
) -> Result<Response, Problem> {
    run(&api, actor, event, EventCommand::OpenSales).await
}

/// Interrupt the sale of an event
///
/// Holds that exist can still be paid.
#[utoipa::path(post, path = "/v1/events/{event_id}/pause", tag = "events",
    params(("event_id" = uuid::Uuid, Path)),
    responses((status = 200, body = EventAnswer), (status = 409, body = Problem)),
    security(("bearer" = [])))]
async fn pause(
    State(api): State<CommandApi>,
    Bearer(actor): Bearer,
    ApiPath(event): ApiPath<EventId>,
) -> Result<Response, Problem> {
    run(&api, actor, event, EventCommand::PauseSales).await
}

/// End the sale of an event
///
/// Holds that exist can still be paid.
#[utoipa::path(post, path = "/v1/events/{event_id}/close", tag = "events",
    params(("event_id" = uuid::Uuid, Path)),
    responses((status = 200, body = EventAnswer), (status = 409, body = Problem)),
    security(("bearer" = [])))]
async fn close(
    State(api): State<CommandApi>,
    Bearer(actor): Bearer,
    ApiPath(event): ApiPath<EventId>,
) -> Result<Response, Problem> {
    run(&api, actor, event, EventCommand::CloseSales).await
}

/// Call an event off
///
/// Every booking of it is cancelled; what was paid is refunded.
#[utoipa::path(post, path = "/v1/events/{event_id}/cancel", tag = "events", request_body = CancelEvent,
    params(("event_id" = uuid::Uuid, Path)),
    responses((status = 200, body = EventAnswer), (status = 409, body = Problem)),
    security(("bearer" = [])))]
async fn cancel(
    State(api): State<CommandApi>,
    Bearer(actor): Bearer,
    ApiPath(event): ApiPath<EventId>,
    ApiJson(body): ApiJson<CancelEvent>,
) -> Result<Response, Problem> {
    run(&api, actor, event, EventCommand::Cancel { reason: body.reason }).await
}

/// Replace the price list of an event
///
/// Holds that exist keep their prices.
#[utoipa::path(put, path = "/v1/events/{event_id}/prices", tag = "events", request_body = Reprice,
    params(("event_id" = uuid::Uuid, Path)),
    responses((status = 200, body = EventAnswer), (status = 422, body = Problem)),
    security(("bearer" = [])))]
async fn reprice(
    State(api): State<CommandApi>,
    Bearer(actor): Bearer,
    ApiPath(event): ApiPath<EventId>,
    ApiJson(body): ApiJson<Reprice>,
) -> Result<Response, Problem> {
    run(&api, actor, event, body.command()?).await
}

async fn run(
    api: &CommandApi,
    actor: Actor,
    event: EventId,
    command: EventCommand,
) -> Result<Response, Problem> {
    require_role(&actor, Role::Organiser)?;
    changed(api.on_event(event, Command::Run(command), actor, None).await)
}
