//! Rows of the table `events` and what they say, for the stores that keep them.
//!
//! What cannot be read is an error that names the row, never skipped.

use aisle_domain::id::EventId;
use aisle_domain::stream::{Position, StreamId};
use jiff::Timestamp;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgRow, PgTypeInfo, PgValueRef};
use sqlx::{Decode, FromRow, Postgres, Row as _, Type};
use uuid::Uuid;

use super::{JournalError, Meaning, RecordedFact};

/// The columns of [`Row`], or of a [`RowToFold`], in its order: they are read by their place.
macro_rules! columns {
    () => {
        "position, event_id, aggregate_type, aggregate_id, sequence, event_type, event_version, \
         payload, metadata, recorded_at"
    };
    (to_fold) => {
        "position, event_id, aggregate_type, aggregate_id, event_version, payload, recorded_at"
    };
}
pub(super) use columns;

/// One row of `events`.
pub(super) struct Row {
    pub(super) position: i64,
    pub(super) event_id: Option<Uuid>,
    pub(super) aggregate_type: String,
    pub(super) aggregate_id: String,
    pub(super) sequence: i64,
    pub(super) event_type: String,
    pub(super) event_version: String,
    pub(super) payload: String,
    pub(super) metadata: String,
    pub(super) recorded_at: Micros,
}

/// A replay reads millions of rows: looking for columns by name and comparing types would be a
/// good part of its work. The types are the migrations'; JSON comes as the text that it is, so
/// PostgreSQL need not cast it.
impl FromRow<'_, PgRow> for Row {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            position: row.try_get_unchecked(0)?,
            event_id: row.try_get_unchecked(1)?,
            aggregate_type: row.try_get_unchecked(2)?,
            aggregate_id: row.try_get_unchecked(3)?,
            sequence: row.try_get_unchecked(4)?,
            event_type: row.try_get_unchecked(5)?,
            event_version: row.try_get_unchecked(6)?,
            payload: row.try_get_unchecked(7)?,
            metadata: row.try_get_unchecked(8)?,
            recorded_at: row.try_get_unchecked(9)?,
        })
    }
}

/// One row of `events` for who only folds facts and needs neither their names nor their metadata, a
/// good third of what a row takes, nor their places in their streams.
pub(super) struct RowToFold(pub(super) Row);

impl FromRow<'_, PgRow> for RowToFold {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self(Row {
            position: row.try_get_unchecked(0)?,
            event_id: row.try_get_unchecked(1)?,
            aggregate_type: row.try_get_unchecked(2)?,
            aggregate_id: row.try_get_unchecked(3)?,
            sequence: 0,
            event_type: String::new(),
            event_version: row.try_get_unchecked(4)?,
            payload: row.try_get_unchecked(5)?,
            metadata: String::new(),
            recorded_at: row.try_get_unchecked(6)?,
        }))
    }
}

impl TryFrom<Row> for RecordedFact {
    type Error = JournalError;

    fn try_from(row: Row) -> Result<Self, JournalError> {
        let corrupt = |what: String| JournalError::Corrupt {
            place: format!("position {}", row.position),
            what,
        };
        let aggregate = row.aggregate_type.parse();
        let aggregate = aggregate.map_err(|error| corrupt(format!("{error}")))?;
        Ok(Self {
            position: unsigned(row.position)?,
            event_id: row.event_id.map(EventId),
            stream: StreamId { aggregate, id: row.aggregate_id },
            sequence: unsigned(row.sequence)?,
            fact: row.event_type,
            version: row.event_version,
            payload: row.payload,
            metadata: row.metadata,
            recorded_at: row.recorded_at.timestamp()?,
            meaning: Meaning::default(),
        })
    }
}

/// The facts of these rows.
pub(super) fn facts(
    rows: impl IntoIterator<Item = Row>,
) -> Result<Vec<RecordedFact>, JournalError> {
    rows.into_iter().map(RecordedFact::try_from).collect()
}

/// The facts of these rows, which must follow this position without a gap.
pub(super) fn facts_after(
    after: Position,
    rows: impl IntoIterator<Item = Row>,
) -> Result<Vec<RecordedFact>, JournalError> {
    let facts = facts(rows)?;
    match facts.iter().zip((after..).skip(1)).find(|(fact, due)| fact.position != *due) {
        None => Ok(facts),
        Some((fact, due)) => Err(JournalError::Corrupt {
            place: format!("position {due}"),
            what: format!("missing: the next one is {}", fact.position),
        }),
    }
}

/// A number that a table holds signed and that is never negative.
pub(super) fn unsigned(number: i64) -> Result<u64, JournalError> {
    number.try_into().map_err(|_| JournalError::Corrupt {
        place: "journal".to_owned(),
        what: format!("{number} is no place in it"),
    })
}

/// A number as a table holds it. What does not fit is beyond everything that is there.
pub(super) fn signed(number: u64) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// A point in time in microseconds since the Unix epoch: a `timestamptz` or an `integer`. sqlx has
/// no conversion for jiff, and this one costs nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Micros(pub(super) i64);

/// PostgreSQL counts from 2000-01-01.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;
const TIMESTAMPTZ: Oid = Oid(1184);

impl Micros {
    pub(super) fn timestamp(self) -> Result<Timestamp, JournalError> {
        Timestamp::from_microsecond(self.0).map_err(|error| JournalError::Corrupt {
            place: "recorded_at".to_owned(),
            what: error.to_string(),
        })
    }
}

impl Type<Postgres> for Micros {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(TIMESTAMPTZ)
    }
}

impl<'r> Decode<'r, Postgres> for Micros {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let micros = <i64 as Decode<Postgres>>::decode(value)?;
        Ok(Self(micros.saturating_add(POSTGRES_EPOCH)))
    }
}
