//! Whether this process lives, and whether its read models have caught up.
//!
//! Reasons of trouble are in the log; here they would be public.

use aisle_domain::stream::Position;
use aisle_infra::http::problem::Problem;
use aisle_projections::runner::{Freshness, Progress, RunState};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use futures::future::join_all;
use serde::Serialize;
use serde_json::json;
use std::time::{Duration, Instant};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::QueryApi;

/// When to look again whether it has caught up.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How long the journal has to say where its end is.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

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
    /// For how many seconds it may have missed something: it had everything then. None if it
    /// never had since the process began.
    stale_seconds: Option<u64>,
}

/// Whether the process lives
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = Alive)))]
async fn healthz() -> Json<Alive> {
    Json(Alive { status: "alive" })
}

/// Whether all read models have caught up, and are not stale
///
/// A read model is ready once it has caught up, and as long as it lies behind for 30 seconds at the
/// most, also if the journal cannot be asked: a node that is cut off says so after that time.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses((status = 200, body = Ready), (status = 503, description = "`not_ready`, with `projections`", body = Problem)))]
async fn readyz(State(api): State<QueryApi>) -> Result<Json<Ready>, Problem> {
    if api.broken.is_cancelled() {
        return Err(not_ready("A part of this process has broken off"));
    }
    let now = Instant::now();
    let head = tokio::time::timeout(ANSWERS_WITHIN, api.sources.journal.head()).await;
    let head = head.ok().and_then(Result::ok);
    if let Some(head) = head {
        let waits = in_doubt(&api, head, now).into_iter();
        join_all(waits.map(|name| api.sources.freshness.wait_for(name, head, ANSWERS_WITHIN)))
            .await;
    }
    let freshness = &api.sources.freshness;
    let progress = freshness.progress();
    let mut ready = !is_one_gone(freshness, &progress);
    let mut projections = Vec::with_capacity(progress.len());
    for (name, progress) in &progress {
        let stale = api.staleness.of(name, progress, head, now);
        ready &= api.staleness.allows(stale, &progress.state);
        projections.push(projection(name, progress, stale));
    }
    if ready { Ok(Json(Ready { projections })) } else { Err(behind(projections)) }
}

/// The read models that follow live, and of which it depends on what they are about to show whether
/// they are ready: nobody has asked for long, and just now they lie a commit behind.
fn in_doubt(api: &QueryApi, head: Position, now: Instant) -> Vec<&'static str> {
    let progress = api.sources.freshness.progress().into_iter();
    let live = progress.filter(|(_, progress)| progress.state == RunState::Live);
    let doubtful = live.filter(|(name, progress)| {
        let stale = api.staleness.of(name, progress, Some(head), now);
        progress.applied < head && !api.staleness.allows(stale, &progress.state)
    });
    doubtful.map(|(name, _)| name).collect()
}

/// Whether a runner ended without a word: what it said last is that all is well.
fn is_one_gone(freshness: &Freshness, progress: &[(&'static str, Progress)]) -> bool {
    progress.iter().all(|(_, progress)| progress.state == RunState::Live) && !freshness.caught_up()
}

fn behind(projections: Vec<ProjectionDto>) -> Problem {
    not_ready("The read models have not caught up").with("projections", json!(projections))
}

fn not_ready(title: &'static str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", title).retry_after(LOOK_AGAIN)
}

fn projection(name: &'static str, progress: &Progress, stale: Option<Duration>) -> ProjectionDto {
    let state = match progress.state {
        RunState::Starting => "starting",
        RunState::CatchingUp => "catching_up",
        RunState::Live => "live",
        RunState::Retrying { .. } => "retrying",
        RunState::Failed { .. } => "failed",
        RunState::Stopped => "stopped",
    };
    let stale_seconds = stale.map(|stale| stale.as_secs());
    ProjectionDto { name, applied: progress.applied, head: progress.head, state, stale_seconds }
}
