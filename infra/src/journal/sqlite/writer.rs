//! The one connection that writes, and its transactions.
//!
//! It does not know what is written: [`super::append`] does.

use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;

use super::checkpoint::Nudge;
use super::index::Lookup;
use super::lag::Lags;
use super::{Result, failure};

/// The writing connection.
pub(super) struct Writer {
    file: Connection,
    lags: Arc<Mutex<Lags>>,
    nudge: Nudge,
}

impl Writer {
    pub(super) fn new(file: Connection, lags: Arc<Mutex<Lags>>, nudge: Nudge) -> Self {
        Self { file, lags, nudge }
    }

    /// Does something in a transaction that may write at once, so that it cannot fail half-way for
    /// a lock: commits what went well, rolls back what did not.
    pub(super) fn transaction<T>(
        &mut self,
        work: impl FnOnce(Lookup<'_>) -> Result<T>,
    ) -> Result<T> {
        let begun = Begun::new(&self.file)?;
        let done = work(Lookup { file: &self.file, lags: &self.lags })?;
        begun.commit()?;
        Ok(done)
    }

    /// What the indexes lack.
    pub(super) fn lags(&self) -> &Mutex<Lags> {
        &self.lags
    }

    /// So many rows were written and must get from the log to the tables some time.
    pub(super) fn wrote(&mut self, rows: usize) {
        self.nudge.wrote(rows);
    }

    /// The connection, outside of any transaction.
    pub(super) fn file(&self) -> &Connection {
        &self.file
    }
}

/// A transaction that is rolled back unless it is committed.
struct Begun<'a>(Option<&'a Connection>);

impl<'a> Begun<'a> {
    fn new(file: &'a Connection) -> Result<Self> {
        run(file, "begin immediate").map_err(failure)?;
        Ok(Self(Some(file)))
    }

    fn commit(mut self) -> Result<()> {
        if let Some(file) = self.0 {
            run(file, "commit").map_err(failure)?;
        }
        self.0 = None;
        Ok(())
    }
}

impl Drop for Begun<'_> {
    /// SQLite may have rolled back by itself; then it says so and all is well.
    fn drop(&mut self) {
        if let Some(file) = self.0
            && let Err(error) = run(file, "rollback")
        {
            tracing::debug!(%error, "nothing to roll back");
        }
    }
}

pub(super) fn run(file: &Connection, statement: &str) -> rusqlite::Result<()> {
    file.prepare_cached(statement)?.execute([]).map(drop)
}
