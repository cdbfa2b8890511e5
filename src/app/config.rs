//! How the application is to be run, and why it may not start.

use std::net::SocketAddr;
use std::sync::Arc;

use aisle_infra::clock::{Clock, Ids, RandomIds, SystemClock};
use aisle_infra::journal::JournalError;
use aisle_infra::payment::test::TestProviderConfig;
use aisle_infra::relay::NatsError;

use crate::cli::{self, Node};
use crate::import::ImportError;
use crate::stores::OpenError;

/// How the application is to be run.
#[derive(Clone)]
pub struct Config {
    /// What it was told: its role, its stores, its address.
    pub node: Node,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn Ids>,
    /// How the test provider behaves.
    pub provider: TestProviderConfig,
}

impl From<Node> for Config {
    fn from(node: Node) -> Self {
        Self {
            node,
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
            provider: TestProviderConfig::default(),
        }
    }
}

impl From<cli::Serve> for Config {
    fn from(cli::Serve(node): cli::Serve) -> Self {
        node.into()
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
    /// NATS cannot be used.
    #[error(transparent)]
    Nats(#[from] NatsError),
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
    /// Nobody can sign in by the provider that is named.
    #[error(transparent)]
    Oidc(#[from] aisle_command_api::oidc::InvalidUrl),
    /// Commands cannot be handed on.
    #[error("commands cannot be handed on")]
    Forward(#[source] reqwest::Error),
}

impl StartError {
    /// A read model cannot be opened.
    pub(super) fn read_model(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::ReadModel(error.into())
    }
}
