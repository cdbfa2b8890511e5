//! The row of `journal_head`: how far the journal and its indexes have come.

use rusqlite::{Connection, params};

use super::lag::Index;

/// How far the journal and its indexes have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// The position of the last fact.
    pub(super) position: i64,
    /// The number of the last answered command.
    pub(super) commands: i64,
    /// Up to which position the index of facts has everything.
    pub(super) indexed_facts: i64,
    /// Up to which number the index of commands has everything.
    pub(super) indexed_commands: i64,
    /// The time, in microseconds since the Unix epoch; never before that of the last fact.
    pub(super) now: i64,
}

/// SQLite's clock has milliseconds.
const READ: &str = "select position, commands, indexed_facts, indexed_commands, \
     max(recorded_at, cast(unixepoch('subsec') * 1000 as integer) * 1000) from journal_head";

const WRITE: &str = "update journal_head set position = ?, commands = ?, indexed_facts = ?, \
     indexed_commands = ?, recorded_at = ?";

impl Head {
    /// An index has come to a place, or further if another process entered more.
    pub(super) fn is_indexed(&mut self, index: Index, through: Option<i64>) {
        let indexed = match index {
            Index::Facts => &mut self.indexed_facts,
            Index::Commands => &mut self.indexed_commands,
        };
        *indexed = through.map_or(*indexed, |through| through.max(*indexed));
    }

    pub(super) fn read(file: &Connection) -> rusqlite::Result<Self> {
        file.prepare_cached(READ)?.query_row([], |row| {
            Ok(Self {
                position: row.get(0)?,
                commands: row.get(1)?,
                indexed_facts: row.get(2)?,
                indexed_commands: row.get(3)?,
                now: row.get(4)?,
            })
        })
    }

    pub(super) fn write(&self, file: &Connection) -> rusqlite::Result<()> {
        let Self { position, commands, indexed_facts, indexed_commands, now } = self;
        let row = params![position, commands, indexed_facts, indexed_commands, now];
        file.prepare_cached(WRITE)?.execute(row).map(drop)
    }
}
