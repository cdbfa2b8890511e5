//! Appending a batch: one transaction, one `fsync`.
//!
//! It looks up what the batch's streams and keys are at, decides in memory, and adds rows at the
//! ends of two tables. The indexes get a share of what they lack, not what the batch brings.

use super::head::Head;
use super::index::{self, Lookup};
use super::lag::{Entry, Index, Lags, Share};
use super::names::{self, Name};
use super::writer::Writer;
use super::{Result, failure};
use crate::journal::batch::Batch;
use crate::journal::decide::{Before, Verdict, decide, outcomes};
use crate::journal::rows::{Micros, signed, unsigned};
use crate::journal::{Appended, Idempotency, NewFact, Rejection, StoredAnswer, UnitOfWork};

use rusqlite::{Connection, params};

const INSERT_FACT: &str = "insert into events (position, event_id, aggregate_type, aggregate_id, \
     sequence, event_type, event_version, payload, metadata, recorded_at) \
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const INSERT_COMMAND: &str = "insert into commands (number, actor, key, digest, answer, position, \
     recorded_at) values (?, ?, ?, ?, ?, ?, ?)";

/// What a batch looks up: the names of its streams and keys.
struct Names {
    streams: Vec<Name>,
    keys: Vec<Name>,
}

/// What the journal has of them.
struct Known {
    sequences: Vec<i64>,
    answers: Vec<Option<StoredAnswer>>,
}

/// What a batch adds to the journal.
#[derive(Default)]
struct Additions<'a> {
    /// With the position of each.
    facts: Vec<(i64, &'a UnitOfWork, &'a NewFact)>,
    /// With the number and the position of each.
    commands: Vec<(i64, i64, &'a Idempotency)>,
    /// What they are found by.
    fact_entries: Vec<Entry>,
    command_entries: Vec<Entry>,
}

/// What is to be remembered once the transaction is committed.
struct Written<'a> {
    head: Head,
    additions: Additions<'a>,
    shares: [(Index, Option<Share>); 2],
}

pub(super) fn append(
    writer: &mut Writer,
    units: &[UnitOfWork],
) -> Result<Vec<std::result::Result<Appended, Rejection>>> {
    if units.is_empty() {
        return Ok(Vec::new());
    }
    let batch = Batch::of(units);
    let (outcomes, written) = writer.transaction(|lookup| judge_and_write(lookup, &batch))?;
    if let Some(written) = written {
        let rows = written.rows();
        written.remember(&mut writer.lags().lock());
        writer.wrote(rows);
    }
    Ok(outcomes)
}

type Judged<'a> = (Vec<std::result::Result<Appended, Rejection>>, Option<Written<'a>>);

/// What an append does between its begin and its end.
fn judge_and_write<'a>(lookup: Lookup<'_>, batch: &Batch<'a>) -> Result<Judged<'a>> {
    let head = Head::read(lookup.file).map_err(failure)?;
    lookup.catch_up(&head)?;
    let names = Names::of(batch);
    let Known { sequences, answers } = names.look_up(lookup, batch)?;
    let taken = answers.iter().map(Option::is_some).collect();
    let verdicts = decide(batch, &sequences, taken);
    let additions = Additions::of(batch, &verdicts, &names, head);
    let written = if additions.is_empty() {
        None
    } else {
        Some(write(lookup, head, additions).map_err(failure)?)
    };
    let recorded_at = Micros(head.now).timestamp()?;
    let before = Before { head: unsigned(head.position)?, recorded_at, answers };
    Ok((outcomes(batch, &verdicts, before), written))
}

impl Names {
    fn of(batch: &Batch<'_>) -> Self {
        let streams = batch.streams.iter().map(|stream| names::of_stream(stream));
        let keys = batch.keys.iter().map(|(actor, key)| names::of_key(actor, key));
        Self { streams: streams.collect(), keys: keys.collect() }
    }

    fn look_up(&self, lookup: Lookup<'_>, batch: &Batch<'_>) -> Result<Known> {
        let streams = batch.streams.iter().zip(&self.streams);
        let sequences = streams.map(|(stream, name)| lookup.sequence(stream, *name));
        let keys = batch.keys.iter().zip(&self.keys);
        let answers = keys.map(|((actor, key), name)| lookup.answer(actor, key, *name));
        Ok(Known {
            sequences: sequences.collect::<Result<_>>()?,
            answers: answers.collect::<Result<_>>()?,
        })
    }
}

impl<'a> Additions<'a> {
    fn of(batch: &Batch<'a>, verdicts: &[Verdict], names: &Names, head: Head) -> Self {
        let mut additions = Self::default();
        let (mut position, mut number, mut run) = (head.position, head.commands, None);
        let mut streams = batch.fact_streams.iter();
        for (at, (unit, verdict)) in batch.units.iter().zip(verdicts).enumerate() {
            let streams = streams.by_ref().take(unit.facts.len());
            if *verdict != Verdict::Accepted {
                streams.for_each(drop);
                continue;
            }
            for (fact, stream) in unit.facts.iter().zip(streams) {
                position += 1;
                additions.facts.push((position, unit, fact));
                additions.fact_entries.push((names.streams[*stream], position));
                if let Some(event) = unit.event_id.filter(|event| run != Some(*event)) {
                    additions.fact_entries.push((names::of_event(event), position));
                }
                run = unit.event_id;
            }
            if let (Some(given), Some(key)) = (&unit.idempotency, batch.key_of[at]) {
                number += 1;
                additions.commands.push((number, position, given));
                additions.command_entries.push((names.keys[key], number));
            }
        }
        additions
    }

    fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.commands.is_empty()
    }
}

fn write<'a>(
    Lookup { file, lags }: Lookup<'_>,
    mut head: Head,
    additions: Additions<'a>,
) -> rusqlite::Result<Written<'a>> {
    insert_facts(file, &additions, head.now)?;
    insert_commands(file, &additions, head.now)?;
    head.position += signed(additions.facts.len() as u64);
    head.commands += signed(additions.commands.len() as u64);
    let shares = [
        (Index::Facts, additions.fact_entries.len()),
        (Index::Commands, additions.command_entries.len()),
    ];
    let shares = shares.map(|(index, brings)| (index, lags.lock().of_mut(index).share(brings)));
    for (index, share) in &shares {
        let Some(share) = share else { continue };
        index::enter(file, *index, &share.entries)?;
        head.is_indexed(*index, share.completes);
    }
    head.write(file)?;
    Ok(Written { head, additions, shares })
}

fn insert_facts(file: &Connection, additions: &Additions<'_>, now: i64) -> rusqlite::Result<()> {
    let mut insert = file.prepare_cached(INSERT_FACT)?;
    for (position, unit, fact) in &additions.facts {
        insert.execute(params![
            position,
            unit.event_id.as_ref().map(|event| event.0.as_bytes().as_slice()),
            fact.stream.aggregate.as_str(),
            fact.stream.id,
            signed(fact.sequence),
            fact.fact,
            fact.version,
            fact.payload,
            unit.metadata,
            now,
        ])?;
    }
    Ok(())
}

fn insert_commands(file: &Connection, additions: &Additions<'_>, now: i64) -> rusqlite::Result<()> {
    let mut insert = file.prepare_cached(INSERT_COMMAND)?;
    for (number, position, given) in &additions.commands {
        insert.execute(params![
            number,
            given.actor.as_str(),
            given.key,
            given.digest.as_slice(),
            given.answer,
            position,
            now,
        ])?;
    }
    Ok(())
}

impl Written<'_> {
    fn rows(&self) -> usize {
        self.additions.facts.len() + self.additions.commands.len()
    }

    /// It is committed: from now on it is found.
    fn remember(self, lags: &mut Lags) {
        let Additions { fact_entries, command_entries, .. } = self.additions;
        lags.facts.learn(self.head.position, fact_entries);
        lags.commands.learn(self.head.commands, command_entries);
        for (index, share) in &self.shares {
            if let Some(share) = share {
                lags.of_mut(*index).entered(share);
            }
        }
    }
}
