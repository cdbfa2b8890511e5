//! The one connection that writes, and its transactions.
//!
//! sqlx's own `Transaction` does not survive being given up while it begins: a caller that stops
//! waiting for its append, as a timeout does, would leave the connection useless. Here the next
//! one clears away what is left.

use sqlx::sqlite::{SqliteConnection, SqliteQueryResult};

/// The writing connection.
#[derive(Debug)]
pub(super) struct Writer {
    connection: SqliteConnection,
    /// A transaction was begun and has not been seen to end.
    open: bool,
}

impl Writer {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self { connection, open: false }
    }

    /// The connection, outside of any transaction.
    pub(super) async fn idle(&mut self) -> &mut SqliteConnection {
        if self.open {
            self.roll_back().await;
        }
        &mut self.connection
    }

    /// Begins a transaction that may write at once, so that it cannot fail half-way for a lock.
    pub(super) async fn begin(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        self.idle().await;
        self.open = true;
        self.run("BEGIN IMMEDIATE").await?;
        Ok(&mut self.connection)
    }

    /// Ends the transaction: commits what went well, rolls back what did not.
    pub(super) async fn end<T, E>(
        &mut self,
        outcome: Result<T, E>,
        failure: impl FnOnce(sqlx::Error) -> E,
    ) -> Result<T, E> {
        let outcome = match outcome {
            Ok(done) => self.run("COMMIT").await.map(|_| done).map_err(failure),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(_) => self.open = false,
            Err(_) => self.roll_back().await,
        }
        outcome
    }

    /// SQLite may have rolled back by itself, or never begun; then it says so and all is well.
    async fn roll_back(&mut self) {
        if let Err(error) = self.run("ROLLBACK").await {
            tracing::debug!(%error, "nothing to roll back");
        }
        self.open = false;
    }

    async fn run(&mut self, statement: &'static str) -> Result<SqliteQueryResult, sqlx::Error> {
        sqlx::query(statement).execute(&mut self.connection).await
    }
}
