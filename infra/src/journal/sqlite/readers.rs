//! The connections that read beside the writer: WAL gives each its own snapshot.
//!
//! There are as many as read at once; a few are kept for the next ones.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;

use super::head::Head;
use super::index::Lookup;
use super::lag::Lags;
use super::writer::run;
use super::{Result, connect, failure};

/// How many connections are kept. Reads are short; more at once are rare.
const KEPT: usize = 4;

/// The reading connections.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    lags: Arc<Mutex<Lags>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf, lags: Arc<Mutex<Lags>>) -> Self {
        Self { path, idle: Mutex::default(), lags }
    }

    /// Reads something with one statement.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = self.idle.lock().pop();
        let file = match idle {
            Some(file) => file,
            None => connect::reader(&self.path).map_err(failure)?,
        };
        let found = read(&file)?;
        let mut idle = self.idle.lock();
        if idle.len() < KEPT {
            idle.push(file);
        }
        Ok(found)
    }

    /// Looks something up, as the journal is at one moment.
    pub(super) fn look_up<T>(&self, look_up: impl Fn(Lookup<'_>) -> Result<T>) -> Result<T> {
        self.read(|file| {
            loop {
                let before = self.lags.lock().handed_over();
                run(file, "begin").map_err(failure)?;
                let found = Head::read(file).map_err(failure).and_then(|head| {
                    let lookup = Lookup { file, lags: &self.lags };
                    lookup.catch_up(&head)?;
                    look_up(lookup)
                });
                run(file, "commit").map_err(failure)?;
                // Else entries may have gone to the index after this moment.
                if self.lags.lock().handed_over() == before {
                    return found;
                }
            }
        })
    }
}
