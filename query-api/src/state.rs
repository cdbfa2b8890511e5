//! What the routes share: where answers come from, and answers prepared before.

use std::sync::Arc;
use std::time::Duration;

use aisle_infra::clock::{Clock, SystemClock};
use aisle_infra::http::auth::TokenVerifier;
use aisle_infra::journal::JournalStore;
use aisle_infra::plans::PlanSource;
use aisle_projections::runner::Freshness;
use aisle_projections::search::Search;
use aisle_projections::seat_map::SeatMaps;
use aisle_projections::views::Views;
use axum::extract::FromRef;
use bytes::Bytes;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::live::Live;
use crate::plan_bodies::{PlanBodies, plan_bodies};
use crate::seat_bodies::{SeatBodies, seat_bodies};
use crate::site::Listed;
use crate::staleness::Staleness;
use crate::summary_bodies::{SummaryBodies, summary_bodies};
use crate::terms::Terms;
use crate::visibility::Published;

/// How long a read waits for its `min-position` by default. Read models follow within
/// milliseconds, the search index within half a second; who waits longer meets a fault, and is
/// better told so.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// How often a live feed says that it lives. Proxies cut connections that are silent for a minute.
const BEAT: Duration = Duration::from_secs(15);

/// For how long a read model may lie behind before this process sends its clients elsewhere.
const STALE_LIMIT: Duration = Duration::from_secs(30);

/// What has a sensible default.
#[derive(Clone)]
pub struct Options {
    /// What time it is: by it pages say what is to come and what is left of a hold. That of the
    /// machine.
    pub clock: Arc<dyn Clock>,
    /// The site's public address without a slash at its end, such as `https://tickets.example`, for
    /// what names a page to others. By default each visitor's own name for it.
    pub site: Option<String>,
    /// Cancelled when the process stops: live feeds end then. By default they end with the read
    /// models that they show.
    pub stop: CancellationToken,
    /// Cancelled when something else that this process is there for has ended by itself: `/readyz`
    /// says so. By default there is nothing else.
    pub broken: CancellationToken,
    /// How often a live feed says that it lives, if there is nothing to tell: 15 s.
    pub beat: Duration,
    /// For how long a read model may lie behind before `/readyz` says so: 30 s.
    pub stale_limit: Duration,
    /// What the provider is called by which one may sign in, if there is one: none.
    pub provider: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            site: None,
            stop: CancellationToken::new(),
            broken: CancellationToken::new(),
            beat: BEAT,
            stale_limit: STALE_LIMIT,
            provider: None,
        }
    }
}

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
    pub(crate) live: Arc<Live>,
    pub(crate) staleness: Arc<Staleness>,
    /// Cancelled when something else that this process is there for has ended.
    pub(crate) broken: CancellationToken,
    /// The site's public address, if it is told.
    pub(crate) site: Option<Arc<str>>,
    /// By whom one may sign in.
    pub(crate) provider: Option<Arc<str>>,
    clock: Arc<dyn Clock>,
}

/// Answers prepared before.
pub(crate) struct Prepared {
    pub(crate) seat_maps: SeatBodies,
    pub(crate) summaries: SummaryBodies,
    pub(crate) plans: PlanBodies,
    pub(crate) published: Published,
    pub(crate) terms: Terms,
    /// The events of the sitemap.
    pub(crate) listed: Listed,
    /// The OpenAPI documents, by name.
    pub(crate) documents: Vec<(String, Bytes)>,
}

impl QueryApi {
    /// The state of the routes, with nothing prepared but the documents.
    #[must_use]
    pub fn new(sources: Sources) -> Self {
        Self::with(sources, &Options::default())
    }

    /// The same, with options.
    #[must_use]
    pub fn with(sources: Sources, options: &Options) -> Self {
        let text = |(name, document): &(String, serde_json::Value)| {
            (name.clone(), Bytes::from(document.to_string()))
        };
        let prepared = Prepared {
            seat_maps: seat_bodies(),
            summaries: summary_bodies(),
            plans: plan_bodies(),
            published: Published::default(),
            terms: Terms::default(),
            listed: Listed::default(),
            documents: sources.documents.iter().map(text).collect(),
        };
        let live = Live::new(sources.seat_maps.clone(), sources.freshness.clone(), options);
        let staleness = Arc::new(Staleness::new(options.stale_limit));
        let (sources, prepared) = (Arc::new(sources), Arc::new(prepared));
        let [site, provider] =
            [&options.site, &options.provider].map(|text| text.as_deref().map(Arc::from));
        let (clock, broken) = (options.clock.clone(), options.broken.clone());
        Self { sources, prepared, live, staleness, broken, site, provider, clock }
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// How many read live seat maps.
    #[must_use]
    pub fn live_readers(&self) -> usize {
        self.live.readers()
    }
}

impl FromRef<QueryApi> for Arc<TokenVerifier> {
    fn from_ref(api: &QueryApi) -> Self {
        api.sources.verifier.clone()
    }
}
