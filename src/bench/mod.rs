//! `aisle bench`: Aisle against what one would use instead, on a PostgreSQL of its own.
//!
//! Every claim of speed is a ratio against a peer, measured turn by turn in one run, medians of
//! several rounds, after which the journal is checked by what shares no code with what wrote it.
//! It measures; it keeps no history of figures and judges none of them.

mod append;
mod area;
mod best;
mod board;
mod buyers;
mod check;
mod disk;
mod expire;
mod fill;
mod goal;
mod growth;
mod hold;
mod house;
mod http;
mod layout;
mod load;
mod machine;
mod nats;
mod outcome;
mod pace;
mod pgbench;
mod postgres;
mod process;
mod read;
mod relevance;
mod report;
mod server;
mod stage;
pub mod stats;
mod table;
mod turn;
mod wish;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

use aisle_infra::clock::SystemClock;
use aisle_infra::journal::JournalError;

use self::pace::Pace;
use crate::cli::{self, BenchWhat};
use crate::stores::OpenError;

pub use self::report::Report;

/// Why a bench came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// PostgreSQL's programs are not there.
    #[error(
        "PostgreSQL's programs (initdb, postgres, psql, pgbench) were not found; on Debian: \
         apt-get install postgresql; elsewhere --pg-bin names their folder"
    )]
    NoPostgres,
    /// NATS is not there.
    #[error(
        "nats-server was not found, without which no roles can run apart; on Debian: \
         apt-get install nats-server; elsewhere --nats-server names it"
    )]
    NoNats,
    /// A program cannot be run, or a file not be written.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A program failed, or said something unexpected.
    #[error("{program} failed: {said}")]
    Program {
        /// Which.
        program: String,
        /// The end of what it said.
        said: String,
    },
    /// The bench's database failed.
    #[error("the database of the bench failed")]
    Database(#[from] sqlx::Error),
    /// The journal failed.
    #[error("the journal failed")]
    Journal(#[from] JournalError),
    /// A key or a folder cannot be made.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Aisle answered what it should not.
    #[error("{request} was answered {status}: {body}")]
    Answer {
        /// What was asked.
        request: String,
        /// The status.
        status: u16,
        /// The body.
        body: String,
    },
    /// The sample catalogue cannot be brought in.
    #[error("the sample catalogue cannot be brought in")]
    Import(#[from] crate::import::ImportError),
    /// A part of the bench broke off.
    #[error("the load broke off")]
    BrokeOff(#[from] tokio::task::JoinError),
    /// There is no room for what is to be measured.
    #[error(
        "{needed} GB are needed in {place}, but {free} GB are free; --folder names another place"
    )]
    NoRoom {
        /// Where.
        place: String,
        /// Gigabytes that it takes.
        needed: u64,
        /// Gigabytes that are there.
        free: u64,
    },
    /// The journal is not what was answered.
    #[error("the journal does not hold what was answered: {0}")]
    Unsound(String),
}

impl BenchError {
    fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// What one must know of all figures of holds.
const FAIR_PLAY: &str = "`aisle command` is the write path alone (HTTP, tokens, JSON, decisions, \
    journal, idempotency keys, deadlines), as it runs in production beside query nodes elsewhere; \
    `aisle serve` has all read models on the same two cores and the same PostgreSQL as well. The \
    peers have none of this: no HTTP, no tokens, no JSON, no history, no read models.";

/// How many seconds preparing a turn takes, and checking what came of it; a guess, for the time
/// left.
const SETTLING: f64 = 4.0;

/// Where a bench takes place.
struct Ground {
    pace: Pace,
    postgres: postgres::Cluster,
    /// Removed with everything in it. Dropped after PostgreSQL.
    folder: tempfile::TempDir,
}

impl Ground {
    async fn prepare(rounds: &cli::BenchRounds) -> Result<Self, BenchError> {
        let programs = postgres::Programs::find(rounds.pg_bin.as_deref())?;
        let parent = rounds.folder.clone().unwrap_or_else(std::env::temp_dir);
        let folder = tempfile::Builder::new().prefix("aisle-bench-").tempdir_in(&parent);
        let folder =
            folder.map_err(BenchError::io(format!("cannot make a folder in {parent:?}")))?;
        say("starting a PostgreSQL");
        let postgres = postgres::Cluster::start(programs, folder.path()).await?;
        Ok(Self { pace: Pace::new(), postgres, folder })
    }

    /// An empty folder of this name.
    fn fresh_folder(&self, name: &str) -> Result<PathBuf, BenchError> {
        let path = self.folder.path().join(name);
        if path.exists() {
            std::fs::remove_dir_all(&path)
                .map_err(BenchError::io(format!("cannot empty {name}")))?;
        }
        std::fs::create_dir_all(&path).map_err(BenchError::io(format!("cannot make {name}")))?;
        Ok(path)
    }

    /// The report's lines on what it ran on.
    fn setting(&self) -> Vec<(&'static str, String)> {
        vec![
            ("machine", machine::describe(self.folder.path())),
            ("PostgreSQL", self.postgres.describe()),
            ("Aisle", build()),
        ]
    }
}

/// Runs a bench.
///
/// # Errors
/// If something that it needs is missing or fails, or the journal is not sound afterwards.
pub async fn run(command: cli::Bench) -> Result<Report, BenchError> {
    if let BenchWhat::Search(how) = &command.what {
        return relevance::run(&how.rounds).await;
    }
    let ground = Ground::prepare(command.what.rounds()).await?;
    let mut report = Report::new(ground.setting());
    match measure(&command.what, &ground, &mut report).await {
        Ok(()) => Ok(report),
        Err(error) => {
            // A quarter of an hour's figures are not thrown away because the last one failed.
            if !report.is_empty()
                && let Ok(text) = report.print(command.format())
            {
                say(&format!("broken off; measured before that:\n\n{text}\n"));
            }
            Err(error)
        }
    }
}

async fn measure(what: &BenchWhat, ground: &Ground, report: &mut Report) -> Result<(), BenchError> {
    let rounds = what.rounds();
    let seconds = rounds.seconds.unwrap_or(10);
    match what {
        BenchWhat::All(read) => {
            let write = write::Plan::new(rounds);
            let read = read::Plan::new(read, report)?;
            let growth =
                growth::Plan::usual(rounds.rounds, rounds.seconds.unwrap_or(write::SECONDS));
            growth.announce(ground)?;
            write.announce(ground);
            read.announce(ground);
            write.run(ground, report).await?;
            read.run(ground, report).await?;
            growth.run(ground, report).await?;
        }
        BenchWhat::Write(_) => {
            let write = write::Plan::new(rounds);
            write.announce(ground);
            write.run(ground, report).await?;
        }
        BenchWhat::Read(read) => {
            let read = read::Plan::new(read, report)?;
            read.announce(ground);
            read.run(ground, report).await?;
        }
        BenchWhat::Hold(hold) => {
            let plan = hold::Plan::from(hold);
            plan.announce(ground);
            plan.run(ground, report).await?;
        }
        BenchWhat::Append(append) => {
            let plan = append::Plan::from(append);
            plan.announce(ground);
            plan.run(ground, report).await?;
        }
        BenchWhat::BestAvailable(how) => {
            let plan = best::Plan { clients: how.clients, rounds: rounds.rounds, seconds };
            plan.announce(ground);
            plan.run(ground, report).await?;
        }
        BenchWhat::Ga(how) => {
            let plan = best::Plan { clients: how.clients, rounds: rounds.rounds, seconds };
            area::announce(&plan, ground);
            area::run(&plan, ground, report).await?;
        }
        // It needs no PostgreSQL, so it was run before one was started.
        BenchWhat::Search(_) => {}
        BenchWhat::Expire(expire) => expire::run(expire, ground, report).await?,
        BenchWhat::Growth(growth) => {
            let plan = growth::Plan::from(growth);
            plan.announce(ground)?;
            plan.run(ground, report).await?;
        }
    }
    Ok(())
}

fn build() -> String {
    let kind = if cfg!(debug_assertions) { "DEBUG BUILD: figures mean nothing" } else { "release" };
    format!("{} ({kind})", env!("CARGO_PKG_VERSION"))
}

fn clock() -> Arc<SystemClock> {
    Arc::new(SystemClock)
}

/// What is done in one second, given what was done in some.
fn per_second(count: u64, seconds: f64) -> f64 {
    count as f64 / seconds.max(f64::MIN_POSITIVE)
}

/// How many processors were busy, on average, from their seconds before and after.
fn share(before: Option<f64>, after: Option<f64>, seconds: f64) -> Option<f64> {
    Some((after? - before?) / seconds)
}

#[expect(clippy::print_stderr, reason = "progress goes to standard error")]
fn say(text: &str) {
    eprintln!("aisle bench: {text}");
}
