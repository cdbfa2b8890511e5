//! The ordinary batch, by `aisle_append_clean`: everything is accepted, or nothing has happened.
//!
//! It judges nothing. Whatever is not as the batch expects it is left to `aisle_append`.

use jiff::Timestamp;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgHasArrayType, PgTypeInfo};
use sqlx::{Arguments as _, Encode, PgConnection, Postgres, Type};

use super::failure_of_batch;
use super::herald::Herald;
use super::lanes::Lanes;
use crate::journal::batch::Batch;
use crate::journal::rows::{Micros, signed, unsigned};
use crate::journal::{Appended, Idempotency, JournalError, NewFact, Rejection, UnitOfWork};

const APPEND: &str = "select head, at from aisle_append_clean($1, $2, $3, $4, $5, $6, $7, $8, $9, \
                      $10, $11, $12, $13, $14, $15, $16, $17, $18)";

/// How many it takes.
const ARGUMENTS: usize = 18;

/// The row that `aisle_append_clean` answers: null if the batch is not clean.
type Answer = (Option<i64>, Option<Micros>);

/// Appends a batch that is consistent in itself. None if the journal is not where it expects it;
/// then nothing was appended.
pub(super) async fn append(
    writers: &Lanes,
    herald: &Herald,
    batch: &Batch<'_>,
) -> Result<Option<Vec<Result<Appended, Rejection>>>, JournalError> {
    let announced = herald.speaks();
    let answer = writers.run(async |connection| call(connection, batch, announced).await).await;
    let (head, at) = answer.map_err(failure_of_batch)?;
    let (Some(head), Some(at)) = (head, at) else { return Ok(None) };
    let outcomes = outcomes(batch, head, at.timestamp()?)?;
    if !announced {
        herald.owe(writers.pool());
    }
    Ok(Some(outcomes))
}

async fn call(
    writer: &mut PgConnection,
    batch: &Batch<'_>,
    announced: bool,
) -> Result<Answer, sqlx::Error> {
    let Columns { streams, facts, keys } = Columns::of(batch);
    sqlx::query_as_with(APPEND, room(batch))
        .bind(streams.aggregate)
        .bind(streams.id)
        .bind(streams.sequence)
        .bind(batch.units.iter().map(|unit| unit.event_id.map(|event| event.0)).collect::<Vec<_>>())
        .bind(batch.units.iter().map(|unit| JsonText(&unit.metadata)).collect::<Vec<_>>())
        .bind(facts.unit)
        .bind(facts.aggregate)
        .bind(facts.id)
        .bind(facts.sequence)
        .bind(facts.kind)
        .bind(facts.version)
        .bind(facts.payload)
        .bind(keys.actor)
        .bind(keys.key)
        .bind(keys.digest)
        .bind(keys.answer)
        .bind(keys.through)
        .bind(announced)
        .fetch_one(writer)
        .await
}

/// Room for the arguments, made at once: a large batch takes hundreds of kilobytes, and growing to
/// that size by doubling would copy them, through memory that is new each time.
fn room(batch: &Batch<'_>) -> PgArguments {
    /// Names of kinds and versions, numbers, digests, and the length before each of them.
    const BESIDE_TEXT: usize = 160;
    let of_unit = |unit: &UnitOfWork| {
        let key = unit.idempotency.as_ref();
        let kept = key.map_or(0, |key| key.answer.len() + key.key.len() + BESIDE_TEXT);
        unit.metadata.len() + kept + BESIDE_TEXT
    };
    let of_fact = |fact: &NewFact| fact.payload.len() + fact.stream.id.len() + BESIDE_TEXT;
    let facts = batch.units.iter().flat_map(|unit| &unit.facts).map(of_fact);
    let bytes = facts.chain(batch.units.iter().map(of_unit)).sum();
    let mut arguments = PgArguments::default();
    arguments.reserve(ARGUMENTS, bytes);
    arguments
}

/// The units stand one after another behind the head as it was.
fn outcomes(
    batch: &Batch<'_>,
    head: i64,
    recorded_at: Timestamp,
) -> Result<Vec<Result<Appended, Rejection>>, JournalError> {
    let mut position = unsigned(head)?;
    let outcomes = batch.units.iter().map(|unit| {
        position += unit.facts.len() as u64;
        Ok(Appended { position, recorded_at })
    });
    Ok(outcomes.collect())
}

/// The arguments, column by column.
struct Columns<'a> {
    streams: Streams<'a>,
    facts: Facts<'a>,
    keys: Keys<'a>,
}

/// The streams that have to be looked up.
#[derive(Default)]
struct Streams<'a> {
    aggregate: Vec<&'a str>,
    id: Vec<&'a str>,
    sequence: Vec<i64>,
}

#[derive(Default)]
struct Facts<'a> {
    unit: Vec<i32>,
    aggregate: Vec<&'a str>,
    id: Vec<&'a str>,
    sequence: Vec<i64>,
    kind: Vec<&'a str>,
    version: Vec<&'a str>,
    payload: Vec<JsonText<'a>>,
}

#[derive(Default)]
struct Keys<'a> {
    actor: Vec<&'a str>,
    key: Vec<&'a str>,
    digest: Vec<&'a [u8]>,
    answer: Vec<&'a str>,
    through: Vec<i64>,
}

impl<'a> Columns<'a> {
    fn of(batch: &Batch<'a>) -> Self {
        let mut columns = Self {
            streams: Streams::of(batch),
            facts: Facts::with_capacity(batch.fact_streams.len()),
            keys: Keys::default(),
        };
        for (unit, number) in batch.units.iter().zip(1..) {
            unit.facts.iter().for_each(|fact| columns.facts.push(number, fact));
            if let Some(key) = &unit.idempotency {
                columns.keys.push(key, columns.facts.unit.len());
            }
        }
        columns
    }
}

impl<'a> Streams<'a> {
    /// All but those that the batch begins: there the primary key tells if somebody was quicker.
    fn of(batch: &Batch<'a>) -> Self {
        let mut begun = vec![false; batch.streams.len()];
        for touch in &batch.touches {
            begun[touch.stream] |= touch.facts > 0 && batch.base[touch.stream] == 0;
        }
        let mut streams = Self::default();
        for (at, stream) in batch.streams.iter().enumerate().filter(|(at, _)| !begun[*at]) {
            streams.aggregate.push(stream.aggregate.as_str());
            streams.id.push(&stream.id);
            streams.sequence.push(batch.base[at]);
        }
        streams
    }
}

impl<'a> Facts<'a> {
    fn with_capacity(facts: usize) -> Self {
        Self {
            unit: Vec::with_capacity(facts),
            aggregate: Vec::with_capacity(facts),
            id: Vec::with_capacity(facts),
            sequence: Vec::with_capacity(facts),
            kind: Vec::with_capacity(facts),
            version: Vec::with_capacity(facts),
            payload: Vec::with_capacity(facts),
        }
    }

    fn push(&mut self, unit: i32, fact: &'a NewFact) {
        self.unit.push(unit);
        self.aggregate.push(fact.stream.aggregate.as_str());
        self.id.push(&fact.stream.id);
        self.sequence.push(signed(fact.sequence));
        self.kind.push(&fact.fact);
        self.version.push(&fact.version);
        self.payload.push(JsonText(&fact.payload));
    }
}

impl<'a> Keys<'a> {
    fn push(&mut self, given: &'a Idempotency, through: usize) {
        self.actor.push(given.actor.as_str());
        self.key.push(&given.key);
        self.digest.push(&given.digest);
        self.answer.push(&given.answer);
        self.through.push(through as i64);
    }
}

/// JSON that is text already; sqlx has types only for what is still to be serialised.
struct JsonText<'a>(&'a str);

const JSON: Oid = Oid(114);
const JSON_ARRAY: Oid = Oid(199);

impl Type<Postgres> for JsonText<'_> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(JSON)
    }
}

impl PgHasArrayType for JsonText<'_> {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(JSON_ARRAY)
    }
}

impl Encode<'_, Postgres> for JsonText<'_> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }
}
