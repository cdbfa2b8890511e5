//! What `aisle bench` can be told.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::role::ProcessRole;

/// Measure Aisle against what one would use instead.
///
/// Each bench starts a PostgreSQL of its own in a temporary folder (fsync=on,
/// synchronous_commit=on), lets Aisle and its peers take turns on it for some rounds, checks the
/// journal that came of it, and prints medians with their spread, the ratios, and the goals beside
/// what was reached. Nothing that was there before is touched. Compare ratios, of one run; absolute
/// figures are the machine's. Progress goes to standard error; Ctrl-C takes everything down.
#[derive(Debug, Args)]
pub struct Bench {
    /// Which.
    #[command(subcommand)]
    pub what: BenchWhat,
}

/// The benches.
#[derive(Debug, Subcommand)]
pub enum BenchWhat {
    /// Every figure that has a goal, in one run: `write`, `read`, then `growth`. Some 25 minutes, and
    /// 15 GB of disk.
    All(BenchRead),
    /// The write path: hold, contended, on SQLite, with one client, append, best-available, ga.
    Write(BenchWrite),
    /// The read side: seat maps, search, replay, live seat maps, memory.
    Read(BenchRead),
    /// How well the search finds what people mean: nDCG@10 of judged queries over the sample.
    Search(BenchSearch),
    /// Hold two seats at a time: Aisle over HTTP against rows updated in place by pgbench.
    Hold(BenchHold),
    /// Append one fact at a time: Aisle's group commit against `execute` of postgres-es.
    Append(BenchAppend),
    /// Take the best one to eight seats that are left, on 20 events and on one.
    BestAvailable(BenchClients),
    /// Take one to eight places of one general-admission area.
    Ga(BenchClients),
    /// Let many holds lapse at once: how fast they are ended, and what it costs buyers meanwhile.
    Expire(BenchExpire),
    /// Hold seats on journals of 100 thousand, 1 million and 10 million facts.
    Growth(BenchGrowth),
}

/// What all benches can be told.
#[derive(Debug, Clone, Args)]
pub struct BenchRounds {
    /// How many times each side has its turn.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// How many seconds a turn takes, where it is not as long as it takes. 10 if absent; 4 in
    /// `all`, `write` and `read`.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub seconds: Option<u64>,
    /// Print JSON, with the figure of every round, instead of tables.
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

/// The whole write path.
#[derive(Debug, Clone, Args)]
pub struct BenchWrite {
    /// Rounds and output.
    #[command(flatten)]
    pub rounds: BenchRounds,
}

/// How well the search finds what people mean.
///
/// Asks the queries of data/relevance/ over the sample catalogue, in the process, and compares the
/// order of the first ten hits with the best there is: nDCG@10, from 0 to 1. No PostgreSQL is
/// started. How fast the search is beside others is measured by `read --only search`.
#[derive(Debug, Clone, Args)]
pub struct BenchSearch {
    /// Rounds and output.
    #[command(flatten)]
    pub rounds: BenchRounds,
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
    /// What runs of Aisle; may be given more than once. The write path alone if absent: the peers
    /// have no read models either.
    #[arg(long, value_enum)]
    pub role: Vec<BenchRole>,
    /// Where Aisle keeps its journal; the peers are on PostgreSQL in any case.
    #[arg(long, value_enum, default_value_t = StoreName::Postgres)]
    pub store: StoreName,
    /// Besides, one event and 1,000 connections, each of which takes the best two seats that are
    /// left, for one buyer after another, until the house is sold out.
    #[arg(long, conflicts_with = "one")]
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

/// A bench with clients.
#[derive(Debug, Clone, Args)]
pub struct BenchClients {
    /// Rounds and output.
    #[command(flatten)]
    pub rounds: BenchRounds,
    /// How many keep-alive connections Aisle's clients use; pgbench has 32.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub clients: u32,
}

/// Let many holds lapse at once.
///
/// The holds, of two seats each, are filled into the journal with the same deadline; meanwhile
/// buyers hold seats of 20 other events, before the deadline and while the holds are ended. The
/// peer ends as many holds by one statement on rows, without buyers. A round takes a minute.
#[derive(Debug, Clone, Args)]
pub struct BenchExpire {
    /// Rounds and output.
    #[command(flatten)]
    pub rounds: BenchRounds,
    /// How many holds lapse. (200,000 is what the peer's tables hold.)
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(100..=200_000))]
    pub holds: u32,
}

/// Hold seats on journals of several sizes.
///
/// Each journal is filled once, with holds that were paid and holds that expired, and the answers
/// to them; then the sizes take turns, each on a server started anew and on 20 fresh events. A fact
/// takes about 1 kB of disk, twice that for journals up to 2 million facts, which every turn takes
/// a copy of; it is checked beforehand that there is room. The three sizes take some 25 minutes
/// and 15 GB.
#[derive(Debug, Clone, Args)]
pub struct BenchGrowth {
    /// Rounds and output.
    #[command(flatten)]
    pub rounds: BenchRounds,
    /// How many facts a journal has; may be given more than once. The ratio is that of the last
    /// to the first. 100,000, 1,000,000 and 10,000,000 if absent.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1_000..=100_000_000))]
    pub facts: Vec<u64>,
    /// How many keep-alive connections Aisle's clients use.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub clients: u32,
}

/// The read side.
#[derive(Debug, Clone, Args)]
pub struct BenchRead {
    /// Rounds and output.
    #[command(flatten)]
    pub rounds: BenchRounds,
    /// Only this part; may be given more than once.
    #[arg(long = "only", value_enum)]
    pub parts: Vec<ReadPart>,
    /// The program nginx (Debian: nginx-light); found by itself where Debian puts it or in the
    /// path. Without it, seat maps are measured without a peer.
    #[arg(long, value_name = "FILE")]
    pub nginx: Option<PathBuf>,
    /// The program nats-server (Debian: nats-server), which `--role query` needs; found by itself
    /// where Debian puts it and some others do.
    #[arg(long, value_name = "FILE")]
    pub nats_server: Option<PathBuf>,
    /// At which process live seat maps are watched; may be given more than once. At the one that
    /// does everything if absent.
    #[arg(long = "role", value_enum)]
    pub live_roles: Vec<LiveRole>,
    /// How many facts are replayed.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..=20_000_000))]
    pub facts: u64,
    /// How many readers have a live seat map open; may be given more than once. 1,000 and 10,000
    /// if absent.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pub readers: Vec<u32>,
}

/// A part of the read benches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReadPart {
    /// Seat maps of 20,000 seats, whole and conditional, against nginx serving the same bytes.
    Maps,
    /// Eight searches over HTTP against PostgreSQL's full text, and against tantivy called directly.
    Search,
    /// Replay into all read models against `COPY TO` and against cqrs-es's QueryReplay.
    Replay,
    /// From the answer to a hold to its arrival at those who watch the seat map.
    Live,
    /// Memory of an event of 60,000 seats.
    Memory,
}

/// What runs of Aisle in a bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum BenchRole {
    /// `aisle command`: the write path alone; read models run elsewhere.
    Command,
    /// `aisle serve`: all in one, with every read model on the same machine and database.
    Serve,
}

impl From<BenchRole> for ProcessRole {
    fn from(role: BenchRole) -> Self {
        match role {
            BenchRole::Command => Self::Command,
            BenchRole::Serve => Self::Serve,
        }
    }
}

/// Where a live seat map is watched in a bench.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LiveRole {
    /// At `aisle serve`, which takes the holds as well.
    Serve,
    /// At `aisle query`, apart from `aisle command`, which takes the holds; `aisle relay` and a
    /// private NATS carry them there, and `aisle project` keeps the tables.
    Query,
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
        if self.what.rounds().json { Format::Json } else { Format::Table }
    }
}

impl BenchWhat {
    /// Rounds and output.
    #[must_use]
    pub fn rounds(&self) -> &BenchRounds {
        match self {
            Self::All(read) | Self::Read(read) => &read.rounds,
            Self::Write(write) => &write.rounds,
            Self::Search(search) => &search.rounds,
            Self::Hold(hold) => &hold.rounds,
            Self::Append(append) => &append.rounds,
            Self::BestAvailable(clients) | Self::Ga(clients) => &clients.rounds,
            Self::Expire(expire) => &expire.rounds,
            Self::Growth(growth) => &growth.rounds,
        }
    }
}
