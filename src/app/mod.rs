//! The application: every part started in order, and stopped in the reverse one.
//!
//! The caller owns the address, the clock and the stop; tests bind port 0 and turn the clock.

mod commanding;
mod config;
mod health;
mod housekeeping;
mod reading;
mod serving;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aisle_command_api::process::Processes;
use aisle_infra::journal::commit::{Committer, CommitterConfig};
use aisle_infra::plans::JournalPlans;
use aisle_projections::runner::Freshness;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::commanding::commands;
pub use self::config::{Config, ProcessRole, StartError};
use self::housekeeping::{bring_sample, forget_old_answers};
use self::reading::Reading;
use self::serving::serve;
use crate::cli::Choice;

/// How long a start waits for its read models before it says that it is ready all the same.
const CATCH_UP: Duration = Duration::from_secs(60);

/// How long connections may take to end once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Starts applications.
pub struct App;

/// An application that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
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
        if config.sample == Choice::Yes {
            bring_sample(&journal).await?;
        }
        let stop = CancellationToken::new();
        let stop_what_runs = stop.clone().drop_guard();
        let committer = Committer::start(journal.clone(), CommitterConfig::default());
        let plans = Arc::new(JournalPlans::new(journal.clone()));
        let commands = commands(&config, &journal, &committer, &plans, address)?;
        let processes = Processes::load(commands.clone(), journal.clone()).await?;

        let (router, freshness, mut tasks) = match config.role {
            ProcessRole::Serve => {
                let (reading, tasks) = Reading::start(&config, &journal, plans, &stop).await?;
                let freshness = reading.freshness.clone();
                (serving::everything(commands, reading, &journal)?, freshness, tasks)
            }
            ProcessRole::Command => {
                (serving::commands(commands, &journal), Freshness::default(), Vec::new())
            }
        };
        tasks.push(forget_old_answers(journal, config.clock.clone(), stop.clone()));
        tasks.push(processes.start(stop.clone()));
        let failed = CancellationToken::new();
        let server = serve(listener, router, stop.clone(), failed.clone());
        let stop = stop_what_runs.disarm();
        Ok(Running { address, stop, committer, freshness, tasks, server, failed })
    }
}

impl Running {
    /// Returns when every read model shows what the journal held at the start, or after
    /// [`CATCH_UP`]: what is behind then catches up while it answers.
    pub async fn caught_up(&self) {
        let caught_up = async {
            while !self.freshness.caught_up() {
                tokio::time::sleep(Duration::from_millis(20)).await;
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
