//! The application: every part of a role started in order, and stopped in the reverse one.
//!
//! The caller owns the address, the clock and the stop; tests bind port 0 and turn the clock.

mod borrowed;
mod commanding;
mod config;
mod forward;
mod front;
mod gate;
mod health;
mod housekeeping;
mod lead;
mod metrics;
mod parts;
mod projecting;
mod reading;
mod serving;
mod tables;

use std::fs::File;
use std::net::SocketAddr;
use std::time::Duration;

use aisle_infra::http::peer::Proxy;
use aisle_infra::journal::commit::Committer;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use self::config::{Config, StartError};
use self::gate::Gate;
use self::housekeeping::bring_sample;
use self::parts::{CaughtUp, Parts};
use self::serving::serve;
use crate::cli::Choice;

/// How long a start waits for its read models before it says that it runs all the same.
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
    committer: Option<Committer>,
    caught_up: CaughtUp,
    tasks: Vec<JoinHandle<()>>,
    server: JoinHandle<()>,
    failed: CancellationToken,
    /// Claimed until it is dropped.
    _folder: Option<File>,
}

impl App {
    /// Starts an application; returns when it answers. `/healthz` is answered before.
    ///
    /// # Errors
    /// If a part cannot be started; then none runs.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let (listener, address) = listen(config.node.listen).await?;
        let (stop, failed) = (CancellationToken::new(), CancellationToken::new());
        let stop_what_runs = stop.clone().drop_guard();
        let gate = Gate::closed(match config.node.trust_proxy {
            Choice::Yes => Proxy::Trusted,
            Choice::No => Proxy::Absent,
        });
        let server = serve(listener, gate.clone(), stop.clone(), failed.clone());
        tracing::info!(role = config.node.role.name(), %address, "listening");

        let sample = config.node.sample;
        let mut parts = Parts::open(config, address, stop).await?;
        if sample == Choice::Yes {
            bring_sample(parts.journal()).await?;
        }
        let router = parts.start().await?;
        gate.open(router, std::mem::take(&mut parts.before), &parts.metrics);
        let (stop, Parts { committer, tasks, caught_up, folder, .. }) =
            (stop_what_runs.disarm(), parts);
        if let Some(committer) = &committer {
            // Without it no command is taken any more: better to be started anew.
            let ended = committer.ended();
            let failed = failed.clone();
            tokio::spawn(async move {
                ended.cancelled().await;
                failed.cancel();
            });
        }
        Ok(Running { address, stop, committer, caught_up, tasks, server, failed, _folder: folder })
    }
}

impl Running {
    /// Waits until every read model of this process shows what the journal held at the start.
    /// Returns false after [`CATCH_UP`]: what is behind then catches up while it answers.
    pub async fn caught_up(&self) -> bool {
        let caught_up = async {
            while !(self.caught_up)() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(CATCH_UP, caught_up).await.is_ok()
    }

    /// Returns if the server, or what appends to the journal, broke off by itself.
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
        if let Some(committer) = self.committer {
            committer.shutdown().await;
        }
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task broke off");
            }
        }
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use futures::FutureExt as _;

    use super::*;
    use crate::cli::{Cli, Command, Serve};

    /// Longer than anything takes, on any machine.
    const LONG: Duration = Duration::from_secs(30);

    fn serve(data: &std::path::Path) -> Serve {
        let data = data.to_str().unwrap();
        let arguments = ["aisle", "serve", "--listen", "127.0.0.1:0", "--sample", "no"];
        match Cli::parse_from(arguments.into_iter().chain(["--data", data])).command {
            Some(Command::Serve(serve)) => serve,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn an_application_ends_with_what_appends_to_its_journal() {
        let data = tempfile::tempdir().unwrap();
        let running = App::start(serve(data.path()).into()).await.unwrap();
        assert_eq!(running.failed().now_or_never(), None);
        running.committer.clone().unwrap().shutdown().await;
        tokio::time::timeout(LONG, running.failed()).await.expect("it goes on without");
        running.stop().await;
    }

    #[tokio::test]
    async fn a_data_folder_serves_one_application_at_a_time() {
        let data = tempfile::tempdir().unwrap();
        let running = App::start(serve(data.path()).into()).await.unwrap();
        let second = App::start(serve(data.path()).into()).await.err().expect("two serve from it");
        assert!(second.to_string().contains("another process serves from the folder"), "{second}");
        running.stop().await;
        App::start(serve(data.path()).into()).await.unwrap().stop().await;
    }
}
