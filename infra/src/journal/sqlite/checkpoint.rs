//! Moves what was committed from the log (WAL) into the tables, apart from those who commit.
//!
//! SQLite would do so within a commit, every thousand pages, and everybody would wait. Here a
//! thread does nearly all of it while others write, and then the little that came meanwhile while
//! they wait, so that the log begins anew: it would grow for ever otherwise. Nothing depends on
//! when this happens.

use std::path::Path;
use std::sync::Weak;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use parking_lot::Mutex;
use rusqlite::Connection;

use super::writer::Writer;
use super::{Result, connect, failure};
use crate::journal::JournalError;

/// After how many rows: some 4,000 holds, and a log of some 40 MB.
const ROWS: usize = 16_384;

/// Tells the thread when there is enough to move. The thread ends with it.
pub(super) struct Nudge {
    thread: SyncSender<()>,
    rows: usize,
}

impl Nudge {
    /// So many rows were written.
    pub(super) fn wrote(&mut self, rows: usize) {
        self.rows += rows;
        if self.rows >= ROWS {
            self.rows = 0;
            // If the thread is still busy, the next nudge will do.
            let _ = self.thread.try_send(());
        }
    }
}

/// What the thread is made of, once there is a writer.
pub(super) struct Checkpoints {
    file: Connection,
    nudged: Receiver<()>,
}

impl Checkpoints {
    pub(super) fn new(path: &Path) -> Result<(Nudge, Self)> {
        let (thread, nudged) = sync_channel(1);
        let file = connect::checkpointer(path).map_err(failure)?;
        Ok((Nudge { thread, rows: 0 }, Self { file, nudged }))
    }

    pub(super) fn start(self, writer: Weak<Mutex<Writer>>) -> Result<()> {
        let thread = thread::Builder::new().name("checkpoints".to_owned());
        thread.spawn(move || self.run(&writer)).map(drop).map_err(JournalError::unavailable)
    }

    fn run(self, writer: &Weak<Mutex<Writer>>) {
        while self.nudged.recv().is_ok() {
            self.move_pages("pragma wal_checkpoint(passive)");
            if let Some(writer) = writer.upgrade() {
                let _nobody_writes = writer.lock();
                self.move_pages("pragma wal_checkpoint(restart)");
            }
        }
    }

    /// What could not be moved, because somebody reads it, is moved the next time.
    fn move_pages(&self, how: &str) {
        let moved = self.file.query_row(how, [], |row| {
            let figures: [i64; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
            Ok(figures)
        });
        match moved {
            Ok([busy, log, moved]) => tracing::debug!(busy, log, moved, "moved pages of the log"),
            Err(error) => tracing::warn!(%error, "the journal's log cannot be moved to its tables"),
        }
    }
}
