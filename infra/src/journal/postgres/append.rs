//! What the journal writes to PostgreSQL: batches, plans, and answers that it forgets.
//!
//! A batch goes by `aisle_append_clean` ([`super::clean`]) if it may; here is what becomes of it
//! otherwise. The deciding is in `aisle_append`: a batch becomes its arguments, and its answer becomes
//! the units' outcomes.

use aisle_domain::plan::PlanHash;
use jiff::Timestamp;
use sqlx::{PgConnection, PgPool};

use super::herald::Herald;
use super::lanes::Lanes;
use super::{clean, failure, failure_of_batch};
use crate::journal::batch::Batch;
use crate::journal::decide::{Before, Verdict, outcomes};
use crate::journal::rows::{Micros, signed, unsigned};
use crate::journal::{
    Appended, Idempotency, JournalError, NewFact, Rejection, StoredAnswer, UnitOfWork, packed,
};

const APPEND: &str = "select head, at, verdicts, answer_digest, answer_text, answer_position \
     from aisle_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
                       $17, $18, $19, $20, $21, $22)";

/// How many answers are forgotten per statement: some tens of milliseconds of work.
const FORGET_AT_ONCE: i64 = 10_000;

/// The row that `aisle_append` answers. The arrays are null if there is nothing to tell.
#[derive(sqlx::FromRow)]
struct Answer {
    head: i64,
    at: Micros,
    verdicts: Option<Vec<i32>>,
    answer_digest: Option<Vec<Option<Vec<u8>>>>,
    answer_text: Option<Vec<Option<String>>>,
    answer_position: Option<Vec<Option<i64>>>,
}

pub(super) async fn append(
    writers: &Lanes,
    herald: &Herald,
    units: &[UnitOfWork],
) -> Result<Vec<Result<Appended, Rejection>>, JournalError> {
    if units.is_empty() {
        return Ok(Vec::new());
    }
    let batch = Batch::of(units);
    if batch.consistent
        && let Some(outcomes) = clean::append(writers, herald, &batch).await?
    {
        return Ok(outcomes);
    }
    judge(writers, &batch).await
}

/// Has every unit of a batch judged by itself.
async fn judge(
    writers: &Lanes,
    batch: &Batch<'_>,
) -> Result<Vec<Result<Appended, Rejection>>, JournalError> {
    let answer = writers.run(async |connection| call(connection, batch).await).await;
    let answer = answer.map_err(failure_of_batch)?;
    let verdicts = verdicts(batch, answer.verdicts.as_deref());
    let before = Before {
        head: unsigned(answer.head)?,
        recorded_at: answer.at.timestamp()?,
        answers: match (answer.answer_digest, answer.answer_text, answer.answer_position) {
            (Some(digests), Some(texts), Some(positions)) => {
                stored_answers(digests, texts, positions)?
            }
            _ => vec![None; batch.keys.len()],
        },
    };
    Ok(outcomes(batch, &verdicts, before))
}

async fn call(writer: &mut PgConnection, batch: &Batch<'_>) -> Result<Answer, sqlx::Error> {
    let facts = || batch.units.iter().flat_map(|unit| &unit.facts);
    let keys = || batch.units.iter().map(|unit| unit.idempotency.as_ref());
    let touches = &batch.touches;
    sqlx::query_as(APPEND)
        .bind(batch.consistent)
        .bind(all(&batch.streams, |stream| stream.aggregate.as_str()))
        .bind(all(&batch.streams, |stream| stream.id.as_str()))
        .bind(&batch.base)
        .bind(all(&batch.keys, |(actor, _)| *actor))
        .bind(all(&batch.keys, |(_, key)| *key))
        .bind(all(batch.units, |unit| unit.event_id.map(|event| event.0)))
        .bind(all(batch.units, |unit| unit.metadata.as_str()))
        .bind(facts_through(batch))
        .bind(all(&batch.spans, |span| span.len() as i32))
        .bind(all(&batch.key_of, |key| key.map_or(0, number)))
        .bind(keys().map(|key| key.map(|key| key.digest.as_slice())).collect::<Vec<_>>())
        .bind(keys().map(|key: Option<&Idempotency>| Some(&*key?.answer)).collect::<Vec<_>>())
        .bind(all(touches, |touch| number(touch.stream)))
        .bind(all(touches, |touch| touch.expected))
        .bind(all(touches, |touch| touch.facts))
        .bind(unit_of_each_fact(batch))
        .bind(all(&batch.fact_streams, |stream| number(*stream)))
        .bind(facts().map(|fact| signed(fact.sequence)).collect::<Vec<_>>())
        .bind(facts().map(|fact: &NewFact| fact.fact.as_str()).collect::<Vec<_>>())
        .bind(facts().map(|fact| fact.version.as_str()).collect::<Vec<_>>())
        .bind(facts().map(|fact| fact.payload.as_str()).collect::<Vec<_>>())
        .fetch_one(writer)
        .await
}

/// One argument: something of each.
fn all<'a, T, U>(things: &'a [T], of: impl Fn(&'a T) -> U) -> Vec<U> {
    things.iter().map(of).collect()
}

/// PostgreSQL counts from 1.
fn number(index: usize) -> i32 {
    index as i32 + 1
}

/// How many facts the batch has up to and including each unit.
fn facts_through(batch: &Batch<'_>) -> Vec<i64> {
    let counts = batch.units.iter().scan(0, |through, unit| {
        *through += unit.facts.len() as i64;
        Some(*through)
    });
    counts.collect()
}

fn unit_of_each_fact(batch: &Batch<'_>) -> Vec<i32> {
    let units = batch.units.iter().enumerate();
    units.flat_map(|(at, unit)| std::iter::repeat_n(number(at), unit.facts.len())).collect()
}

fn verdicts(batch: &Batch<'_>, given: Option<&[i32]>) -> Vec<Verdict> {
    let verdict = |code: &i32| match code.unsigned_abs() as usize {
        0 => Verdict::Accepted,
        number if *code > 0 => Verdict::Conflict(number - 1),
        number => Verdict::Repeated(number - 1),
    };
    match given {
        None => vec![Verdict::Accepted; batch.units.len()],
        Some(codes) => codes.iter().map(verdict).collect(),
    }
}

fn stored_answers(
    digests: Vec<Option<Vec<u8>>>,
    texts: Vec<Option<String>>,
    positions: Vec<Option<i64>>,
) -> Result<Vec<Option<StoredAnswer>>, JournalError> {
    let rows = digests.into_iter().zip(texts).zip(positions);
    rows.map(|((digest, answer), position)| match (digest, answer, position) {
        (Some(digest), Some(answer), Some(position)) => {
            StoredAnswer::try_from_row(digest, answer, position).map(Some)
        }
        _ => Ok(None),
    })
    .collect()
}

pub(super) async fn keep_plan(
    writers: &PgPool,
    hash: &PlanHash,
    canonical_json: &[u8],
) -> Result<(), JournalError> {
    // The hash says it all: whoever kept this plan before kept the same one.
    sqlx::query("insert into plans (hash, body) values ($1, $2) on conflict (hash) do nothing")
        .bind(packed::key(hash))
        .bind(packed::pack(canonical_json)?)
        .execute(writers)
        .await
        .map_err(failure)?;
    Ok(())
}

pub(super) async fn forget_answers(
    writers: &PgPool,
    before: Timestamp,
) -> Result<u64, JournalError> {
    let forget = "delete from commands where (actor, key) in (
            select actor, key from commands
            where recorded_at < 'epoch'::timestamptz + $1 * interval '1 microsecond'
            order by recorded_at limit $2)";
    let mut forgotten = 0;
    loop {
        let deleted = sqlx::query(forget)
            .bind(before.as_microsecond())
            .bind(FORGET_AT_ONCE)
            .execute(writers)
            .await
            .map_err(failure)?
            .rows_affected();
        forgotten += deleted;
        if deleted < FORGET_AT_ONCE as u64 {
            return Ok(forgotten);
        }
    }
}
