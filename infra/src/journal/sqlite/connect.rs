//! Opens the file: its tables, its settings, and what its indexes lack.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use sqlx::ConnectOptions;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};

use super::head::Head;
use super::lag::{Index, Lag, Lags};
use super::writer::run;
use super::{Result, SqliteOptions, failure, index};
use crate::journal::JournalError;

static MIGRATIONS: Migrator =
    Migrator { ignore_missing: true, ..sqlx::migrate!("migrations/sqlite") };

/// How long a writer waits for another process's transaction.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long moving the log waits for those who read it. Nobody commits meanwhile.
const CHECKPOINT_TIMEOUT: Duration = Duration::from_millis(50);

/// The writer's page cache, in KiB as SQLite wants it: the inner pages of the indexes, and those
/// leaves that entries are added to.
const CACHE_KIB: i64 = -65_536;

/// All statements of a connection.
const STATEMENTS: usize = 32;

/// When the indexes lack more rows than this, they are caught up with before anything else. Only
/// a file that another version of Aisle wrote can lack so many.
const MOST_LACKING: i64 = 250_000;

/// A hold has four entries in the index of facts, and one in that of commands. Both are entered
/// about as often, so that neither makes a start long.
const FACTS_PER_COMMAND: usize = 4;

/// How many rows at a time.
const CATCH_UP: i64 = 50_000;

/// Creates the file if there is none, and brings its tables up to date.
pub(super) async fn migrate(path: &Path) -> Result<()> {
    let file = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(BUSY_TIMEOUT);
    let mut file = file.connect().await.map_err(JournalError::unavailable)?;
    MIGRATIONS.run(&mut file).await.map_err(JournalError::unavailable)?;
    sqlx::Connection::close(file).await.map_err(JournalError::unavailable)
}

/// The connection that writes. What it commits is on the disk: the default, NORMAL, may lose the
/// last commits when the power fails.
pub(super) fn writer(path: &Path) -> rusqlite::Result<Connection> {
    let file = connection(path, OpenFlags::SQLITE_OPEN_READ_WRITE, BUSY_TIMEOUT)?;
    file.pragma_update(None, "synchronous", "full")?;
    file.pragma_update(None, "cache_size", CACHE_KIB)?;
    file.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(file)
}

/// A connection that reads.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    connection(path, OpenFlags::SQLITE_OPEN_READ_ONLY, BUSY_TIMEOUT)
}

/// The connection that moves the log.
pub(super) fn checkpointer(path: &Path) -> rusqlite::Result<Connection> {
    let file = connection(path, OpenFlags::SQLITE_OPEN_READ_WRITE, CHECKPOINT_TIMEOUT)?;
    file.pragma_update(None, "synchronous", "full")?;
    Ok(file)
}

fn connection(path: &Path, flags: OpenFlags, timeout: Duration) -> rusqlite::Result<Connection> {
    // A connection is used by one thread at a time.
    let file = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    file.busy_timeout(timeout)?;
    file.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(file)
}

/// What the indexes lack, read from the rows.
pub(super) fn lags(writer: &Connection, options: SqliteOptions) -> Result<Lags> {
    let mut head = Head::read(writer).map_err(failure)?;
    while head.position - head.indexed_facts > MOST_LACKING
        || head.commands - head.indexed_commands > MOST_LACKING
    {
        head = catch_up(writer).map_err(failure)?;
    }
    let mut lags = Lags {
        facts: Lag::behind(head.indexed_facts, options.gathered),
        commands: Lag::behind(head.indexed_commands, options.gathered / FACTS_PER_COMMAND),
    };
    let facts = index::entries_of_facts(writer, head.indexed_facts, head.position);
    lags.facts.learn(head.position, facts.map_err(failure)?);
    let commands = index::entries_of_commands(writer, head.indexed_commands, head.commands);
    lags.commands.learn(head.commands, commands.map_err(failure)?);
    Ok(lags)
}

/// Enters some of what the indexes lack; returns how far they have come.
fn catch_up(writer: &Connection) -> rusqlite::Result<Head> {
    run(writer, "begin immediate")?;
    let mut head = Head::read(writer)?;
    let facts = head.position.min(head.indexed_facts + CATCH_UP);
    let mut entries = index::entries_of_facts(writer, head.indexed_facts, facts)?;
    entries.sort_unstable();
    index::enter(writer, Index::Facts, &entries)?;
    let commands = head.commands.min(head.indexed_commands + CATCH_UP);
    let mut entries = index::entries_of_commands(writer, head.indexed_commands, commands)?;
    entries.sort_unstable();
    index::enter(writer, Index::Commands, &entries)?;
    (head.indexed_facts, head.indexed_commands) = (facts, commands);
    head.write(writer)?;
    run(writer, "commit")?;
    Ok(head)
}
