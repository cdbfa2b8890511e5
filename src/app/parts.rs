//! The parts of a process: each role is made of some of them.

use std::fs::File;
use std::net::SocketAddr;
use std::sync::Arc;

use aisle_command_api::CommandApi;
use aisle_command_api::process::Processes;
use aisle_infra::bus::{Bus, InProcessBus, JetStreamBus};
use aisle_infra::http::auth::TokenVerifier;
use aisle_infra::journal::JournalStore;
use aisle_infra::journal::commit::{Committer, CommitterConfig};
use aisle_infra::plans::JournalPlans;
use aisle_infra::relay::{Relay, RelayConfig, RelayState, RelayStatus};
use aisle_infra::secret::Secret;
use aisle_query_api::Options;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::commanding::{commands, letters};
use super::config::{Config, StartError};
use super::forward::{Forward, forward, refuse};
use super::front::Before;
use super::health::{self, Report, Standing};
use super::housekeeping::forget_old_answers;
use super::lead::while_leading;
use super::metrics::Metrics;
use super::projecting::{self, Projecting};
use super::reading::{Reading, Source};
use super::serving;
use crate::cli::ProcessRole;

/// The lock of whoever sees to deadlines first.
const DEADLINES: &str = "deadlines";

/// Whether a process shows what the journal held when it started.
pub(super) type CaughtUp = Arc<dyn Fn() -> bool + Send + Sync>;

/// What a process is made of, as it is put together.
pub(super) struct Parts {
    config: Config,
    /// Where the process listens.
    address: SocketAddr,
    journal: Arc<dyn JournalStore>,
    plans: Arc<JournalPlans>,
    nats: Option<async_nats::Client>,
    stop: CancellationToken,
    /// Of a process that answers queries.
    pub(super) folder: Option<File>,
    pub(super) committer: Option<Committer>,
    pub(super) tasks: Vec<JoinHandle<()>>,
    pub(super) caught_up: CaughtUp,
    /// What answers before the routes.
    pub(super) before: Before,
    pub(super) metrics: Metrics,
}

impl Parts {
    /// Opens what every role needs.
    pub(super) async fn open(
        config: Config,
        address: SocketAddr,
        stop: CancellationToken,
    ) -> Result<Self, StartError> {
        let folder = match config.node.role {
            ProcessRole::Serve | ProcessRole::Query => Some(config.node.stores.claim_folder()?),
            ProcessRole::Command | ProcessRole::Project | ProcessRole::Relay => None,
        };
        let journal = config.node.stores.open_journal().await?;
        let nats = match &config.node.nats {
            Some(servers) => {
                let name = format!("aisle {}", config.node.role.name());
                Some(servers.connect(&name).await?)
            }
            None => None,
        };
        Ok(Self {
            config,
            address,
            plans: Arc::new(JournalPlans::new(journal.clone())),
            journal,
            nats,
            stop,
            folder,
            committer: None,
            tasks: Vec::new(),
            caught_up: Arc::new(|| true),
            before: Before::default(),
            metrics: Metrics::default(),
        })
    }

    pub(super) fn journal(&self) -> &Arc<dyn JournalStore> {
        &self.journal
    }

    /// Starts what the role is made of; returns what it answers.
    pub(super) async fn start(&mut self) -> Result<Router, StartError> {
        match self.config.node.role {
            ProcessRole::Serve => {
                let (commands, _) = self.command_side().await?;
                let queries = self.read_side(commands.verifier.clone()).await?;
                self.relay();
                Ok(aisle_command_api::router(commands).merge(queries))
            }
            ProcessRole::Command => {
                let (commands, committer) = self.command_side().await?;
                Ok(serving::commands(commands, &committer))
            }
            ProcessRole::Query => self.queries_only().await,
            ProcessRole::Project => self.projecting().await,
            ProcessRole::Relay => {
                let report = self.relay().map_or_else(nothing, relay_report);
                Ok(health::over(self.journal.clone(), report))
            }
        }
    }

    /// Takes commands, and sees to what must happen although nobody asks.
    async fn command_side(&mut self) -> Result<(CommandApi, Committer), StartError> {
        let committer = Committer::start(self.journal.clone(), CommitterConfig::default());
        self.committer = Some(committer.clone());
        self.metrics.of_commits(committer.clone());
        let (config, address) = (&self.config, self.address);
        let api = commands(config, &self.journal, &committer, &self.plans, address).await?;
        self.before.carry = Some(serving::holds(api.clone(), self.metrics.requests()));
        self.tasks.push(letters(config, &api, address)?.start(self.stop.clone()));
        let leads = self.leads();
        let processes = Processes::load(api.clone(), self.journal.clone(), leads).await?;
        self.tasks.push(processes.start(self.stop.clone()));
        let clock = self.config.clock.clone();
        self.tasks.push(forget_old_answers(self.journal.clone(), clock, self.stop.clone()));
        Ok((api, committer))
    }

    /// Whether it is this process's turn to see to deadlines: always, on a store of its own.
    fn leads(&mut self) -> watch::Receiver<bool> {
        let Some(url) = self.config.node.stores.database_url.clone() else {
            return watch::channel(true).1;
        };
        let (turn, leads) = watch::channel(false);
        let stop = self.stop.clone();
        self.tasks.push(tokio::spawn(async move {
            let turn = &turn;
            let first = |term: CancellationToken| async move {
                turn.send_replace(true);
                term.cancelled().await;
                turn.send_replace(false);
            };
            while_leading(&url, DEADLINES, &stop, first).await;
        }));
        leads
    }

    async fn read_side(&mut self, verifier: Arc<TokenVerifier>) -> Result<Router, StartError> {
        let node = &self.config.node;
        let source = self.source().await?;
        let (reading, tasks) = Reading::start(node.role, &node.stores, &source, &self.stop).await?;
        self.tasks.extend(tasks);
        let (freshness, head) = (reading.freshness.clone(), source.head);
        let followed = freshness.clone();
        self.metrics.of_projections(move || Some(followed.clone()));
        self.caught_up = Arc::new(move || {
            // Who follows live may have read what it commits, and shows, a little later.
            let shown = freshness.progress().iter().all(|(_, now)| now.applied >= head);
            shown && freshness.caught_up()
        });
        let (stop, stale_limit) = (self.stop.clone(), node.stale_limit);
        let (site, provider) =
            (node.site_url.clone(), node.oidc.as_ref().map(|oidc| oidc.name.clone()));
        let broken = self.committer.as_ref().map(Committer::ended).unwrap_or_default();
        let options = Options { site, provider, stop, stale_limit, broken, ..Options::default() };
        let (router, queries) = serving::queries(reading, verifier, &self.journal, &options)?;
        let readers = queries.clone();
        self.metrics.of_readers(move || readers.live_readers());
        self.before.at_hand = Some(serving::at_hand(queries, self.metrics.requests()));
        Ok(router)
    }

    async fn queries_only(&mut self) -> Result<Router, StartError> {
        let node = &self.config.node;
        let verifier = node.verifier(self.config.clock.clone())?;
        let targets = node.command_urls.clone();
        let router = self.read_side(Arc::new(verifier)).await?;
        Ok(match targets.is_empty() {
            true => router.layer(from_fn(refuse)),
            false => {
                let to = Forward::to(targets).map_err(StartError::Forward)?;
                router.layer(from_fn_with_state(to, forward))
            }
        })
    }

    async fn projecting(&mut self) -> Result<Router, StartError> {
        let source = self.source().await?;
        let (freshness, fresh) = watch::channel(None);
        let projecting = Projecting {
            views: self.config.node.stores.open_views().await?,
            journal: self.journal.clone(),
            bus: source.bus,
            database_url: self.config.node.stores.database_url.clone().unwrap_or_default(),
            freshness,
        };
        self.tasks.push(tokio::spawn(projecting.run(self.stop.clone())));
        let followed = fresh.clone();
        self.metrics.of_projections(move || followed.borrow().clone());
        let report: Report = Arc::new(move |_| projecting::report(fresh.borrow().as_ref()));
        Ok(health::over(self.journal.clone(), report))
    }

    /// Publishes to NATS, if it is used.
    fn relay(&mut self) -> Option<watch::Receiver<RelayStatus>> {
        let node = &self.config.node;
        let nats = self.nats.clone()?;
        let database = Secret::new(node.stores.database_url.clone()?);
        let mut config = RelayConfig::new(node.cell.clone(), database);
        config.stream.replicas = node.stream_replicas;
        let relay = Relay::start(config, self.journal.clone(), nats, self.stop.clone());
        let status = relay.status();
        self.metrics.of_relay(status.clone());
        self.tasks.push(tokio::spawn(relay.ended()));
        Some(status)
    }

    /// What read models follow: NATS, or the journal itself where there is none, and where what is
    /// published comes from this very process.
    async fn source(&self) -> Result<Source, StartError> {
        let (journal, stop) = (self.journal.clone(), self.stop.clone());
        let head = journal.head().await?;
        let bus: Arc<dyn Bus> = match (&self.nats, self.config.node.role) {
            (None, _) | (_, ProcessRole::Serve) => InProcessBus::start(journal.clone(), head, stop),
            (Some(nats), _) => {
                let cell = self.config.node.cell.clone();
                JetStreamBus::start(nats.clone(), cell, journal.clone(), head, stop)
            }
        };
        Ok(Source { journal, head, bus, plans: self.plans.clone() })
    }
}

/// A relay is ready whether it works, waits for its turn or waits for NATS: commands and reads go
/// on without it.
fn relay_report(status: watch::Receiver<RelayStatus>) -> Report {
    Arc::new(move |head| {
        let RelayStatus { state, published, published_total } = *status.borrow();
        let state = match state {
            RelayState::Standby => "standby",
            RelayState::Active => "active",
        };
        let said = json!({"status": state, "head": head, "published": published,
            "published_total": published_total});
        (Standing::Ready, said)
    })
}

fn nothing() -> Report {
    Arc::new(|head| (Standing::Ready, json!({"status": "idle", "head": head})))
}
