//! What the journal reads of its facts.

use aisle_domain::id::EventId;
use aisle_domain::stream::{Position, StreamId};
use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use super::index::Lookup;
use super::lag::Index;
use super::names;
use super::{Result, failure};
use crate::journal::RecordedFact;
use crate::journal::rows::{self, Micros, Row, columns, signed, unsigned};

/// How many places are looked up in an index at a time.
const PLACES: usize = 10_000;

const AFTER: &str =
    concat!("select ", columns!(), " from events where position > ? order by position limit ?");

const FROM: &str =
    concat!("select ", columns!(), " from events where position >= ? order by position");

const OF_STREAM: &str = concat!(
    "select ",
    columns!(),
    " from events where position = ? and aggregate_type = ? and aggregate_id = ?"
);

pub(super) fn streams(lookup: Lookup<'_>, streams: &[StreamId]) -> Result<Vec<RecordedFact>> {
    let mut found = Vec::new();
    for stream in streams {
        let name = names::of_stream(stream);
        let mut next = 0;
        loop {
            let places = lookup.from(Index::Facts, name, next, PLACES)?;
            found.extend(of_stream(lookup.file, stream, &places).map_err(failure)?);
            match places.last() {
                Some(last) if places.len() == PLACES => next = last + 1,
                _ => break,
            }
        }
    }
    rows::facts(found)
}

/// Those of these facts that belong to a stream.
fn of_stream(file: &Connection, stream: &StreamId, places: &[i64]) -> rusqlite::Result<Vec<Row>> {
    let mut select = file.prepare_cached(OF_STREAM)?;
    let aggregate = stream.aggregate.as_str();
    let found = places.iter().filter_map(|place| {
        select.query_row(params![place, aggregate, stream.id], row).optional().transpose()
    });
    found.collect()
}

pub(super) fn after(file: &Connection, after: Position, limit: usize) -> Result<Vec<RecordedFact>> {
    let read = || {
        let mut select = file.prepare_cached(AFTER)?;
        let found = select.query_map([signed(after), signed(limit as u64)], row)?;
        found.collect::<rusqlite::Result<Vec<_>>>()
    };
    rows::facts_after(after, read().map_err(failure)?)
}

/// The index has the position where each run of the event's facts begins.
pub(super) fn event_after(
    lookup: Lookup<'_>,
    event: EventId,
    after: Position,
    limit: usize,
) -> Result<Vec<RecordedFact>> {
    let name = names::of_event(event);
    let mut next = signed(after.saturating_add(1));
    // The run that begins before may go on after.
    let first = lookup.last_before(Index::Facts, name, next)?.unwrap_or(next);
    let mut starts = Starts { lookup, name, next: first, page: Vec::new().into_iter() };
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(start) = starts.next()?
    {
        // What was read of a run before may have gone on beyond this start.
        if start < next && !found.is_empty() {
            continue;
        }
        let rest = limit - found.len();
        found.extend(run(lookup.file, event, start.max(next), rest).map_err(failure)?);
        next = found.last().map_or(next, |row: &Row| row.position + 1);
    }
    rows::facts(found)
}

/// Where runs of an event's facts begin, page by page.
struct Starts<'a> {
    lookup: Lookup<'a>,
    name: names::Name,
    next: i64,
    page: std::vec::IntoIter<i64>,
}

impl Starts<'_> {
    fn next(&mut self) -> Result<Option<i64>> {
        if self.page.len() == 0 {
            self.page = self.lookup.from(Index::Facts, self.name, self.next, PLACES)?.into_iter();
        }
        let start = self.page.next();
        self.next = start.map_or(self.next, |start| start + 1);
        Ok(start)
    }
}

/// The facts of an event from a position on, until another event's come.
fn run(file: &Connection, event: EventId, from: i64, limit: usize) -> rusqlite::Result<Vec<Row>> {
    let mut select = file.prepare_cached(FROM)?;
    let mut rows = select.query([from])?;
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(next) = rows.next()?
        && next.get_ref(1)?.as_blob_or_null()? == Some(event.0.as_bytes())
    {
        found.push(row(next)?);
    }
    Ok(found)
}

pub(super) fn head(file: &Connection) -> Result<Position> {
    let select = "select position from journal_head";
    let mut select = file.prepare_cached(select).map_err(failure)?;
    unsigned(select.query_row([], |row| row.get(0)).map_err(failure)?)
}

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let event = row.get_ref(1)?.as_blob_or_null()?;
    Ok(Row {
        position: row.get(0)?,
        event_id: event.map(Uuid::from_slice).transpose().map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Blob, error.into())
        })?,
        aggregate_type: row.get(2)?,
        aggregate_id: row.get(3)?,
        sequence: row.get(4)?,
        event_type: row.get(5)?,
        event_version: row.get(6)?,
        payload: row.get(7)?,
        metadata: row.get(8)?,
        recorded_at: Micros(row.get(9)?),
    })
}
