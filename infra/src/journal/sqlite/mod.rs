//! The journal in an SQLite file: what `aisle serve` uses when nothing is installed.
//!
//! One connection writes, a few others read beside it (WAL). It is made for one process at a time;
//! a second one on the same file is safe, and waits.

mod append;
mod read;
mod writer;

use std::path::Path;
use std::time::Duration;

use aisle_domain::id::{EventId, Subject};
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::{Position, StreamId};
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlitePool};
use tokio::sync::{Mutex, watch};
use tokio_util::task::AbortOnDropHandle;

use self::writer::Writer;
use super::head::KnownHead;
use super::{
    Appended, JournalError, JournalStore, RecordedFact, Rejection, Snapshot, SnapshotName,
    StoredAnswer, UnitOfWork, snapshots,
};

static MIGRATIONS: Migrator =
    Migrator { ignore_missing: true, ..sqlx::migrate!("migrations/sqlite") };

/// How long a writer waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Enough to keep the reads of one machine from queueing behind each other.
const READERS: u32 = 4;

/// How often the file is asked for what another process appended.
const POLL: Duration = Duration::from_millis(250);

/// The statements of inserting 1 to [`append::ROWS_AT_ONCE`] facts, and the others.
const STATEMENTS: usize = append::ROWS_AT_ONCE + 20;

/// The journal in an SQLite file.
#[derive(Debug)]
pub struct SqliteJournal {
    writer: Mutex<Writer>,
    readers: SqlitePool,
    head: KnownHead,
    /// Ends with the journal.
    _follower: AbortOnDropHandle<()>,
}

impl SqliteJournal {
    /// Opens the file, creating it if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// If the file cannot be opened or its tables are not what they should be.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        let file = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // sqlx's NORMAL may lose the last commits when the power fails.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .statement_cache_capacity(STATEMENTS);
        let mut writer = file.connect().await.map_err(failure)?;
        MIGRATIONS.run(&mut writer).await.map_err(JournalError::unavailable)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .connect_with(file.create_if_missing(false).read_only(true))
            .await
            .map_err(failure)?;
        let head = KnownHead::new(read::head(&readers).await?);
        let follower = tokio::spawn(follow(readers.clone(), head.clone()));
        let follower = AbortOnDropHandle::new(follower);
        let writer = Mutex::new(Writer::new(writer));
        Ok(Self { writer, readers, head, _follower: follower })
    }

    /// How the writing connection is set, as (`journal_mode`, `synchronous`): an operator's check.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub async fn durability(&self) -> Result<(String, i64), JournalError> {
        let mut writer = self.writer.lock().await;
        let connection = writer.idle().await;
        let mode = sqlx::query_scalar("pragma journal_mode").fetch_one(&mut *connection).await;
        let synchronous =
            sqlx::query_scalar("pragma synchronous").fetch_one(&mut *connection).await;
        Ok((mode.map_err(failure)?, synchronous.map_err(failure)?))
    }
}

async fn follow(readers: SqlitePool, head: KnownHead) {
    loop {
        tokio::time::sleep(POLL).await;
        match read::head(&readers).await {
            Ok(known) => head.raise(known),
            Err(error) => tracing::debug!(%error, "the head is not known"),
        }
    }
}

/// Tells what the tables will never take from every other failure. SQLite's primary result code is
/// the low byte: 18 too big, 19 a violated constraint, 20 the wrong type.
fn failure(error: sqlx::Error) -> JournalError {
    let code = error.as_database_error().and_then(|error| error.code());
    let primary = code.and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff);
    match primary {
        Some(18..=20) => JournalError::refused(error),
        _ => JournalError::unavailable(error),
    }
}

#[async_trait]
impl JournalStore for SqliteJournal {
    async fn append(
        &self,
        units: &[UnitOfWork],
    ) -> Result<Vec<Result<Appended, Rejection>>, JournalError> {
        let outcomes = append::append(&mut *self.writer.lock().await, units).await?;
        self.head.raise_to(&outcomes);
        Ok(outcomes)
    }

    async fn load(&self, streams: &[StreamId]) -> Result<Vec<RecordedFact>, JournalError> {
        read::streams(&self.readers, streams).await
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Vec<RecordedFact>, JournalError> {
        read::after(&self.readers, after, limit).await
    }

    async fn read_event(
        &self,
        event: EventId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedFact>, JournalError> {
        read::event_after(&self.readers, event, after, limit).await
    }

    async fn head(&self) -> Result<Position, JournalError> {
        read::head(&self.readers).await
    }

    async fn answer(
        &self,
        actor: &Subject,
        key: &str,
    ) -> Result<Option<StoredAnswer>, JournalError> {
        read::answer(&self.readers, actor, key).await
    }

    async fn forget_answers(&self, before: Timestamp) -> Result<u64, JournalError> {
        append::forget_answers(&mut *self.writer.lock().await, before).await
    }

    async fn keep_plan(&self, hash: &PlanHash, canonical_json: &[u8]) -> Result<(), JournalError> {
        append::keep_plan(&mut *self.writer.lock().await, hash, canonical_json).await
    }

    async fn plan(&self, hash: &PlanHash) -> Result<Option<Vec<u8>>, JournalError> {
        read::plan(&self.readers, hash).await
    }

    async fn snapshot(&self, name: &SnapshotName) -> Result<Option<Snapshot>, JournalError> {
        snapshots::of_sqlite(&self.readers, name, failure).await
    }

    async fn keep_snapshot(
        &self,
        name: &SnapshotName,
        snapshot: &Snapshot,
    ) -> Result<(), JournalError> {
        let mut writer = self.writer.lock().await;
        snapshots::keep_in_sqlite(writer.idle().await, name, snapshot).await.map_err(failure)
    }

    fn watch_head(&self) -> watch::Receiver<Position> {
        self.head.watch()
    }
}
