//! A journal in a `Vec`, to which tests write facts as they please.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use aisle_domain::id::{EventId, Subject};
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::{Position, StreamId};
use aisle_infra::journal::{
    Appended, Entry, JournalError, JournalStore, Meaning, RecordedFact, Rejection, StoredAnswer,
    UnitOfWork,
};
use async_trait::async_trait;
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::watch;

/// Facts in memory.
pub(crate) struct VecJournal {
    rows: Mutex<Vec<RecordedFact>>,
    plans: Mutex<HashMap<PlanHash, Vec<u8>>>,
    head: watch::Sender<Position>,
    reads: AtomicU32,
    rows_read: AtomicUsize,
}

impl VecJournal {
    pub(crate) fn new() -> Arc<Self> {
        let (head, _) = watch::channel(0);
        Arc::new(Self {
            rows: Mutex::default(),
            plans: Mutex::default(),
            head,
            reads: AtomicU32::new(0),
            rows_read: AtomicUsize::new(0),
        })
    }

    /// Records a payload; each fact twenty minutes after the one before.
    pub(crate) fn push(&self, event: EventId, stream: StreamId, payload: String) -> Position {
        let mut rows = self.rows.lock();
        let position = rows.len() as Position + 1;
        let sequence = rows.iter().filter(|row| row.stream == stream).count() as u64 + 1;
        let begin: Timestamp = "2026-11-23T21:00:00Z".parse().unwrap();
        let minutes = jiff::SignedDuration::from_mins(20 * (position as i64 - 1));
        rows.push(RecordedFact {
            position,
            event_id: Some(event),
            sequence,
            stream,
            fact: "any".into(),
            version: "1".into(),
            payload,
            metadata: "{}".into(),
            recorded_at: begin + minutes,
            meaning: Meaning::default(),
        });
        drop(rows);
        self.head.send_replace(position);
        position
    }

    /// How often facts were read by position.
    pub(crate) fn reads(&self) -> u32 {
        self.reads.load(Ordering::SeqCst)
    }

    /// How many facts were read by position.
    pub(crate) fn rows_read(&self) -> usize {
        self.rows_read.load(Ordering::SeqCst)
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        let rows = self.rows.lock();
        rows.iter().cloned().map(|row| Entry::decode(row).unwrap()).collect()
    }
}

#[async_trait]
impl JournalStore for VecJournal {
    async fn append(
        &self,
        _units: &[UnitOfWork],
    ) -> Result<Vec<Result<Appended, Rejection>>, JournalError> {
        // Tests push facts; a read model that appended would be told so.
        Err(JournalError::unavailable(std::io::Error::other("this journal is only read")))
    }

    async fn load(&self, streams: &[StreamId]) -> Result<Vec<RecordedFact>, JournalError> {
        let rows = self.rows.lock();
        let of = |stream: &StreamId| {
            let of_stream = rows.iter().filter(|row| row.stream == *stream);
            of_stream.cloned().collect::<Vec<_>>()
        };
        Ok(streams.iter().flat_map(of).collect())
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Vec<RecordedFact>, JournalError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let rows = self.rows.lock();
        let found: Vec<_> = rows.iter().skip(after as usize).take(limit).cloned().collect();
        self.rows_read.fetch_add(found.len(), Ordering::SeqCst);
        Ok(found)
    }

    async fn read_event(
        &self,
        event: EventId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedFact>, JournalError> {
        let rows = self.rows.lock();
        let of_event = rows.iter().skip(after as usize).filter(|row| row.event_id == Some(event));
        Ok(of_event.take(limit).cloned().collect())
    }

    async fn head(&self) -> Result<Position, JournalError> {
        Ok(self.rows.lock().len() as Position)
    }

    async fn answer(
        &self,
        _actor: &Subject,
        _key: &str,
    ) -> Result<Option<StoredAnswer>, JournalError> {
        Ok(None)
    }

    async fn forget_answers(&self, _before: Timestamp) -> Result<u64, JournalError> {
        Ok(0)
    }

    async fn keep_plan(&self, hash: &PlanHash, canonical_json: &[u8]) -> Result<(), JournalError> {
        self.plans.lock().insert(*hash, canonical_json.to_vec());
        Ok(())
    }

    async fn plan(&self, hash: &PlanHash) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self.plans.lock().get(hash).cloned())
    }

    fn watch_head(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }
}
