//! The command line: what `aisle` can be told.

pub mod account_settings;
mod bench;
mod config;
mod file;
mod node;
pub mod oidc_settings;
mod resolve;
mod role;
pub mod settings;

use std::path::PathBuf;

use aisle_domain::actor::Role;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use self::bench::{
    Bench, BenchAppend, BenchClients, BenchExpire, BenchGrowth, BenchHold, BenchRead, BenchRole,
    BenchRounds, BenchSearch, BenchWhat, BenchWrite, Format, LiveRole, ReadPart, StoreName,
};
pub use self::config::{AllSettings, Checked, ConfigCommand, template};
pub use self::node::{
    Choice, CommandNode, MailFrom, Node, ProjectNode, QueryNode, RelayNode, Serve, Stores, TokenKey,
};
pub use self::oidc_settings::{OidcClient, OidcSettings};
pub use self::resolve::Effective;
pub use self::role::ProcessRole;

/// Aisle: event-sourced ticket booking.
///
/// Without a command, `aisle` serves the whole site on an embedded store in ./aisle-data, with a
/// sample catalogue, at http://127.0.0.1:8080.
///
/// A larger installation runs `aisle command`, `aisle query`, `aisle project` and `aisle relay` as
/// processes of their own over one PostgreSQL and one NATS: see docs/OPERATIONS.md.
///
/// Every setting can be given by its flag, by its variable of the environment, or in a TOML file
/// named by --config; they count in this order.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
#[command(arg(settings::file_arg()))]
pub struct Cli {
    /// What to do; `serve` if absent.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What `aisle` does.
// Of a variant and its struct, help shows what stands at the variant.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the whole site in one process.
    ///
    /// On SQLite in the data folder, or on PostgreSQL with --database-url. With --nats-url it
    /// publishes the journal to NATS as well.
    Serve(Serve),
    /// Take commands: what changes things.
    ///
    /// It also sees to what must happen although nobody asks: deadlines of holds, payments,
    /// refunds. It shows nothing. Any number of these may run over one PostgreSQL, with the same
    /// two keys.
    Command(CommandNode),
    /// Show the site and answer queries.
    ///
    /// Seat maps are kept in memory and the search index in the data folder; both may be lost at
    /// any time. Other read models are those that `aisle project` keeps in PostgreSQL. It is ready
    /// (/readyz) once it has caught up with the journal. Any number of these may run.
    Query(QueryNode),
    /// Keep the read models in PostgreSQL up to date, for all who query.
    ///
    /// Run two: one works, the other stands by.
    Project(ProjectNode),
    /// Publish the journal to NATS JetStream, each fact once and in order.
    ///
    /// Run two: one works, the other stands by.
    Relay(RelayNode),
    /// Print a bearer token, signed with the local key.
    Token(Token),
    /// Turn a catalogue of fixtures into events on sale.
    ///
    /// May be broken off and repeated: it goes on where it stopped, and never makes an event
    /// twice. A server that is running shows the events as they come.
    Import(Import),
    /// Build a read model anew from the journal, compare it with the one in use, and swap.
    ///
    /// It is built beside the one in use, from the first fact of the journal, and compared with it
    /// at the same position; then it takes its place. A running server need not be stopped. Exit
    /// status 3 says that they were not equal.
    Rebuild(Rebuild),
    /// Print a file of settings to begin with; with --check, what holds and who said so.
    Config(ConfigCommand),
    /// Print an OpenAPI document.
    Openapi(Openapi),
    /// Measure Aisle against what one would use instead, turn by turn, on this machine.
    ///
    /// Each bench starts the servers that it needs in a temporary folder and takes them down
    /// again. Compare ratios, of one run; absolute figures are the machine's.
    Bench(Bench),
}

/// Print a bearer token.
#[derive(Debug, Args)]
pub struct Token {
    /// What it is signed with.
    #[command(flatten)]
    pub key: TokenKey,
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

/// What `aisle import` is told.
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

/// What `aisle rebuild` is told.
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
