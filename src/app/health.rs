//! `/healthz` and `/readyz` of processes that show nothing else: whether they live, and whether
//! they can do their work.
//!
//! Reasons of trouble are in the log; here they would be public.

use std::sync::Arc;
use std::time::Duration;

use aisle_domain::stream::Position;
use aisle_infra::http::problem::Problem;
use aisle_infra::journal::JournalStore;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

/// How long the journal may take to say where it ends.
const PATIENCE: Duration = Duration::from_secs(2);

/// When to ask again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// What a process says of its work: whether it can do it, and some figures, given the journal's
/// end.
pub(super) type Report = Arc<dyn Fn(Position) -> (Standing, Value) + Send + Sync>;

/// Whether a process can do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Ready,
    NotReady,
}

/// `/healthz`: the process lives.
pub(super) fn alive() -> Router {
    Router::new().route("/healthz", get(async || Json(json!({"status": "alive"}))))
}

/// `/healthz` and `/readyz` of a process that needs the journal and nothing else.
pub(super) fn over_journal(journal: Arc<dyn JournalStore>) -> Router {
    over(journal, Arc::new(|head| (Standing::Ready, json!({"status": "ready", "head": head}))))
}

/// `/healthz` and `/readyz` of a process that needs the journal, and says more about itself.
pub(super) fn over(journal: Arc<dyn JournalStore>, report: Report) -> Router {
    let ready = Router::new().route("/readyz", get(ready)).with_state((journal, report));
    alive().merge(ready)
}

async fn ready(
    State((journal, report)): State<(Arc<dyn JournalStore>, Report)>,
) -> Result<Json<Value>, Problem> {
    let head = match tokio::time::timeout(PATIENCE, journal.head()).await {
        Ok(Ok(head)) => head,
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the journal cannot be asked");
            return Err(not_ready("The journal cannot be asked"));
        }
        Err(_) => {
            tracing::warn!("not ready: the journal does not answer");
            return Err(not_ready("The journal does not answer"));
        }
    };
    match report(head) {
        (Standing::Ready, said) => Ok(Json(said)),
        (Standing::NotReady, said) => {
            Err(not_ready("This process cannot do its work yet").with("report", said))
        }
    }
}

fn not_ready(title: &'static str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", title).retry_after(ASK_AGAIN)
}
