//! A cluster of real processes: one PostgreSQL database, one NATS, and processes of each role.

use std::path::PathBuf;

use aisle_infra::testing::nats_server::NatsServer;
use aisle_infra::testing::postgres::TestDatabase;
use sqlx::PgConnection;

use crate::support::{Client, Node, Nodes};

/// What the processes of a cluster share.
pub(super) struct Cluster {
    nodes: Nodes,
    database: TestDatabase,
    pub(super) nats: NatsServer,
}

impl Cluster {
    pub(super) async fn create() -> Self {
        let (database, nats) = (TestDatabase::create().await, NatsServer::start().await);
        Self { nodes: Nodes::over(database.url(), nats.url()), database, nats }
    }

    /// Starts a process in a folder of its own, which is made if it is missing; returns once it
    /// listens.
    pub(super) fn start(&self, role: &str, name: &str, arguments: &[&str]) -> Node {
        self.nodes.start(role, name, arguments)
    }

    pub(super) fn folder_of(&self, name: &str) -> PathBuf {
        self.nodes.folder_of(name)
    }

    pub(super) fn client(&self, node: &Node, subject: &str, role: &str) -> Client {
        self.nodes.client(node, subject, role)
    }

    /// A connection to what they share.
    pub(super) async fn database(&self) -> PgConnection {
        self.database.connect().await
    }

    pub(super) async fn close(self) {
        self.database.close().await;
    }
}
