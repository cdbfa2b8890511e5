//! Whether a process without read models lives, and whether it can do its work.
//!
//! Reasons of trouble are in the log; here they would be public.

use std::sync::Arc;
use std::time::Duration;

use aisle_infra::http::problem::Problem;
use aisle_infra::journal::JournalStore;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

/// How long the journal may take to say where it ends.
const PATIENCE: Duration = Duration::from_secs(2);

/// When to ask again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// `/healthz`: the process lives.
pub(super) fn alive() -> Router {
    Router::new().route("/healthz", get(async || Json(json!({"status": "alive"}))))
}

/// `/healthz` and `/readyz` of a process that needs the journal and nothing else.
pub(super) fn over_journal(journal: Arc<dyn JournalStore>) -> Router {
    alive().route("/readyz", get(move || ready(journal)))
}

async fn ready(journal: Arc<dyn JournalStore>) -> Result<Json<Value>, Problem> {
    match tokio::time::timeout(PATIENCE, journal.head()).await {
        Ok(Ok(head)) => Ok(Json(json!({"status": "ready", "head": head}))),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the journal cannot be asked");
            Err(not_ready())
        }
        Err(_) => {
            tracing::warn!("not ready: the journal does not answer");
            Err(not_ready())
        }
    }
}

fn not_ready() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", "The journal cannot be asked")
        .retry_after(ASK_AGAIN)
}
