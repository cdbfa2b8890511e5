//! What the routes share: where answers come from, and answers prepared before.

use std::sync::Arc;
use std::time::Duration;

use aisle_infra::http::auth::TokenVerifier;
use aisle_infra::journal::JournalStore;
use aisle_infra::plans::PlanSource;
use aisle_projections::runner::Freshness;
use aisle_projections::search::Search;
use aisle_projections::seat_map::SeatMaps;
use aisle_projections::views::Views;
use axum::extract::FromRef;
use bytes::Bytes;

use crate::plan_bodies::PlanBodies;
use crate::seat_bodies::SeatBodies;
use crate::visibility::Published;

/// How long a read waits for its `min-position` by default. Read models follow within
/// milliseconds, the search index within half a second; who waits longer meets a fault, and is
/// better told so.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// Where answers come from.
pub struct Sources {
    /// Event pages and bookings.
    pub views: Views,
    /// Which seats are free.
    pub seat_maps: SeatMaps,
    /// The search index.
    pub search: Search,
    /// How far each of them is.
    pub freshness: Freshness,
    /// The history.
    pub journal: Arc<dyn JournalStore>,
    /// Seating plans.
    pub plans: Arc<dyn PlanSource>,
    /// Checks tokens.
    pub verifier: Arc<TokenVerifier>,
    /// The OpenAPI documents that `/docs` shows, each with its name: `commands` is served as
    /// `/openapi/commands.json`.
    pub documents: Vec<(String, serde_json::Value)>,
    /// How long a read waits for its `min-position`: [`PATIENCE`], but for tests.
    pub patience: Duration,
}

/// What the routes share. Cheap to clone.
#[derive(Clone)]
pub struct QueryApi {
    pub(crate) sources: Arc<Sources>,
    pub(crate) prepared: Arc<Prepared>,
}

/// Answers prepared before.
pub(crate) struct Prepared {
    pub(crate) seat_maps: SeatBodies,
    pub(crate) plans: PlanBodies,
    pub(crate) published: Published,
    /// The OpenAPI documents, by name.
    pub(crate) documents: Vec<(String, Bytes)>,
}

impl QueryApi {
    /// The state of the routes, with nothing prepared but the documents.
    #[must_use]
    pub fn new(sources: Sources) -> Self {
        let text = |(name, document): &(String, serde_json::Value)| {
            (name.clone(), Bytes::from(document.to_string()))
        };
        let prepared = Prepared {
            seat_maps: SeatBodies::default(),
            plans: PlanBodies::default(),
            published: Published::default(),
            documents: sources.documents.iter().map(text).collect(),
        };
        Self { sources: Arc::new(sources), prepared: Arc::new(prepared) }
    }
}

impl FromRef<QueryApi> for Arc<TokenVerifier> {
    fn from_ref(api: &QueryApi) -> Self {
        api.sources.verifier.clone()
    }
}
