//! One process of the write side: box office, routes on a port of their own, process managers and
//! a payment provider that sends its webhooks there.
//!
//! Each has a runtime of its own. Dropping it ends the process as a power failure would, wherever
//! its tasks are; the journal's store stays.

use std::sync::Arc;
use std::time::Duration;

use aisle_command_api::accounts::Accounts;
use aisle_command_api::box_office::BoxOffice;
use aisle_command_api::oidc::{Oidc, OidcConfig};
use aisle_command_api::process::Processes;
use aisle_command_api::{CommandApi, CommandParts, Guests, router};
use aisle_domain::testing::{OPENING, at};
use aisle_infra::accounts::{AccountStore, MemoryAccounts};
use aisle_infra::clock::{Clock, ManualClock, SeededIds};
use aisle_infra::http::auth::{TokenIssuer, TokenVerifier};
use aisle_infra::http::{Limits, harden};
use aisle_infra::journal::JournalStore;
use aisle_infra::journal::commit::{Committer, CommitterConfig};
use aisle_infra::payment::PaymentProvider;
use aisle_infra::payment::test::{TestProvider, TestProviderConfig};
use aisle_infra::plans::JournalPlans;
use aisle_infra::secret::{Key, Secret};
use aisle_infra::testing::between::{Beset, Between, Rows, Span};
use async_trait::async_trait;
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::gate::Gate;
use crate::store::{Place, Store};

/// What tokens are signed with.
pub(crate) const TOKEN_KEY: Key = Secret::new([7; 32]);
/// What webhooks are signed with.
pub(crate) const WEBHOOK_KEY: Key = Secret::new([9; 32]);
/// What personal data are sealed with.
pub(crate) const VAULT_KEY: Key = Secret::new([5; 32]);
/// After how long the late card is captured: longer than any hold of these tests.
pub(crate) const LATE: SignedDuration = SignedDuration::from_hours(1);

/// How a process is to be.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) clock: Arc<ManualClock>,
    /// Where its ids come from: two processes on one journal need two seeds.
    pub(crate) seed: u64,
    pub(crate) work: Work,
    pub(crate) webhooks: Webhooks,
    /// What stands between it and its journal.
    pub(crate) journal: fn(Arc<dyn JournalStore>) -> Arc<dyn JournalStore>,
    /// A gate before that.
    pub(crate) gate: Option<Gate>,
    /// How much its committer takes at once.
    pub(crate) committer: CommitterConfig,
    /// Who has accounts.
    pub(crate) accounts: Arc<dyn AccountStore>,
    /// What stands between it and its provider.
    pub(crate) provider: fn(Arc<TestProvider>) -> Arc<dyn PaymentProvider>,
    /// By whom one may sign in.
    pub(crate) oidc: Option<OidcConfig>,
}

/// Whether the process managers work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Done,
    /// Deadlines are left to another process, unless it is late.
    StoodBy,
    LeftUndone,
}

/// Whether the provider knows where its webhooks go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Webhooks {
    Sent,
    Withheld,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            clock: Arc::new(ManualClock::new(at(OPENING))),
            seed: 1,
            work: Work::Done,
            webhooks: Webhooks::Sent,
            journal: |journal| journal,
            gate: None,
            committer: CommitterConfig::default(),
            accounts: Arc::new(MemoryAccounts::default()),
            provider: |provider| provider,
            oidc: None,
        }
    }
}

/// One process.
pub(crate) struct World {
    pub(crate) journal: Arc<dyn JournalStore>,
    pub(crate) committer: Committer,
    pub(crate) api: CommandApi,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) provider: Arc<TestProvider>,
    pub(crate) base: String,
    pub(crate) http: reqwest::Client,
    runtime: Option<Runtime>,
}

impl World {
    /// A process as all are unless a test says otherwise.
    pub(crate) async fn open(store: &Store) -> Self {
        Self::start(store, Setup::default()).await
    }

    pub(crate) async fn start(store: &Store, setup: Setup) -> Self {
        Self::at(store.place(), setup).await
    }

    pub(crate) async fn at(place: Place, setup: Setup) -> Self {
        // A runtime cannot be entered from within another one, so this needs its own thread.
        tokio::task::spawn_blocking(|| start(place, setup)).await.unwrap()
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn start(place: Place, setup: Setup) -> World {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build().unwrap();
    let mut world = runtime.block_on(compose(place, setup));
    world.runtime = Some(runtime);
    world
}

async fn compose(place: Place, setup: Setup) -> World {
    let clock: Arc<dyn Clock> = setup.clock.clone();
    let journal = (setup.journal)(place.open().await);
    let journal = match setup.gate {
        Some(between) => Arc::new(Beset { journal, between }),
        None => journal,
    };
    let committer = Committer::start(journal.clone(), setup.committer);
    let plans = Arc::new(JournalPlans::new(journal.clone()));
    let late = TestProviderConfig { late: LATE, ..TestProviderConfig::default() };
    let provider = Arc::new(TestProvider::start(WEBHOOK_KEY, clock.clone(), late).unwrap());
    let api = CommandApi::from(CommandParts {
        box_office: Arc::new(BoxOffice::new(journal.clone(), committer.clone(), plans)),
        ids: Arc::new(SeededIds::new(setup.seed)),
        provider: (setup.provider)(provider.clone()),
        verifier: Arc::new(TokenVerifier::new(&TOKEN_KEY, clock.clone())),
        issuer: Arc::new(TokenIssuer::new(&TOKEN_KEY, clock.clone())),
        guests: Guests::Welcome,
        accounts: Arc::new(Accounts::new(setup.accounts, &VAULT_KEY, clock.clone())),
        oidc: setup.oidc.map(|oidc| Arc::new(Oidc::new(oidc, &VAULT_KEY, clock.clone()).unwrap())),
        clock,
    });
    let base = serve(api.clone()).await;
    if setup.webhooks == Webhooks::Sent {
        provider.send_webhooks_to(format!("{base}/v1/payments/webhook").parse().unwrap());
    }
    if setup.work != Work::LeftUndone {
        // Nobody's turn ends.
        let (_, leads) = watch::channel(setup.work == Work::Done);
        let processes = Processes::load(api.clone(), journal.clone(), leads).await.unwrap();
        processes.start(CancellationToken::new());
    }
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let clock = setup.clock;
    World { journal, committer, api, clock, provider, base, http, runtime: None }
}

async fn serve(api: CommandApi) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let app = harden(router(api), Limits::default());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    base
}

/// Does not hear of what is appended.
pub(crate) struct Deaf;

#[async_trait]
impl Between for Deaf {
    async fn read(&self, _journal: &dyn JournalStore, _span: Span) -> Rows {
        Ok(Vec::new())
    }
}

/// See [`Deaf`].
pub(crate) fn deaf(journal: Arc<dyn JournalStore>) -> Arc<dyn JournalStore> {
    Arc::new(Beset { journal, between: Deaf })
}

/// Looks again and again until there is something to be seen.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    // Two minutes: the long form records a hundred thousand facts on a busy machine meanwhile.
    for _ in 0..24_000 {
        if let Some(seen) = look().await {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("waited in vain: {what}");
}
