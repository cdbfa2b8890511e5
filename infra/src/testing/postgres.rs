//! A database per test, on the server that `tests/run` starts.

use std::thread;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};

/// Where the server is: the URL of a superuser.
pub const SERVER: &str = "AISLE_TEST_POSTGRES";

/// An empty database of one test, dropped with it.
#[derive(Debug)]
pub struct TestDatabase {
    server: PgConnectOptions,
    name: String,
    /// Whether it is still to be dropped.
    exists: bool,
}

impl TestDatabase {
    /// Creates a database of a fresh name.
    ///
    /// # Panics
    /// If there is no server: a test that needs one must not pass without.
    pub async fn create() -> Self {
        let server = server();
        let name = format!("aisle_test_{:016x}", getrandom::u64().expect("random numbers"));
        let mut admin = server.connect().await.expect("the server of AISLE_TEST_POSTGRES");
        let create = format!("create database {name}");
        admin.execute(create.as_str()).await.expect("a fresh database");
        admin.close().await.expect("leave the server");
        Self { server, name, exists: true }
    }

    /// Where it is, for whoever connects by URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.clone().database(&self.name).to_url_lossy().to_string()
    }

    /// A connection of the test's own.
    ///
    /// # Panics
    /// If the server does not answer.
    pub async fn connect(&self) -> PgConnection {
        let database = self.server.clone().database(&self.name);
        database.connect().await.expect("a connection to the test's database")
    }

    /// Drops it, whoever is still connected. Dropping the value does so too, on a thread.
    pub async fn close(mut self) {
        self.exists = false;
        drop_database(&self.server, &self.name).await;
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if !self.exists {
            return;
        }
        let (server, name) = (self.server.clone(), self.name.clone());
        // A runtime cannot be entered from within another one, so this needs its own thread.
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(drop_database(&server, &name));
        });
        if dropping.join().is_err() && !thread::panicking() {
            panic!("the test's database {} is still there", self.name);
        }
    }
}

async fn drop_database(server: &PgConnectOptions, name: &str) {
    let mut admin = server.connect().await.expect("the server of AISLE_TEST_POSTGRES");
    let drop = format!("drop database if exists {name} with (force)");
    admin.execute(drop.as_str()).await.expect("the test's database dropped");
}

#[expect(clippy::disallowed_methods, reason = "the harness is told where the server is")]
fn server() -> PgConnectOptions {
    let url = std::env::var(SERVER).unwrap_or_else(|_| {
        panic!("{SERVER} is not set: run the tests by `tests/run`, which starts a server")
    });
    url.parse().unwrap_or_else(|error| panic!("{SERVER} is no PostgreSQL URL: {error}"))
}
