//! What the journal reads from PostgreSQL. Each is one round trip.

use aisle_domain::id::{EventId, Subject};
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::{Position, StreamId};
use sqlx::PgPool;

use super::failure;
use crate::journal::rows::{self, columns, signed, unsigned};
use crate::journal::{JournalError, RecordedFact, StoredAnswer, packed};

const STREAMS: &str = concat!(
    "select e.* from unnest($1, $2) with ordinality s(type, id, ord) cross join lateral (select ",
    columns!("::text"),
    " from events where aggregate_type = s.type and aggregate_id = s.id order by sequence) e \
     order by s.ord, e.sequence"
);

const AFTER: &str = concat!(
    "select ",
    columns!("::text"),
    " from events where position > $1 order by position limit $2"
);

const EVENT_AFTER: &str = concat!(
    "select ",
    columns!("::text"),
    " from events where event_id = $1 and position > $2 order by event_id, position limit $3"
);

pub(super) async fn streams(
    readers: &PgPool,
    streams: &[StreamId],
) -> Result<Vec<RecordedFact>, JournalError> {
    let types = streams.iter().map(|stream| stream.aggregate.as_str()).collect::<Vec<_>>();
    let ids = streams.iter().map(|stream| stream.id.as_str()).collect::<Vec<_>>();
    let found = sqlx::query_as(STREAMS).bind(types).bind(ids).fetch_all(readers).await;
    rows::facts(found.map_err(failure)?)
}

pub(super) async fn after(
    readers: &PgPool,
    after: Position,
    limit: usize,
) -> Result<Vec<RecordedFact>, JournalError> {
    let found = sqlx::query_as(AFTER).bind(signed(after)).bind(signed(limit as u64));
    rows::facts_after(after, found.fetch_all(readers).await.map_err(failure)?)
}

pub(super) async fn event_after(
    readers: &PgPool,
    event: EventId,
    after: Position,
    limit: usize,
) -> Result<Vec<RecordedFact>, JournalError> {
    let found = sqlx::query_as(EVENT_AFTER).bind(event.0).bind(signed(after));
    let found = found.bind(signed(limit as u64)).fetch_all(readers).await;
    rows::facts(found.map_err(failure)?)
}

pub(super) async fn head(readers: &PgPool) -> Result<Position, JournalError> {
    let head = sqlx::query_scalar("select position from journal_head").fetch_one(readers).await;
    unsigned(head.map_err(failure)?)
}

pub(super) async fn answer(
    readers: &PgPool,
    actor: &Subject,
    key: &str,
) -> Result<Option<StoredAnswer>, JournalError> {
    let found: Option<(Vec<u8>, String, i64)> = sqlx::query_as(
        "select digest, answer, position from commands where actor = $1 and key = $2",
    )
    .bind(actor.as_str())
    .bind(key)
    .fetch_optional(readers)
    .await
    .map_err(failure)?;
    found.map(|(digest, answer, at)| StoredAnswer::try_from_row(digest, answer, at)).transpose()
}

pub(super) async fn plan(
    readers: &PgPool,
    hash: &PlanHash,
) -> Result<Option<Vec<u8>>, JournalError> {
    let body: Option<Vec<u8>> = sqlx::query_scalar("select body from plans where hash = $1")
        .bind(packed::key(hash))
        .fetch_optional(readers)
        .await
        .map_err(failure)?;
    body.map(|body| packed::unpack(hash, &body)).transpose()
}
