//! What the journal reads from SQLite, beside the writer: WAL gives each its own snapshot.

use aisle_domain::id::{EventId, Subject};
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::{Position, StreamId};
use sqlx::SqlitePool;

use super::failure;
use crate::journal::rows::{self, columns, signed, unsigned};
use crate::journal::{JournalError, RecordedFact, StoredAnswer, packed};

// `cross join` keeps the planner from turning the loop inside out.
const STREAMS: &str = concat!(
    "select ",
    columns!(""),
    " from json_each(?) s cross join events \
     on aggregate_type = s.value ->> 0 and aggregate_id = s.value ->> 1 \
     order by s.key, sequence"
);

const AFTER: &str =
    concat!("select ", columns!(""), " from events where position > ? order by position limit ?");

const EVENT_AFTER: &str = concat!(
    "select ",
    columns!(""),
    " from events where event_id = ? and position > ? order by position limit ?"
);

pub(super) async fn streams(
    readers: &SqlitePool,
    streams: &[StreamId],
) -> Result<Vec<RecordedFact>, JournalError> {
    let names = streams.iter().map(|stream| (stream.aggregate.as_str(), stream.id.as_str()));
    let names = serde_json::to_string(&names.collect::<Vec<_>>()).expect("text always serialises");
    let found = sqlx::query_as(STREAMS).bind(names).fetch_all(readers).await;
    rows::facts(found.map_err(failure)?)
}

pub(super) async fn after(
    readers: &SqlitePool,
    after: Position,
    limit: usize,
) -> Result<Vec<RecordedFact>, JournalError> {
    let found = sqlx::query_as(AFTER).bind(signed(after)).bind(signed(limit as u64));
    rows::facts_after(after, found.fetch_all(readers).await.map_err(failure)?)
}

pub(super) async fn event_after(
    readers: &SqlitePool,
    event: EventId,
    after: Position,
    limit: usize,
) -> Result<Vec<RecordedFact>, JournalError> {
    let found = sqlx::query_as(EVENT_AFTER).bind(event.0).bind(signed(after));
    let found = found.bind(signed(limit as u64)).fetch_all(readers).await;
    rows::facts(found.map_err(failure)?)
}

pub(super) async fn head(readers: &SqlitePool) -> Result<Position, JournalError> {
    let head = sqlx::query_scalar("select position from journal_head").fetch_one(readers).await;
    unsigned(head.map_err(failure)?)
}

pub(super) async fn answer(
    readers: &SqlitePool,
    actor: &Subject,
    key: &str,
) -> Result<Option<StoredAnswer>, JournalError> {
    let found: Option<(Vec<u8>, String, i64)> =
        sqlx::query_as("select digest, answer, position from commands where actor = ? and key = ?")
            .bind(actor.as_str())
            .bind(key)
            .fetch_optional(readers)
            .await
            .map_err(failure)?;
    found.map(|(digest, answer, at)| StoredAnswer::try_from_row(digest, answer, at)).transpose()
}

pub(super) async fn plan(
    readers: &SqlitePool,
    hash: &PlanHash,
) -> Result<Option<Vec<u8>>, JournalError> {
    let body: Option<Vec<u8>> = sqlx::query_scalar("select body from plans where hash = ?")
        .bind(packed::key(hash))
        .fetch_optional(readers)
        .await
        .map_err(failure)?;
    body.map(|body| packed::unpack(hash, &body)).transpose()
}
