//! The command line: what `aisle` can be told.

mod bench;

use std::net::SocketAddr;
use std::path::PathBuf;

use aisle_domain::actor::Role;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::bench::{
    Bench, BenchAppend, BenchClients, BenchExpire, BenchGrowth, BenchHold, BenchRead, BenchRole,
    BenchRounds, BenchWhat, BenchWrite, Format, ReadPart, StoreName,
};

/// Aisle: event-sourced ticket booking.
///
/// Without a command, `aisle` serves the whole site on an embedded store in ./aisle-data, with a
/// sample catalogue, at http://127.0.0.1:8080.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
pub struct Cli {
    /// What to do; `serve` if absent.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What `aisle` does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the whole site in one process.
    Serve(Serve),
    /// Take commands only: one of several processes over one PostgreSQL.
    Command(CommandNode),
    /// Print a bearer token, signed with the local key.
    Token(Token),
    /// Turn a catalogue of fixtures into events on sale.
    Import(Import),
    /// Build a read model anew from the journal, compare it with the one in use, and swap.
    Rebuild(Rebuild),
    /// Print an OpenAPI document.
    Openapi(Openapi),
    /// Measure Aisle against what one would use instead, turn by turn, on this machine.
    Bench(Bench),
}

/// Where Aisle keeps what it knows.
#[derive(Debug, Clone, Args)]
pub struct Stores {
    /// The folder for keys, the search index and, without --database-url, the journal and the
    /// read models (SQLite). Created if it is missing.
    #[arg(long, env = "AISLE_DATA", default_value = "aisle-data", value_name = "DIR")]
    pub data: PathBuf,
    /// Keep the journal and the read models in this PostgreSQL (15 or later) instead:
    /// postgres://user:password@host/database. The password may be given by this variable only.
    #[arg(long, env = "AISLE_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

/// Serve the whole site in one process.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Where it keeps what it knows.
    #[command(flatten)]
    pub stores: Stores,
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, env = "AISLE_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Whether a journal that is empty gets the sample catalogue.
    #[arg(long, env = "AISLE_SAMPLE", value_enum, default_value_t = Choice::Yes)]
    pub sample: Choice,
    /// Whether visitors without a token may buy as guests.
    #[arg(long, env = "AISLE_GUESTS", value_enum, default_value_t = Choice::Yes)]
    pub guests: Choice,
}

/// Take commands only.
///
/// It answers what changes things, sees to deadlines and payments, and shows nothing. Any number of
/// these may run over one PostgreSQL.
#[derive(Debug, Clone, Args)]
pub struct CommandNode {
    /// Where it keeps what it knows.
    #[command(flatten)]
    pub stores: Stores,
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, env = "AISLE_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Whether a journal that is empty gets the sample catalogue.
    #[arg(long, env = "AISLE_SAMPLE", value_enum, default_value_t = Choice::No)]
    pub sample: Choice,
    /// Whether visitors without a token may buy as guests.
    #[arg(long, env = "AISLE_GUESTS", value_enum, default_value_t = Choice::Yes)]
    pub guests: Choice,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// Print a bearer token.
#[derive(Debug, Args)]
pub struct Token {
    /// The folder with the key; the key is created if it is missing.
    #[arg(long, env = "AISLE_DATA", default_value = "aisle-data", value_name = "DIR")]
    pub data: PathBuf,
    /// Who it speaks for: any name without control characters.
    #[arg(long)]
    pub subject: String,
    /// What it allows; may be given more than once.
    #[arg(long = "role", value_enum, required = true)]
    pub roles: Vec<RoleName>,
    /// For how many hours it is valid.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(i64).range(1..=87_600))]
    pub hours: i64,
}

/// A role of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleName {
    /// Books seats.
    Customer,
    /// Creates events and runs their sale.
    Organiser,
    /// Reads history.
    Analyst,
    /// May do everything.
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Customer => Self::Customer,
            RoleName::Organiser => Self::Organiser,
            RoleName::Analyst => Self::Analyst,
            RoleName::Admin => Self::Admin,
        }
    }
}

/// Turn a catalogue of fixtures into events on sale.
///
/// May be broken off and repeated: it goes on where it stopped, and never makes an event twice. A
/// server that is running shows the events as they come.
#[derive(Debug, Args)]
pub struct Import {
    /// The catalogue: a JSON object a line, as in data/README.md. `.zst` is unpacked.
    pub file: PathBuf,
    /// Where Aisle keeps what it knows.
    #[command(flatten)]
    pub stores: Stores,
    /// Cut all houses from this seating plan (pretix's open format).
    #[arg(long, value_name = "FILE", conflicts_with = "plans")]
    pub plan: Option<PathBuf>,
    /// Cut each house from the smallest plan of this folder that is large enough.
    #[arg(long, value_name = "DIR")]
    pub plans: Option<PathBuf>,
    /// Move all dates by whole weeks, so that the first fixture takes place in that many days.
    #[arg(long, value_name = "DAYS")]
    pub days_from_now: Option<u32>,
    /// Who the events belong to.
    #[arg(long, default_value = "organiser")]
    pub organiser: String,
}

/// Build a read model anew.
///
/// It is built beside the one in use, from the first fact of the journal, and compared with it at
/// the same position; then it takes its place. A running server need not be stopped.
#[derive(Debug, Args)]
pub struct Rebuild {
    /// Which: event_pages, bookings, sales, seat_map, search, or all.
    pub projection: String,
    /// Where Aisle keeps what it knows.
    #[command(flatten)]
    pub stores: Stores,
    /// Only compare: drop what was built.
    #[arg(long)]
    pub compare_only: bool,
}

/// Print an OpenAPI document.
#[derive(Debug, Args)]
pub struct Openapi {
    /// Which side.
    #[arg(value_enum)]
    pub side: Side,
}

/// A side of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Side {
    /// What changes things.
    Commands,
    /// What reads.
    Queries,
}
