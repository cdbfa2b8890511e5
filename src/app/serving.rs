//! What each side answers, and the task that answers it.

use std::sync::Arc;

use aisle_command_api::CommandApi;
use aisle_infra::http::auth::TokenVerifier;
use aisle_infra::journal::JournalStore;
use aisle_infra::journal::commit::Committer;
use aisle_query_api::{AT_HAND, Options, PATIENCE, QueryApi, Sources, Wanted};
use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;

use super::front::{AtHand, Door};
use super::gate::Gate;
use super::metrics::Requests;
use super::reading::Reading;
use super::{StartError, health};

/// The write side of a process that has no other.
pub(super) fn commands(commands: CommandApi, committer: &Committer) -> Router {
    aisle_command_api::router(commands).merge(health::over_committer(committer))
}

/// The read side and the web page. Their answers are worth compressing; those to commands are a few
/// hundred bytes, and a layer costs each of them as much as making it.
pub(super) fn queries(
    reading: Reading,
    verifier: Arc<TokenVerifier>,
    journal: &Arc<dyn JournalStore>,
    options: &Options,
) -> Result<(Router, QueryApi), StartError> {
    let documents = vec![
        ("commands".to_owned(), document(&aisle_command_api::openapi::document())?),
        ("queries".to_owned(), document(&aisle_query_api::document())?),
    ];
    let sources = Sources {
        views: reading.views,
        seat_maps: reading.seat_maps,
        search: reading.search,
        freshness: reading.freshness,
        journal: journal.clone(),
        plans: reading.plans,
        verifier,
        documents,
        patience: PATIENCE,
    };
    let queries = QueryApi::with(sources, options);
    let router = aisle_query_api::router(queries.clone());
    Ok((router.layer(CompressionLayer::new()), queries))
}

/// What answers before the routes; it is counted with what the route answers.
pub(super) fn at_hand(queries: QueryApi, requests: &Requests) -> AtHand {
    let (queries, counted) = (Arc::new(queries), requests.at_once(AT_HAND));
    Arc::new(move |path, headers| {
        let wanted = Wanted::by(path, headers)?;
        let (queries, counted) = (queries.clone(), counted.clone());
        Some(Box::new(move || {
            let ready = queries.at_hand(&wanted)?;
            counted.count(ready.status);
            Some(ready)
        }))
    })
}

fn document(document: &utoipa::openapi::OpenApi) -> Result<serde_json::Value, StartError> {
    serde_json::to_value(document).map_err(StartError::read_model)
}

/// Answers requests until told to stop; says so if it breaks off before.
pub(super) fn serve(
    listener: TcpListener,
    gate: Gate,
    stop: CancellationToken,
    failed: CancellationToken,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let stopped = stop.clone().cancelled_owned();
        let served = axum::serve(Door::new(listener, gate.clone()), gate)
            .with_graceful_shutdown(stopped)
            .await;
        if let Err(error) = served {
            tracing::error!(%error, "the server broke off");
        }
        if !stop.is_cancelled() {
            failed.cancel();
        }
    })
}
