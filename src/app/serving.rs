//! What each side answers, and the task that answers it.

use std::sync::Arc;
use std::time::Instant;

use aisle_command_api::{CommandApi, HOLD, event_of_hold, hold_directly};
use aisle_infra::http::auth::TokenVerifier;
use aisle_infra::http::{Limits, guarded};
use aisle_infra::journal::JournalStore;
use aisle_infra::journal::commit::Committer;
use aisle_query_api::{AT_HAND, Options, PATIENCE, QueryApi, Sources, Wanted};
use axum::Router;
use axum::body::to_bytes;
use futures::FutureExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;

use super::front::{self, AtHand, Carried, Carry, Door};
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
    let (queries, counted) = (Arc::new(queries), requests.ahead(AT_HAND));
    Arc::new(move |path, headers| {
        let wanted = Wanted::by(path, headers)?;
        let (queries, counted) = (queries.clone(), counted.clone());
        Some(Box::new(move || {
            let ready = queries.at_hand(&wanted)?;
            counted.count_at_once(ready.status);
            Some(ready)
        }))
    })
}

fn document(document: &utoipa::openapi::OpenApi) -> Result<serde_json::Value, StartError> {
    serde_json::to_value(document).map_err(StartError::read_model)
}

/// Holds of seats, carried out before the routes; they are counted with those that the route carries
/// out.
pub(super) fn holds(api: CommandApi, requests: &Requests) -> Carry {
    let counted = requests.ahead(HOLD);
    Arc::new(move |posted| {
        let event = event_of_hold(posted.path)?;
        let request = posted.request()?;
        let (api, counted) = (api.clone(), counted.clone());
        let carried = async move {
            let begun = Instant::now();
            // It is large, and moved by every layer around it.
            let hold = |request| hold_directly(api, event, request).boxed();
            let answer = guarded(Limits::default(), HOLD, request, hold).await;
            counted.count(answer.status(), begun.elapsed());
            let (head, body) = answer.into_parts();
            // It is in memory, and so cannot break off.
            let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
            Carried::from_parts(head, body)
        };
        Some(carried.boxed())
    })
}

/// Answers requests until told to stop; says so if it breaks off before.
pub(super) fn serve(
    listener: TcpListener,
    gate: Gate,
    stop: CancellationToken,
    failed: CancellationToken,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let failed = failed.drop_guard();
        front::serve(Door::new(listener, gate.clone()), gate, stop).await;
        failed.disarm();
    })
}
