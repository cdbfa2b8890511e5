//! Whether this process lives, and whether its read models have caught up.
//!
//! Reasons of trouble are in the log; here they would be public.

use aisle_domain::stream::Position;
use aisle_infra::http::problem::Problem;
use aisle_projections::runner::{Progress, RunState};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::json;
use std::time::Duration;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::QueryApi;

/// When to look again whether it has caught up.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

pub(super) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz))
}

/// Whether the process lives.
#[derive(Debug, Serialize, ToSchema)]
struct Alive {
    /// Always `alive`.
    status: &'static str,
}

/// How far the read models are.
#[derive(Debug, Serialize, ToSchema)]
struct Ready {
    /// Each of them.
    projections: Vec<ProjectionDto>,
}

/// How far a read model is.
#[derive(Debug, Serialize, ToSchema)]
struct ProjectionDto {
    /// Its name.
    name: &'static str,
    /// Reads see everything up to here.
    applied: Position,
    /// The end of the journal, as far as is known.
    head: Position,
    /// starting, catching_up, live, retrying, failed or stopped.
    state: &'static str,
}

/// Whether the process lives
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = Alive)))]
async fn healthz() -> Json<Alive> {
    Json(Alive { status: "alive" })
}

/// Whether all read models have caught up
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses((status = 200, body = Ready), (status = 503, description = "`not_ready`, with `projections`", body = Problem)))]
async fn readyz(State(api): State<QueryApi>) -> Result<Json<Ready>, Problem> {
    let freshness = &api.sources.freshness;
    let progress = freshness.progress();
    let projections = progress.iter().map(|(name, progress)| projection(name, progress)).collect();
    if freshness.caught_up() {
        Ok(Json(Ready { projections }))
    } else {
        Err(not_ready(projections))
    }
}

fn not_ready(projections: Vec<ProjectionDto>) -> Problem {
    let title = "The read models have not caught up";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", title)
        .with("projections", json!(projections))
        .retry_after(LOOK_AGAIN)
}

fn projection(name: &'static str, progress: &Progress) -> ProjectionDto {
    let state = match progress.state {
        RunState::Starting => "starting",
        RunState::CatchingUp => "catching_up",
        RunState::Live => "live",
        RunState::Retrying { .. } => "retrying",
        RunState::Failed { .. } => "failed",
        RunState::Stopped => "stopped",
    };
    ProjectionDto { name, applied: progress.applied, head: progress.head, state }
}
