//! What a relay can be told.

use std::time::Duration;

use super::Cell;
use crate::secret::Secret;

/// How a relay works.
#[derive(Debug, Clone)]
pub struct RelayConfig {
    /// The cell whose journal it publishes.
    pub cell: Cell,
    /// The URL of the journal's PostgreSQL database, where relays elect the active one.
    pub database: Secret<String>,
    /// The stream that it publishes to.
    pub stream: StreamSettings,
    /// How many messages may wait for their acknowledgement at once.
    pub in_flight: usize,
}

impl RelayConfig {
    /// The usual settings.
    #[must_use]
    pub fn new(cell: Cell, database: Secret<String>) -> Self {
        Self { cell, database, stream: StreamSettings::default(), in_flight: 1000 }
    }
}

/// The JetStream stream of a cell. A relay makes it if it is missing, and brings an existing one in
/// line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSettings {
    /// On how many servers each message is kept: 1, or 3 in production, on a cluster.
    pub replicas: usize,
    /// After what time messages are dropped; none: never.
    pub max_age: Option<Duration>,
    /// Above what size the oldest messages are dropped, in bytes; none: never.
    pub max_bytes: Option<u64>,
    /// For how long the server recognises a message that was sent before.
    pub duplicate_window: Duration,
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self {
            replicas: 1,
            max_age: None,
            max_bytes: None,
            duplicate_window: Duration::from_secs(120),
        }
    }
}
