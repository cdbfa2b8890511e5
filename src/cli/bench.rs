//! What `aisle bench` can be told.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Measure Aisle against what one would use instead.
///
/// Each bench starts a PostgreSQL of its own in a temporary folder (fsync=on,
/// synchronous_commit=on), lets Aisle and its peers take turns on it for some rounds, checks the
/// journal that came of it, and prints medians with their spread and the ratios. Nothing that was
/// there before is touched. Compare ratios, of one run; absolute figures are the machine's.
#[derive(Debug, Args)]
pub struct Bench {
    /// Which.
    #[command(subcommand)]
    pub what: BenchWhat,
}

/// The benches.
#[derive(Debug, Subcommand)]
pub enum BenchWhat {
    /// Hold two seats at a time: Aisle over HTTP against rows updated in place by pgbench.
    Hold(BenchHold),
    /// Append one fact at a time: Aisle's group commit against `execute` of postgres-es.
    Append(BenchAppend),
}

/// What all benches can be told.
#[derive(Debug, Clone, Args)]
pub struct BenchRounds {
    /// How many times each side has its turn.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// How many seconds a turn takes.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub seconds: u64,
    /// Print JSON, with the figure of every round, instead of a table.
    #[arg(long)]
    pub json: bool,
    /// Make the temporary folder in this one: on the disk that is to be measured, and not in
    /// memory.
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Where PostgreSQL's programs are (initdb, postgres, psql, pgbench); found by itself where
    /// Debian puts them or in the path.
    #[arg(long, value_name = "DIR")]
    pub pg_bin: Option<PathBuf>,
}

/// Hold two seats at a time.
///
/// 20 events of 20,000 seats. Each request holds two neighbouring seats, chosen at random, for a
/// buyer chosen at random, and is answered after the commit is durable. Both sides sometimes find
/// seats taken: that is an answer, but not a hold; both are counted.
#[derive(Debug, Clone, Args)]
pub struct BenchHold {
    /// Rounds and output.
    #[command(flatten)]
    pub rounds: BenchRounds,
    /// How many keep-alive connections Aisle's clients use; pgbench has 32, or 1 with --one.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub clients: u32,
    /// Where Aisle keeps its journal; the peers are on PostgreSQL in any case.
    #[arg(long, value_enum, default_value_t = StoreName::Postgres)]
    pub store: StoreName,
    /// One event and 1,000 connections, each of which takes the best two seats that are left, for
    /// one buyer after another, until the house is sold out. Has no peer.
    #[arg(long, conflicts_with_all = ["one", "clients", "seconds"])]
    pub contended: bool,
    /// One client at a time on either side: how long a hold takes.
    #[arg(long, conflicts_with = "clients")]
    pub one: bool,
}

/// Append one fact at a time.
///
/// Each task decides a hold on a seat of its own that nobody held before, and waits until it is in
/// the journal. The peer is the framework of cqrs-es over postgres-es, as it comes.
#[derive(Debug, Clone, Args)]
pub struct BenchAppend {
    /// Rounds and output.
    #[command(flatten)]
    pub rounds: BenchRounds,
    /// How many tasks append at once; may be given more than once. 64 and 1,024 if absent.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=8_192))]
    pub clients: Vec<u32>,
    /// How many connections postgres-es has. (Its own default is 10; Aisle appends over one.)
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub peer_connections: u32,
}

/// A store of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StoreName {
    /// The embedded one.
    Sqlite,
    /// The PostgreSQL that the bench starts.
    Postgres,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

impl Bench {
    /// How its report is to be printed.
    #[must_use]
    pub fn format(&self) -> Format {
        let rounds = match &self.what {
            BenchWhat::Hold(hold) => &hold.rounds,
            BenchWhat::Append(append) => &append.rounds,
        };
        if rounds.json { Format::Json } else { Format::Table }
    }
}
