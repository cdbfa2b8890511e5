//! How the application is to be run, and why it may not start.

use std::net::SocketAddr;
use std::sync::Arc;

use aisle_infra::clock::{Clock, Ids, RandomIds, SystemClock};
use aisle_infra::journal::JournalError;
use aisle_infra::payment::test::TestProviderConfig;

use crate::cli::{self, Choice, Stores};
use crate::import::ImportError;
use crate::stores::OpenError;

/// What a process does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProcessRole {
    /// Everything.
    Serve,
    /// Takes commands, and sees to what must happen although nobody asks.
    Command,
}

/// How the application is to be run.
#[derive(Clone)]
pub struct Config {
    /// What it does.
    pub role: ProcessRole,
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
        Self::of(ProcessRole::Serve, command)
    }
}

impl From<cli::CommandNode> for Config {
    fn from(command: cli::CommandNode) -> Self {
        let cli::CommandNode { stores, listen, sample, guests } = command;
        Self::of(ProcessRole::Command, cli::Serve { stores, listen, sample, guests })
    }
}

impl Config {
    fn of(role: ProcessRole, command: cli::Serve) -> Self {
        Self {
            role,
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
