//! What the journal reads from PostgreSQL. Each is one round trip.

use aisle_domain::id::EventId;
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::{Position, StreamId};
use sqlx::FromRow;
use sqlx::Postgres;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::QueryAs;

use super::failure;
use super::lanes::Lanes;
use crate::journal::rows::{self, RowToFold, columns, signed, unsigned};
use crate::journal::{JournalError, RecordedFact, StoredAnswer, packed};

const STREAMS: &str = concat!(
    "select e.* from unnest($1, $2) with ordinality s(type, id, ord) cross join lateral (select ",
    columns!(),
    " from events where aggregate_type = s.type and aggregate_id = s.id order by sequence) e \
     order by s.ord, e.sequence"
);

const AFTER: &str =
    concat!("select ", columns!(), " from events where position > $1 order by position limit $2");

const TO_FOLD: &str = concat!(
    "select ",
    columns!(to_fold),
    " from events where position > $1 order by position limit $2"
);

const EVENT_AFTER: &str = concat!(
    "select ",
    columns!(),
    " from events where event_id = $1 and position > $2 order by event_id, position limit $3"
);

const ANSWERS: &str = "select c.digest, c.answer, c.position \
     from unnest($1, $2) with ordinality k(actor, key, ord) left join lateral ( \
         select digest, answer, position from commands \
         where actor = k.actor and key = k.key limit 1) c on true order by k.ord";

/// The same for one, where there are not many: half as dear.
const ANSWER: &str = "select c.digest, c.answer, c.position from (values (1)) one \
     left join commands c on c.actor = $1 and c.key = $2";

pub(super) async fn streams(
    readers: &Lanes,
    streams: &[StreamId],
) -> Result<Vec<RecordedFact>, JournalError> {
    let types = streams.iter().map(|stream| stream.aggregate.as_str()).collect::<Vec<_>>();
    let ids = streams.iter().map(|stream| stream.id.as_str()).collect::<Vec<_>>();
    rows::facts(all(readers, sqlx::query_as(STREAMS).bind(types).bind(ids)).await?)
}

pub(super) async fn after(
    readers: &Lanes,
    after: Position,
    limit: usize,
) -> Result<Vec<RecordedFact>, JournalError> {
    let found = sqlx::query_as(AFTER).bind(signed(after)).bind(signed(limit as u64));
    rows::facts_after(after, all(readers, found).await?)
}

pub(super) async fn to_fold(
    readers: &Lanes,
    after: Position,
    limit: usize,
) -> Result<Vec<RecordedFact>, JournalError> {
    let found = sqlx::query_as(TO_FOLD).bind(signed(after)).bind(signed(limit as u64));
    let found: Vec<RowToFold> = all(readers, found).await?;
    rows::facts_after(after, found.into_iter().map(|row| row.0))
}

pub(super) async fn event_after(
    readers: &Lanes,
    event: EventId,
    after: Position,
    limit: usize,
) -> Result<Vec<RecordedFact>, JournalError> {
    let found = sqlx::query_as(EVENT_AFTER).bind(event.0).bind(signed(after));
    rows::facts(all(readers, found.bind(signed(limit as u64))).await?)
}

pub(super) async fn head(readers: &Lanes) -> Result<Position, JournalError> {
    let head: Vec<(i64,)> =
        all(readers, sqlx::query_as("select position from journal_head")).await?;
    head.first().map_or_else(|| Err(headless()), |(head,)| unsigned(*head))
}

/// Digest, answer and position, or nothing.
type AnswerRow = (Option<Vec<u8>>, Option<String>, Option<i64>);

/// The answers under these keys, each as (actor, key), in their order.
pub(super) async fn answers<'a>(
    readers: &Lanes,
    keys: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<Option<StoredAnswer>>, JournalError> {
    let (actors, keys): (Vec<_>, Vec<_>) = keys.unzip();
    let found: Vec<AnswerRow> = match (&*actors, &*keys) {
        ([actor], [key]) => all(readers, sqlx::query_as(ANSWER).bind(*actor).bind(*key)).await?,
        _ => all(readers, sqlx::query_as(ANSWERS).bind(&actors).bind(&keys)).await?,
    };
    let answers = found.into_iter().map(|row| match row {
        (Some(digest), Some(answer), Some(at)) => {
            StoredAnswer::try_from_row(digest, answer, at).map(Some)
        }
        _ => Ok(None),
    });
    answers.collect()
}

pub(super) async fn plan(
    readers: &Lanes,
    hash: &PlanHash,
) -> Result<Option<Vec<u8>>, JournalError> {
    let found = sqlx::query_as("select body from plans where hash = $1").bind(packed::key(hash));
    let found: Vec<(Vec<u8>,)> = all(readers, found).await?;
    found.first().map(|(body,)| packed::unpack(hash, body)).transpose()
}

/// All rows of a statement, in one round trip.
async fn all<'q, R>(
    readers: &Lanes,
    statement: QueryAs<'q, Postgres, R, PgArguments>,
) -> Result<Vec<R>, JournalError>
where
    R: for<'r> FromRow<'r, PgRow> + Send + Unpin + 'q,
{
    readers.run(async |connection| statement.fetch_all(connection).await).await.map_err(failure)
}

/// The row is made by the first migration and never deleted.
fn headless() -> JournalError {
    JournalError::Corrupt { place: "journal_head".to_owned(), what: "it is empty".to_owned() }
}
