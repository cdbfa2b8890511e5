//! The application: every part started in order, and stopped in the reverse one.
//!
//! The caller owns the address, the clock and the stop; tests bind port 0 and turn the clock.

use std::net::SocketAddr;
use std::sync::Arc;

use aisle_command_api::box_office::BoxOffice;
use aisle_command_api::process::Processes;
use aisle_command_api::{CommandApi, Guests};
use aisle_domain::id::Subject;
use aisle_infra::bus::{Bus, InProcessBus};
use aisle_infra::clock::{Clock, Ids, RandomIds, SystemClock, after};
use aisle_infra::http::auth::{TokenIssuer, TokenVerifier};
use aisle_infra::http::{Limits, harden};
use aisle_infra::journal::commit::{Committer, CommitterConfig};
use aisle_infra::journal::{JournalError, JournalStore};
use aisle_infra::payment::test::{TestProvider, TestProviderConfig};
use aisle_infra::plans::JournalPlans;
use aisle_projections::runner::{Freshness, Runner, RunnerHandle};
use aisle_projections::search::SearchProjection;
use aisle_projections::seat_map::{SeatMap, SeatMaps};
use aisle_query_api::{PATIENCE, QueryApi, Sources};
use axum::Router;
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;

use crate::cli::{self, Choice, Stores};
use crate::import::ImportError;
use crate::import_command;
use crate::stores::OpenError;

/// Who the sample's events belong to.
const SAMPLE_ORGANISER: &str = "organiser";

/// How long the answer to an idempotency key is kept: twice what clients are promised.
const KEEP_ANSWERS: SignedDuration = SignedDuration::from_hours(48);

/// How long a start waits for its read models before it says that it is ready all the same.
const CATCH_UP: std::time::Duration = std::time::Duration::from_secs(60);

/// How often old answers are looked for.
const FORGET_EVERY: std::time::Duration = std::time::Duration::from_secs(3_600);

/// How long connections may take to end once the server is told to stop.
const DRAIN: std::time::Duration = std::time::Duration::from_secs(10);

/// How the application is to be run.
#[derive(Clone)]
pub struct Config {
    /// Where it keeps what it knows.
    pub stores: Stores,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Whether an empty journal gets the sample catalogue.
    pub sample: Choice,
    /// Whether there are guests.
    pub guests: Choice,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn Ids>,
    /// How the test provider behaves.
    pub provider: TestProviderConfig,
}

impl From<cli::Serve> for Config {
    fn from(command: cli::Serve) -> Self {
        Self {
            stores: command.stores,
            listen: command.listen,
            sample: command.sample,
            guests: command.guests,
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            provider: TestProviderConfig::default(),
        }
    }
}

/// Why the application did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The sample cannot be imported.
    #[error("the sample catalogue cannot be imported")]
    Sample(#[source] ImportError),
    /// The journal cannot be read.
    #[error("the journal cannot be read")]
    Journal(#[from] JournalError),
    /// A read model cannot be opened.
    #[error("a read model cannot be opened")]
    ReadModel(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A read model knows facts that the journal does not have.
    #[error(
        "the read model `{name}` has seen position {reached}, but the journal ends at {head}: was \
         an older journal put back? Remove the read models (docs/OPERATIONS.md); they are built anew"
    )]
    Ahead {
        /// Which.
        name: &'static str,
        /// How far it has come.
        reached: u64,
        /// How far the journal goes.
        head: u64,
    },
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: is another server running there? --listen takes another address"
    )]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The test provider cannot start.
    #[error("the payment provider cannot start")]
    Provider(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Starts applications.
pub struct App;

/// An application that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it writes to, for tests that look inside.
    pub journal: Arc<dyn JournalStore>,
    /// What its test provider took and gave back.
    pub provider: Arc<TestProvider>,
    stop: CancellationToken,
    committer: Committer,
    freshness: Freshness,
    tasks: Vec<JoinHandle<()>>,
    server: JoinHandle<()>,
    failed: CancellationToken,
}

impl App {
    /// Starts an application; returns when it answers.
    ///
    /// # Errors
    /// If a part cannot be started; then none runs.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let address = config.listen;
        let listen = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;

        let journal = config.stores.open_journal().await?;
        if config.sample == Choice::Yes && journal.head().await? == 0 {
            import_sample(&journal).await?;
        }
        let stop = CancellationToken::new();
        let stop_what_runs = stop.clone().drop_guard();
        let committer = Committer::start(journal.clone(), CommitterConfig::default());
        let (reading, mut tasks) = Reading::start(&config, &journal, &stop).await?;
        let (commands, provider) =
            commands(&config, &journal, &committer, &reading.plans, address)?;
        tasks.push(forget_old_answers(journal.clone(), config.clock.clone(), stop.clone()));
        let processes = Processes::load(commands.clone(), journal.clone()).await?;
        tasks.push(processes.start(stop.clone()));

        let freshness = reading.freshness.clone();
        let router = routes(commands, reading, &journal)?;
        let failed = CancellationToken::new();
        let server = serve(listener, router, stop.clone(), failed.clone());
        let stop = stop_what_runs.disarm();
        Ok(Running {
            address,
            journal,
            provider,
            stop,
            committer,
            freshness,
            tasks,
            server,
            failed,
        })
    }
}

impl Running {
    /// Returns when every read model shows what the journal held at the start, or after
    /// [`CATCH_UP`]: what is behind then catches up while it answers.
    pub async fn caught_up(&self) {
        let caught_up = async {
            while !self.freshness.caught_up() {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(CATCH_UP, caught_up).await.is_err() {
            tracing::warn!("the read models are still catching up");
        }
    }

    /// Returns if the server broke off by itself.
    pub async fn failed(&self) {
        self.failed.cancelled().await;
    }

    /// Stops it: takes no more requests, answers those under way, commits what is decided and
    /// what was read.
    pub async fn stop(self) {
        self.stop.cancel();
        if tokio::time::timeout(DRAIN, self.server).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
        self.committer.shutdown().await;
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task broke off");
            }
        }
    }
}

/// Forgets answers to idempotency keys, once an hour, when they are old enough.
fn forget_old_answers(
    journal: Arc<dyn JournalStore>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) -> JoinHandle<()> {
    let work = async move {
        loop {
            let old = after(clock.now(), -KEEP_ANSWERS);
            match journal.forget_answers(old).await {
                Ok(0) => {}
                Ok(answers) => tracing::info!(answers, "forgot old answers"),
                Err(error) => tracing::warn!(%error, "old answers are kept for now"),
            }
            tokio::time::sleep(FORGET_EVERY).await;
        }
    };
    tokio::spawn(async move {
        stop.run_until_cancelled_owned(work).await;
    })
}

async fn import_sample(journal: &Arc<dyn JournalStore>) -> Result<(), StartError> {
    tracing::info!("first start: importing the sample catalogue");
    let organiser = Subject::try_new(SAMPLE_ORGANISER).unwrap_or_else(|_| unreachable!());
    let done = import_command::run_sample(journal, organiser).await.map_err(StartError::Sample)?;
    tracing::info!(events = done.created, "imported the sample catalogue");
    Ok(())
}

/// The read models and how fresh they are.
struct Reading {
    views: aisle_projections::views::Views,
    seat_maps: SeatMaps,
    search: aisle_projections::search::Search,
    plans: Arc<JournalPlans>,
    freshness: Freshness,
}

impl Reading {
    async fn start(
        config: &Config,
        journal: &Arc<dyn JournalStore>,
        stop: &CancellationToken,
    ) -> Result<(Self, Vec<JoinHandle<()>>), StartError> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| StartError::ReadModel(error);
        let head = journal.head().await?;
        let bus: Arc<dyn Bus> = InProcessBus::start(journal.clone(), head, stop.clone());
        let views = config.stores.open_views().await?;
        let plans = Arc::new(JournalPlans::new(journal.clone()));
        let seat_maps = SeatMaps::default();
        let search = SearchProjection::open(&config.stores.search_folder())
            .map_err(|error| failed(error.into()))?;
        let searching = search.search();

        let mut projections =
            views.projections(plans.clone()).await.map_err(|error| failed(error.into()))?;
        let seat_map = SeatMap::open(views.store(), plans.clone(), seat_maps.clone()).await;
        projections.push(Box::new(seat_map.map_err(|error| failed(error.into()))?));
        projections.push(Box::new(search));

        let mut freshness = Freshness::default();
        let mut tasks = Vec::new();
        for projection in projections {
            let reached = projection.checkpoint().await.map_err(|error| failed(error.into()))?;
            if reached > head {
                return Err(StartError::Ahead { name: projection.name(), reached, head });
            }
            let runner: RunnerHandle =
                Runner::spawn(projection, journal.clone(), bus.clone(), stop.clone());
            freshness.watch(&runner);
            tasks.push(runner.join);
        }
        Ok((Self { views, seat_maps, search: searching, plans, freshness }, tasks))
    }
}

fn commands(
    config: &Config,
    journal: &Arc<dyn JournalStore>,
    committer: &Committer,
    plans: &Arc<JournalPlans>,
    address: SocketAddr,
) -> Result<(CommandApi, Arc<TestProvider>), StartError> {
    let token_key = config.stores.token_key()?;
    let webhook_key = config.stores.webhook_key()?;
    let provider = TestProvider::start(webhook_key, config.clock.clone(), config.provider)
        .map_err(|error| StartError::Provider(error.into()))?;
    let provider = Arc::new(provider);
    let url = format!("http://{}/v1/payments/webhook", reachable(address)).parse();
    provider.send_webhooks_to(url.map_err(|error| StartError::Provider(Box::new(error)))?);
    let api = CommandApi {
        box_office: Arc::new(BoxOffice::new(journal.clone(), committer.clone(), plans.clone())),
        clock: config.clock.clone(),
        ids: config.ids.clone(),
        provider: provider.clone(),
        verifier: Arc::new(TokenVerifier::new(&token_key, config.clock.clone())),
        issuer: Arc::new(TokenIssuer::new(&token_key, config.clock.clone())),
        guests: match config.guests {
            Choice::Yes => Guests::Welcome,
            Choice::No => Guests::TurnedAway,
        },
    };
    Ok((api, provider))
}

/// Both sides and the web page, behind one set of limits.
fn routes(
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
fn serve(
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

/// An address under which this machine reaches itself, where it listens on all of them.
fn reachable(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        let loopback: std::net::IpAddr = if address.is_ipv4() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        };
        address.set_ip(loopback);
    }
    address
}
