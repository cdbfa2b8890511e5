//! Where read models are kept: the same SQL on PostgreSQL and on SQLite.
//!
//! Everything here can be rebuilt from the journal, so on SQLite it is written with
//! `synchronous=NORMAL`: a power failure may lose the last commits, and the runner repeats them.
//! Of SQL it uses what both engines agree on: `$1` placeholders, `BIGINT` and `TEXT`, no NULL.

mod build;
mod checkpoint;
mod digest;
mod sheet;
mod table;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, Transaction};

pub(crate) use self::build::Build;
pub(crate) use self::checkpoint::{ACTIVE_BUILD, Line};
pub(crate) use self::sheet::{Record, Sheet, fields};
pub(crate) use self::table::{Column, Kind, Table, Value, Write};
use crate::projection::ProjectionError;

/// How many connections at most: one for each projection that commits, and some for readers.
const CONNECTIONS: u32 = 12;

/// An arbitrary number, the same in every process, so that they create tables one after another.
const CREATION_LOCK: i64 = 0x61_69_73_6c_65;

/// A database of read models.
#[derive(Clone, Debug)]
pub struct Store {
    pool: AnyPool,
    engine: Engine,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Postgres,
    Sqlite,
}

impl Store {
    /// Connects to `postgres://…` or opens the file of `sqlite:…`, which is made if need be. A
    /// SQLite in memory will not do: each connection would have one of its own.
    ///
    /// # Errors
    /// If the database cannot be reached or its tables cannot be created.
    pub async fn open(url: &str) -> Result<Self, sqlx::Error> {
        install_default_drivers();
        let sqlite = url.starts_with("sqlite:");
        let engine = if sqlite { Engine::Sqlite } else { Engine::Postgres };
        let mut options = AnyPoolOptions::new().max_connections(CONNECTIONS);
        if sqlite {
            options = options.after_connect(|connection, _| {
                Box::pin(async move {
                    connection.execute("PRAGMA journal_mode = WAL").await?;
                    connection.execute("PRAGMA synchronous = NORMAL").await?;
                    Ok(())
                })
            });
            options = options.after_release(|connection, _| Box::pin(is_usable(connection)));
        }
        let store = Self { pool: options.connect(&created_if_missing(url)).await?, engine };
        store.run(&[checkpoint::CREATE, checkpoint::ONE_ACTIVE]).await?;
        Ok(store)
    }

    /// Creates what is missing of these tables.
    pub(crate) async fn create(&self, tables: &[&'static Table]) -> Result<(), sqlx::Error> {
        let statements: Vec<String> = tables.iter().flat_map(|table| table.create()).collect();
        self.run(&statements).await
    }

    pub(crate) fn pool(&self) -> &AnyPool {
        &self.pool
    }

    /// A transaction that sees one state of the database throughout.
    pub(crate) async fn snapshot(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        self.pool
            .begin_with(match self.engine {
                Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                // In WAL mode a reader keeps the state that its first read saw.
                Engine::Sqlite => "BEGIN",
            })
            .await
    }

    /// A transaction that will write.
    async fn writing(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        self.pool
            .begin_with(match self.engine {
                Engine::Postgres => "BEGIN",
                // A lock that is taken later than the first read is refused if somebody else
                // wrote meanwhile, without waiting.
                Engine::Sqlite => "BEGIN IMMEDIATE",
            })
            .await
    }

    async fn run(&self, statements: &[impl AsRef<str>]) -> Result<(), sqlx::Error> {
        let mut tx = self.writing().await?;
        if self.engine == Engine::Postgres {
            // `IF NOT EXISTS` alone does not keep two processes from creating a table at once.
            sqlx::query("SELECT pg_advisory_xact_lock($1)")
                .bind(CREATION_LOCK)
                .execute(&mut *tx)
                .await?;
        }
        for statement in statements {
            sqlx::query(statement.as_ref()).execute(&mut *tx).await?;
        }
        tx.commit().await
    }
}

/// A full disk makes SQLite roll back by itself. sqlx then believes the transaction open for ever,
/// and no other can be begun on that connection. The ping comes after what is still to be done.
async fn is_usable(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

impl From<sqlx::Error> for ProjectionError {
    fn from(error: sqlx::Error) -> Self {
        Self::store(error)
    }
}

fn created_if_missing(url: &str) -> String {
    match url {
        url if !url.starts_with("sqlite:") || url.contains("mode=") => url.to_owned(),
        url if url.contains('?') => format!("{url}&mode=rwc"),
        url => format!("{url}?mode=rwc"),
    }
}
