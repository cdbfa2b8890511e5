//! What the journal writes to SQLite: batches, plans, and answers that it forgets.
//!
//! A batch is one `BEGIN IMMEDIATE` transaction: look up what its streams and keys are at, decide
//! in memory, insert many rows per statement. Each statement goes through a channel to SQLite's
//! thread, so their number is what costs.

use aisle_domain::plan::PlanHash;
use jiff::Timestamp;
use sqlx::sqlite::SqliteConnection;
use sqlx::{QueryBuilder, Sqlite};

use super::failure;
use super::writer::Writer;
use crate::journal::batch::Batch;
use crate::journal::decide::{Before, Verdict, decide, outcomes};
use crate::journal::rows::{Micros, signed, unsigned};
use crate::journal::{
    Appended, JournalError, NewFact, Rejection, StoredAnswer, UnitOfWork, packed,
};

/// Facts per INSERT. More gain nothing, and SQLite takes 32,766 parameters at most.
pub(super) const ROWS_AT_ONCE: usize = 100;

/// The head, and the time of this batch: SQLite's clock has milliseconds, and never goes back.
const HEAD: &str = "select position, \
     max(recorded_at, cast(unixepoch('subsec') * 1000 as integer) * 1000) from journal_head";

const SEQUENCES: &str = "select coalesce((
        select e.sequence from events e
        where e.aggregate_type = s.value ->> 0 and e.aggregate_id = s.value ->> 1
        order by e.sequence desc limit 1
    ), 0) from json_each(?) s order by s.key";

const ANSWERS: &str = "select c.digest, c.answer, c.position from json_each(?) k
    left join commands c on c.actor = k.value ->> 0 and c.key = k.value ->> 1 order by k.key";

const INSERT_FACTS: &str = "insert into events (position, event_id, aggregate_type, aggregate_id, \
     sequence, event_type, event_version, payload, metadata, recorded_at) ";

const INSERT_ANSWERS: &str =
    "insert into commands (actor, key, digest, answer, position, recorded_at) ";

/// Digest, answer and position, if the key was used before.
type AnswerRow = (Option<Vec<u8>>, Option<String>, Option<i64>);

pub(super) async fn append(
    writer: &mut Writer,
    units: &[UnitOfWork],
) -> Result<Vec<Result<Appended, Rejection>>, JournalError> {
    let batch = Batch::of(units);
    let transaction = writer.begin().await.map_err(failure)?;
    let outcome = write(transaction, &batch).await;
    writer.end(outcome, failure).await
}

/// What an append does between its begin and its end.
async fn write(
    transaction: &mut SqliteConnection,
    batch: &Batch<'_>,
) -> Result<Vec<Result<Appended, Rejection>>, JournalError> {
    let (head, now): (i64, Micros) =
        sqlx::query_as(HEAD).fetch_one(&mut *transaction).await.map_err(failure)?;
    let stored = sequences(transaction, batch).await.map_err(failure)?;
    let answers = answers(transaction, batch).await?;
    let verdicts = decide(batch, &stored, answers.iter().map(Option::is_some).collect());
    insert(transaction, &accepted(batch, &verdicts), head, now.0).await.map_err(failure)?;
    let before = Before { head: unsigned(head)?, recorded_at: now.timestamp()?, answers };
    Ok(outcomes(batch, &verdicts, before))
}

fn accepted<'a>(batch: &Batch<'a>, verdicts: &[Verdict]) -> Vec<&'a UnitOfWork> {
    let units = batch.units.iter().zip(verdicts);
    units.filter(|(_, verdict)| **verdict == Verdict::Accepted).map(|(unit, _)| unit).collect()
}

async fn sequences(
    transaction: &mut SqliteConnection,
    batch: &Batch<'_>,
) -> Result<Vec<i64>, sqlx::Error> {
    if batch.streams.is_empty() {
        return Ok(Vec::new());
    }
    let names = batch.streams.iter().map(|stream| (stream.aggregate.as_str(), stream.id.as_str()));
    sqlx::query_scalar(SEQUENCES).bind(json(names)).fetch_all(&mut *transaction).await
}

async fn answers(
    transaction: &mut SqliteConnection,
    batch: &Batch<'_>,
) -> Result<Vec<Option<StoredAnswer>>, JournalError> {
    if batch.keys.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<AnswerRow> = sqlx::query_as(ANSWERS)
        .bind(json(batch.keys.iter().copied()))
        .fetch_all(&mut *transaction)
        .await
        .map_err(failure)?;
    let answers = rows.into_iter().map(|row| match row {
        (Some(digest), Some(answer), Some(position)) => {
            StoredAnswer::try_from_row(digest, answer, position).map(Some)
        }
        _ => Ok(None),
    });
    answers.collect()
}

/// Pairs of names as one parameter.
fn json<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    serde_json::to_string(&pairs.collect::<Vec<_>>()).expect("text always serialises")
}

async fn insert(
    transaction: &mut SqliteConnection,
    accepted: &[&UnitOfWork],
    head: i64,
    now: i64,
) -> Result<(), sqlx::Error> {
    let facts = accepted.iter().flat_map(|unit| unit.facts.iter().map(|fact| (*unit, fact)));
    let facts = (head + 1..).zip(facts).collect::<Vec<_>>();
    for facts in facts.chunks(ROWS_AT_ONCE) {
        insert_facts(transaction, facts, now).await?;
    }
    insert_answers(transaction, accepted, head, now).await?;
    if facts.is_empty() {
        return Ok(());
    }
    sqlx::query("update journal_head set position = ?, recorded_at = ?")
        .bind(head + signed(facts.len() as u64))
        .bind(now)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

async fn insert_facts(
    transaction: &mut SqliteConnection,
    facts: &[(i64, (&UnitOfWork, &NewFact))],
    now: i64,
) -> Result<(), sqlx::Error> {
    let mut insert = QueryBuilder::<Sqlite>::new(INSERT_FACTS);
    insert.push_values(facts, |mut row, (position, (unit, fact))| {
        row.push_bind(*position)
            .push_bind(unit.event_id.map(|event| event.0))
            .push_bind(fact.stream.aggregate.as_str())
            .push_bind(fact.stream.id.as_str())
            .push_bind(signed(fact.sequence))
            .push_bind(fact.fact.as_str())
            .push_bind(fact.version.as_str())
            .push_bind(fact.payload.as_str())
            .push_bind(unit.metadata.as_str())
            .push_bind(now);
    });
    insert.build().persistent(true).execute(&mut *transaction).await?;
    Ok(())
}

async fn insert_answers(
    transaction: &mut SqliteConnection,
    accepted: &[&UnitOfWork],
    head: i64,
    now: i64,
) -> Result<(), sqlx::Error> {
    let through = accepted.iter().scan(head, |through, unit| {
        *through += signed(unit.facts.len() as u64);
        Some((*through, unit.idempotency.as_ref()))
    });
    let given = through.filter_map(|(position, given)| Some((position, given?)));
    let given = given.collect::<Vec<_>>();
    for given in given.chunks(ROWS_AT_ONCE) {
        let mut insert = QueryBuilder::<Sqlite>::new(INSERT_ANSWERS);
        insert.push_values(given, |mut row, (position, given)| {
            row.push_bind(given.actor.as_str())
                .push_bind(given.key.as_str())
                .push_bind(given.digest.as_slice())
                .push_bind(given.answer.as_str())
                .push_bind(*position)
                .push_bind(now);
        });
        insert.build().execute(&mut *transaction).await?;
    }
    Ok(())
}

pub(super) async fn keep_plan(
    writer: &mut Writer,
    hash: &PlanHash,
    canonical_json: &[u8],
) -> Result<(), JournalError> {
    // The hash says it all: whoever kept this plan before kept the same one.
    sqlx::query("insert into plans (hash, body) values (?, ?) on conflict (hash) do nothing")
        .bind(packed::key(hash))
        .bind(packed::pack(canonical_json)?)
        .execute(writer.idle().await)
        .await
        .map_err(failure)?;
    Ok(())
}

pub(super) async fn forget_answers(
    writer: &mut Writer,
    before: Timestamp,
) -> Result<u64, JournalError> {
    let forgotten = sqlx::query("delete from commands where recorded_at < ?")
        .bind(before.as_microsecond())
        .execute(writer.idle().await)
        .await
        .map_err(failure)?;
    Ok(forgotten.rows_affected())
}
