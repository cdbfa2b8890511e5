//! What is kept beside the facts: plans, snapshots, and answers until they are forgotten.

use aisle_domain::id::Subject;
use aisle_domain::plan::PlanHash;
use jiff::Timestamp;
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::index::Lookup;
use super::names;
use super::writer::Writer;
use super::{Result, failure};
use crate::journal::{Snapshot, SnapshotName, StoredAnswer, packed, snapshots};

/// How many answers are forgotten at once: some tens of milliseconds, in which nobody commits.
const FORGET_AT_ONCE: i64 = 10_000;

pub(super) fn keep_plan(file: &Connection, hash: &PlanHash, canonical_json: &[u8]) -> Result<()> {
    // The hash says it all: whoever kept this plan before kept the same one.
    let keep = "insert into plans (hash, body) values (?, ?) on conflict (hash) do nothing";
    let body = packed::pack(canonical_json)?;
    file.execute(keep, params![packed::key(hash), body]).map(drop).map_err(failure)
}

pub(super) fn plan(file: &Connection, hash: &PlanHash) -> Result<Option<Vec<u8>>> {
    let select = "select body from plans where hash = ?";
    let body = file.query_row(select, [packed::key(hash)], |row| row.get::<_, Vec<u8>>(0));
    let body = body.optional().map_err(failure)?;
    body.map(|body| packed::unpack(hash, &body)).transpose()
}

pub(super) fn snapshot(file: &Connection, name: &SnapshotName) -> Result<Option<Snapshot>> {
    let found = file.query_row(
        snapshots::SELECT,
        params![name.kind, name.id, i64::from(name.schema)],
        |row| Ok((row.get(0)?, row.get(1)?)),
    );
    snapshots::found(found.optional().map_err(failure)?)
}

pub(super) fn keep_snapshot(
    file: &Connection,
    name: &SnapshotName,
    Snapshot { position, body }: &Snapshot,
) -> Result<()> {
    let (schema, position) = (i64::from(name.schema), snapshots::signed(*position));
    let row = params![name.kind, name.id, schema, position, body];
    file.execute(snapshots::KEEP, row).map_err(failure)?;
    let earlier = params![name.kind, name.id, schema];
    file.execute(snapshots::FORGET, earlier).map(drop).map_err(failure)
}

pub(super) fn answer(
    lookup: Lookup<'_>,
    actor: &Subject,
    key: &str,
) -> Result<Option<StoredAnswer>> {
    let actor = actor.as_str();
    lookup.answer(actor, key, names::of_key(actor, key))
}

/// Forgets the answers recorded before a moment; returns how many.
pub(super) fn forget_answers(writer: &Mutex<Writer>, before: Timestamp) -> Result<u64> {
    let mut forgotten = 0;
    loop {
        let deleted = forget_some(&mut writer.lock(), before.as_microsecond())?;
        forgotten += deleted;
        if deleted < FORGET_AT_ONCE as u64 {
            return Ok(forgotten);
        }
    }
}

/// The oldest come first in their table.
fn forget_some(writer: &mut Writer, before: i64) -> Result<u64> {
    let (deleted, rest) = writer.transaction(|Lookup { file, .. }| {
        let deleted = delete_commands(file, before).map_err(failure)?;
        let rest = file.query_row("select min(number) from commands", [], |row| row.get(0));
        Ok((deleted, rest.map_err(failure)?))
    })?;
    // Else the index would get entries of what is no more.
    writer.lags().lock().commands.forget_before(Option::unwrap_or(rest, i64::MAX));
    Ok(deleted)
}

fn delete_commands(file: &Connection, before: i64) -> rusqlite::Result<u64> {
    let mut oldest = file.prepare_cached(
        "select number, actor, key, recorded_at from commands order by number limit ?",
    )?;
    let mut rows = oldest.query([FORGET_AT_ONCE])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        if row.get::<_, i64>(3)? >= before {
            break;
        }
        let name = names::of_key(row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
        entries.push((name, row.get::<_, i64>(0)?));
    }
    drop(rows);
    let Some((_, last)) = entries.last().copied() else { return Ok(0) };
    file.prepare_cached("delete from commands where number <= ?")?.execute([last])?;
    // In the order of the index.
    entries.sort_unstable();
    let mut entry =
        file.prepare_cached("delete from commands_index where name = ? and place = ?")?;
    for (name, number) in &entries {
        entry.execute([name, number])?;
    }
    Ok(entries.len() as u64)
}
