//! The journal in memory, for unit tests only: nothing survives, and time is a counter.

use std::collections::HashMap;

use aisle_domain::id::{EventId, Subject};
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::{Position, StreamId};
use async_trait::async_trait;
use jiff::{Timestamp, ToSpan};
use parking_lot::Mutex;
use serde::de::IgnoredAny;
use tokio::sync::watch;

use super::batch::Batch;
use super::decide::{Before, Verdict, decide, outcomes};
use super::head::KnownHead;
use super::{
    Appended, JournalError, JournalStore, RecordedFact, Rejection, Snapshot, SnapshotName,
    StoredAnswer, UnitOfWork,
};

/// When the first batch is recorded; each one after it a millisecond later.
const BEGINNING: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// A journal that a test owns.
#[derive(Debug)]
pub struct MemoryJournal {
    state: Mutex<State>,
    head: KnownHead,
}

#[derive(Debug)]
struct State {
    now: Timestamp,
    facts: Vec<RecordedFact>,
    /// How many facts each stream has.
    sequences: HashMap<StreamId, i64>,
    snapshots: HashMap<SnapshotName, Snapshot>,
    answers: HashMap<(String, String), (StoredAnswer, Timestamp)>,
    plans: HashMap<PlanHash, Vec<u8>>,
}

impl Default for MemoryJournal {
    fn default() -> Self {
        let state = State {
            now: BEGINNING,
            facts: Vec::new(),
            sequences: HashMap::new(),
            snapshots: HashMap::new(),
            answers: HashMap::new(),
            plans: HashMap::new(),
        };
        Self { state: Mutex::new(state), head: KnownHead::new(0) }
    }
}

impl MemoryJournal {
    /// An empty journal.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn select(&self, wanted: impl Fn(&RecordedFact) -> bool, limit: usize) -> Vec<RecordedFact> {
        let state = self.state.lock();
        state.facts.iter().filter(|fact| wanted(fact)).take(limit).cloned().collect()
    }
}

impl State {
    fn append(&mut self, units: &[UnitOfWork]) -> Vec<Result<Appended, Rejection>> {
        let batch = Batch::of(units);
        let stored = batch.streams.iter().map(|stream| self.sequence(stream));
        let stored = stored.collect::<Vec<_>>();
        let answers = batch.keys.iter().map(|(actor, key)| self.answer(actor, key));
        let answers = answers.collect::<Vec<_>>();
        let taken = answers.iter().map(Option::is_some).collect();
        let verdicts = decide(&batch, &stored, taken);
        self.now += 1.millisecond();
        let before = Before { head: self.facts.len() as Position, recorded_at: self.now, answers };
        let outcomes = outcomes(&batch, &verdicts, before);
        for (unit, verdict) in units.iter().zip(&verdicts) {
            if *verdict == Verdict::Accepted {
                self.record(unit);
            }
        }
        outcomes
    }

    fn record(&mut self, unit: &UnitOfWork) {
        for fact in &unit.facts {
            *self.sequences.entry(fact.stream.clone()).or_default() += 1;
            self.facts.push(RecordedFact {
                position: self.facts.len() as Position + 1,
                event_id: unit.event_id,
                stream: fact.stream.clone(),
                sequence: fact.sequence,
                fact: fact.fact.clone(),
                version: fact.version.clone(),
                payload: fact.payload.clone(),
                metadata: unit.metadata.clone(),
                recorded_at: self.now,
                meaning: fact.meaning.clone(),
            });
        }
        if let Some(given) = &unit.idempotency {
            let answer = StoredAnswer {
                digest: given.digest,
                answer: given.answer.clone(),
                position: self.facts.len() as Position,
            };
            let key = (given.actor.as_str().to_owned(), given.key.clone());
            self.answers.insert(key, (answer, self.now));
        }
    }

    fn sequence(&self, stream: &StreamId) -> i64 {
        self.sequences.get(stream).copied().unwrap_or_default()
    }

    fn answer(&self, actor: &str, key: &str) -> Option<StoredAnswer> {
        let found = self.answers.get(&(actor.to_owned(), key.to_owned()));
        found.map(|(answer, _)| answer.clone())
    }
}

/// The other stores take JSON only; so does this one.
fn check_json(units: &[UnitOfWork]) -> Result<(), JournalError> {
    let payloads = units.iter().flat_map(|unit| unit.facts.iter().map(|fact| &fact.payload));
    let metadata = units.iter().filter(|unit| !unit.facts.is_empty()).map(|unit| &unit.metadata);
    for text in payloads.chain(metadata) {
        serde_json::from_str::<IgnoredAny>(text).map_err(JournalError::refused)?;
    }
    Ok(())
}

#[async_trait]
impl JournalStore for MemoryJournal {
    async fn append(
        &self,
        units: &[UnitOfWork],
    ) -> Result<Vec<Result<Appended, Rejection>>, JournalError> {
        check_json(units)?;
        let outcomes = self.state.lock().append(units);
        self.head.raise_to(&outcomes);
        Ok(outcomes)
    }

    async fn load(&self, streams: &[StreamId]) -> Result<Vec<RecordedFact>, JournalError> {
        let facts = streams.iter().map(|s| self.select(|fact| fact.stream == *s, usize::MAX));
        Ok(facts.flatten().collect())
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Vec<RecordedFact>, JournalError> {
        // The first fact has position 1, so the facts after a position begin at its index.
        let state = self.state.lock();
        Ok(state.facts.iter().skip(after as usize).take(limit).cloned().collect())
    }

    async fn read_event(
        &self,
        event: EventId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedFact>, JournalError> {
        let wanted = |fact: &RecordedFact| fact.position > after && fact.event_id == Some(event);
        Ok(self.select(wanted, limit))
    }

    async fn head(&self) -> Result<Position, JournalError> {
        Ok(self.state.lock().facts.len() as Position)
    }

    async fn answer(
        &self,
        actor: &Subject,
        key: &str,
    ) -> Result<Option<StoredAnswer>, JournalError> {
        Ok(self.state.lock().answer(actor.as_str(), key))
    }

    async fn forget_answers(&self, before: Timestamp) -> Result<u64, JournalError> {
        let answers = &mut self.state.lock().answers;
        let kept = answers.len();
        answers.retain(|_, (_, recorded_at)| *recorded_at >= before);
        Ok((kept - answers.len()) as u64)
    }

    async fn keep_plan(&self, hash: &PlanHash, canonical_json: &[u8]) -> Result<(), JournalError> {
        self.state.lock().plans.insert(*hash, canonical_json.to_vec());
        Ok(())
    }

    async fn plan(&self, hash: &PlanHash) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self.state.lock().plans.get(hash).cloned())
    }

    async fn snapshot(&self, name: &SnapshotName) -> Result<Option<Snapshot>, JournalError> {
        Ok(self.state.lock().snapshots.get(name).cloned())
    }

    async fn keep_snapshot(
        &self,
        name: &SnapshotName,
        snapshot: &Snapshot,
    ) -> Result<(), JournalError> {
        let snapshots = &mut self.state.lock().snapshots;
        snapshots.retain(|kept, _| {
            (kept.kind, &kept.id) != (name.kind, &name.id) || kept.schema >= name.schema
        });
        if snapshots.get(name).is_none_or(|kept| kept.position <= snapshot.position) {
            snapshots.insert(name.clone(), snapshot.clone());
        }
        Ok(())
    }

    fn watch_head(&self) -> watch::Receiver<Position> {
        self.head.watch()
    }
}
