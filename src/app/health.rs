//! `/healthz` and `/readyz` of processes that show nothing else: whether they live, and whether
//! they can do their work.
//!
//! Reasons of trouble are in the log; here they would be public.

use std::sync::Arc;
use std::time::Duration;

use aisle_domain::stream::Position;
use aisle_infra::http::problem::Problem;
use aisle_infra::journal::JournalStore;
use aisle_infra::journal::commit::Committer;
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

/// `/healthz` and `/readyz` of a process that appends to the journal: it is ready as long as the
/// committer works.
pub(super) fn over_committer(committer: &Committer) -> Router {
    let ended = committer.ended();
    let report: Report = Arc::new(move |head| match ended.is_cancelled() {
        false => (Standing::Ready, json!({"status": "ready", "head": head})),
        true => (Standing::NotReady, json!({"status": "broken", "head": head})),
    });
    over(committer.journal().clone(), report)
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
            Err(not_ready("This process cannot do its work").with("report", said))
        }
    }
}

fn not_ready(title: &'static str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", title).retry_after(ASK_AGAIN)
}

#[cfg(test)]
mod tests {
    use aisle_infra::journal::UnitOfWork;
    use aisle_infra::journal::commit::CommitterConfig;
    use aisle_infra::journal::memory::MemoryJournal;
    use aisle_infra::testing::between::{Answers, Beset, Between};
    use async_trait::async_trait;
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt as _;

    use super::*;

    /// Has a fault that no error tells of.
    struct Faulty;

    #[async_trait]
    impl Between for Faulty {
        async fn append(&self, _journal: &dyn JournalStore, _units: &[UnitOfWork]) -> Answers {
            panic!("a fault in the store")
        }
    }

    async fn readiness(committer: &Committer) -> StatusCode {
        let asked = Request::get("/readyz").body(Body::empty()).unwrap();
        over_committer(committer).oneshot(asked).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_process_whose_committer_broke_off_is_not_ready() {
        let journal = Beset { journal: Arc::new(MemoryJournal::new()), between: Faulty };
        let committer = Committer::start(Arc::new(journal), CommitterConfig::default());
        assert_eq!(readiness(&committer).await, StatusCode::OK);
        let unit = UnitOfWork {
            event_id: None,
            facts: Vec::new(),
            reads: Vec::new(),
            metadata: "{}".to_owned(),
            idempotency: None,
        };
        assert!(committer.append(unit).await.is_err());
        committer.ended().cancelled().await;
        assert_eq!(readiness(&committer).await, StatusCode::SERVICE_UNAVAILABLE);
    }
}
