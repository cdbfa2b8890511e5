//! `aisle bench`: Aisle against what one would use instead, on a PostgreSQL of its own.
//!
//! Every claim of speed is a ratio against a peer, measured turn by turn in one run, medians of
//! several rounds, after which the journal is checked by what shares no code with what wrote it.
//! It measures; it keeps no history of figures and judges none of them.

mod append;
mod buyers;
mod check;
mod hold;
mod house;
mod http;
mod load;
mod machine;
mod pgbench;
mod postgres;
mod process;
mod report;
mod rush;
mod server;
pub mod stats;

use std::path::PathBuf;
use std::sync::Arc;

use aisle_infra::clock::SystemClock;
use aisle_infra::journal::JournalError;

use crate::cli;
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
    /// A part of the bench broke off.
    #[error("the load broke off")]
    BrokeOff(#[from] tokio::task::JoinError),
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

/// Where a bench takes place.
struct Ground {
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
        Ok(Self { postgres, folder })
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
    match command.what {
        cli::BenchWhat::Hold(hold) if hold.contended => rush::run(&hold).await,
        cli::BenchWhat::Hold(hold) => hold::run(&hold).await,
        cli::BenchWhat::Append(append) => append::run(&append).await,
    }
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

#[expect(clippy::print_stderr, reason = "progress goes to standard error")]
fn say(text: &str) {
    eprintln!("aisle bench: {text}");
}
