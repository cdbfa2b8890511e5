//! The indexes of the file, and those who look something up in them and in what they lack.
//!
//! It knows where things are, and compares them with what was looked for; it changes no fact.

use aisle_domain::stream::StreamId;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::head::Head;
use super::lag::{Entry, Index, Lags};
use super::names::{self, Name};
use super::{Result, failure};
use crate::journal::StoredAnswer;

/// Where to look things up: a connection in a transaction, and what the indexes lack.
#[derive(Clone, Copy)]
pub(super) struct Lookup<'a> {
    pub(super) file: &'a Connection,
    pub(super) lags: &'a Mutex<Lags>,
}

impl Index {
    const fn last_before(self) -> &'static str {
        match self {
            Self::Facts => {
                "select place from facts_index where name = ? and place < ? \
                 order by place desc limit 1"
            }
            Self::Commands => {
                "select place from commands_index where name = ? and place < ? \
                 order by place desc limit 1"
            }
        }
    }

    const fn from(self) -> &'static str {
        match self {
            Self::Facts => {
                "select place from facts_index where name = ? and place >= ? order by place limit ?"
            }
            Self::Commands => {
                "select place from commands_index where name = ? and place >= ? \
                 order by place limit ?"
            }
        }
    }

    /// After a crash some entries are entered for a second time.
    const fn enter(self) -> &'static str {
        match self {
            Self::Facts => "insert or ignore into facts_index (name, place) values (?, ?)",
            Self::Commands => "insert or ignore into commands_index (name, place) values (?, ?)",
        }
    }
}

impl Lookup<'_> {
    /// Learns what others have appended.
    pub(super) fn catch_up(&self, head: &Head) -> Result<()> {
        let (facts, commands) = {
            let lags = self.lags.lock();
            (lags.facts.through(), lags.commands.through())
        };
        if facts < head.position {
            let entries = entries_of_facts(self.file, facts, head.position).map_err(failure)?;
            self.lags.lock().facts.learn(head.position, entries);
        }
        if commands < head.commands {
            let entries =
                entries_of_commands(self.file, commands, head.commands).map_err(failure)?;
            self.lags.lock().commands.learn(head.commands, entries);
        }
        Ok(())
    }

    /// The sequence of a stream's last fact; 0 if it has none.
    pub(super) fn sequence(&self, stream: &StreamId, name: Name) -> Result<i64> {
        let mut bound = i64::MAX;
        while let Some(place) = self.last_before(Index::Facts, name, bound)? {
            let mut row = self
                .file
                .prepare_cached(
                    "select sequence from events \
                     where position = ? and aggregate_type = ? and aggregate_id = ?",
                )
                .map_err(failure)?;
            let found = row
                .query_row(params![place, stream.aggregate.as_str(), stream.id], |row| row.get(0));
            if let Some(sequence) = found.optional().map_err(failure)? {
                return Ok(sequence);
            }
            bound = place;
        }
        Ok(0)
    }

    /// The answer given before under a key.
    pub(super) fn answer(
        &self,
        actor: &str,
        key: &str,
        name: Name,
    ) -> Result<Option<StoredAnswer>> {
        let mut bound = i64::MAX;
        while let Some(place) = self.last_before(Index::Commands, name, bound)? {
            let mut row = self
                .file
                .prepare_cached(
                    "select digest, answer, position from commands \
                     where number = ? and actor = ? and key = ?",
                )
                .map_err(failure)?;
            let found = row.query_row(params![place, actor, key], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            });
            if let Some((digest, answer, position)) = found.optional().map_err(failure)? {
                return StoredAnswer::try_from_row(digest, answer, position).map(Some);
            }
            bound = place;
        }
        Ok(None)
    }

    /// The last place with a name before another place. What an index lacks is later than what it
    /// has.
    pub(super) fn last_before(&self, index: Index, name: Name, place: i64) -> Result<Option<i64>> {
        if let Some(place) = self.lags.lock().of(index).last_before(name, place) {
            return Ok(Some(place));
        }
        let mut found = self.file.prepare_cached(index.last_before()).map_err(failure)?;
        found.query_row([name, place], |row| row.get(0)).optional().map_err(failure)
    }

    /// The first places with a name from one on, up to a limit, in order.
    pub(super) fn from(
        &self,
        index: Index,
        name: Name,
        place: i64,
        limit: usize,
    ) -> Result<Vec<i64>> {
        let lacking = self.lags.lock().of(index).from(name, place, limit);
        let mut found = self.file.prepare_cached(index.from()).map_err(failure)?;
        let limited = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = found.query_map([name, place, limited], |row| row.get(0)).map_err(failure)?;
        let mut places = found.collect::<rusqlite::Result<Vec<i64>>>().map_err(failure)?;
        places.extend(lacking);
        // What is on its way into the index is found twice.
        places.sort_unstable();
        places.dedup();
        places.truncate(limit);
        Ok(places)
    }
}

/// Enters what an index lacked.
pub(super) fn enter(file: &Connection, index: Index, entries: &[Entry]) -> rusqlite::Result<()> {
    let mut insert = file.prepare_cached(index.enter())?;
    for (name, place) in entries {
        insert.execute([name, place])?;
    }
    Ok(())
}

/// The entries of the facts after a position, up to another.
pub(super) fn entries_of_facts(
    file: &Connection,
    after: i64,
    through: i64,
) -> rusqlite::Result<Vec<Entry>> {
    let mut select = file.prepare_cached(
        "select position, aggregate_type, aggregate_id, event_id from events \
         where position > ? and position <= ? order by position",
    )?;
    let mut rows = select.query([after, through])?;
    let (mut entries, mut run) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        let position = row.get(0)?;
        let stream = names::of_columns(row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
        entries.push((stream, position));
        let event = row.get_ref(3)?.as_blob_or_null()?.map(names::of_event_bytes);
        if let Some(event) = event.filter(|event| run != Some(*event)) {
            entries.push((event, position));
        }
        run = event;
    }
    Ok(entries)
}

/// The entries of the commands after a number, up to another.
pub(super) fn entries_of_commands(
    file: &Connection,
    after: i64,
    through: i64,
) -> rusqlite::Result<Vec<Entry>> {
    let mut select = file.prepare_cached(
        "select number, actor, key from commands where number > ? and number <= ? order by number",
    )?;
    let mut rows = select.query([after, through])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let name = names::of_key(row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
        entries.push((name, row.get(0)?));
    }
    Ok(entries)
}
