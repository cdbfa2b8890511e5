//! Where read models are kept: the same SQL on PostgreSQL and on SQLite.
//!
//! Everything here can be rebuilt from the journal, so a commit does not wait for the disk
//! (`synchronous=NORMAL` on SQLite, `synchronous_commit=off` on PostgreSQL): a failure of the
//! machine may lose the last commits with their checkpoints, and the runner repeats them.
//! Readers use what both engines agree on: `$1` placeholders, `BIGINT` and `TEXT`, no NULL. What
//! runners do all the time, each engine does its own way: `postgres` and `sqlite`.

mod build;
mod checkpoint;
mod digest;
mod postgres;
mod sheet;
mod sqlite;
mod table;

use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{Any, AnyPool, PgPool, Transaction};

pub(crate) use self::build::{Build, Moved};
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

#[derive(Clone, Debug)]
enum Engine {
    /// With connections for those who write.
    Postgres(PgPool),
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
        let options = AnyPoolOptions::new().max_connections(CONNECTIONS);
        let store = if url.starts_with("sqlite:") {
            let pool = sqlite::settled(options).connect(&created_if_missing(url)).await?;
            Self { pool, engine: Engine::Sqlite }
        } else {
            let pool = postgres::settled(options).connect(url).await?;
            Self { pool, engine: Engine::Postgres(postgres::writers(url).await?) }
        };
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

    /// A transaction that sees one state of the database throughout, and reads large tables in
    /// the order of their keys as the index has them: sorting a build would take the disk.
    pub(crate) async fn snapshot(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        self.pool
            .begin_with(match self.engine {
                Engine::Postgres(_) => postgres::SNAPSHOT,
                // In WAL mode a reader keeps the state that its first read saw.
                Engine::Sqlite => "BEGIN",
            })
            .await
    }

    /// A transaction that will write.
    async fn writing(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        self.pool
            .begin_with(match self.engine {
                Engine::Postgres(_) => "BEGIN",
                // A lock that is taken later than the first read is refused if somebody else
                // wrote meanwhile, without waiting.
                Engine::Sqlite => "BEGIN IMMEDIATE",
            })
            .await
    }

    async fn run(&self, statements: &[impl AsRef<str>]) -> Result<(), sqlx::Error> {
        let mut tx = self.writing().await?;
        if matches!(self.engine, Engine::Postgres(_)) {
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
