//! Both sides and the web page behind one address.

use std::sync::Arc;

use aisle_command_api::CommandApi;
use aisle_infra::http::{Limits, harden};
use aisle_infra::journal::JournalStore;
use aisle_query_api::{PATIENCE, QueryApi, Sources};
use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;

use super::StartError;
use super::reading::Reading;

/// Both sides and the web page, behind one set of limits.
pub(super) fn routes(
    commands: CommandApi,
    reading: Reading,
    journal: &Arc<dyn JournalStore>,
) -> Result<Router, StartError> {
    let failed = |error: serde_json::Error| StartError::ReadModel(error.into());
    let documents = vec![
        ("commands".to_owned(), document(&aisle_command_api::openapi::document()).map_err(failed)?),
        ("queries".to_owned(), document(&aisle_query_api::document()).map_err(failed)?),
    ];
    let queries = QueryApi::new(Sources {
        views: reading.views,
        seat_maps: reading.seat_maps,
        search: reading.search,
        freshness: reading.freshness,
        journal: journal.clone(),
        plans: reading.plans,
        verifier: commands.verifier.clone(),
        documents,
        patience: PATIENCE,
    });
    let router = aisle_command_api::router(commands)
        .merge(aisle_query_api::router(queries))
        .merge(aisle_query_api::web::router())
        .layer(CompressionLayer::new());
    Ok(harden(router, Limits::default()))
}

fn document(document: &utoipa::openapi::OpenApi) -> Result<serde_json::Value, serde_json::Error> {
    serde_json::to_value(document)
}

/// Answers requests until told to stop; says so if it breaks off before.
pub(super) fn serve(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
    failed: CancellationToken,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let stopped = stop.clone().cancelled_owned();
        let served = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
        if let Err(error) = served {
            tracing::error!(%error, "the server broke off");
        }
        if !stop.is_cancelled() {
            failed.cancel();
        }
    })
}
