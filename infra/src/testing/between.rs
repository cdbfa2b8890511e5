//! A journal with something between it and whoever uses it: what is slow, stuck, lost or let
//! through. A test says only where it interferes; everything else is passed on.

use std::sync::Arc;

use aisle_domain::id::{EventId, Subject};
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::{Position, StreamId};
use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::journal::{
    Appended, JournalError, JournalStore, RecordedFact, Rejection, Snapshot, SnapshotName,
    StoredAnswer, UnitOfWork,
};

/// What a journal answers to who reads facts.
pub type Rows = Result<Vec<RecordedFact>, JournalError>;

/// Which facts are to be read.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// After this position.
    pub after: Position,
    /// So many at the most.
    pub limit: usize,
}

/// What a journal answers to a batch of units of work.
pub type Answers = Result<Vec<Result<Appended, Rejection>>, JournalError>;

/// What stands between a journal and whoever uses it.
#[async_trait]
pub trait Between: Send + Sync + 'static {
    /// Interferes with appending.
    async fn append(&self, journal: &dyn JournalStore, units: &[UnitOfWork]) -> Answers {
        journal.append(units).await
    }

    /// Interferes with reading the journal's tail.
    ///
    /// # Errors
    /// As the journal.
    async fn read(&self, journal: &dyn JournalStore, span: Span) -> Rows {
        journal.read(span.after, span.limit).await
    }

    /// Interferes with looking up an answer.
    ///
    /// # Errors
    /// As the journal.
    async fn answer(
        &self,
        journal: &dyn JournalStore,
        actor: &Subject,
        key: &str,
    ) -> Result<Option<StoredAnswer>, JournalError> {
        journal.answer(actor, key).await
    }

    /// Interferes with reading an event.
    ///
    /// # Errors
    /// As the journal.
    async fn read_event(&self, journal: &dyn JournalStore, event: EventId, span: Span) -> Rows {
        journal.read_event(event, span.after, span.limit).await
    }
}

/// A journal and what stands before it.
pub struct Beset<B> {
    /// The journal itself.
    pub journal: Arc<dyn JournalStore>,
    /// What stands before it.
    pub between: B,
}

#[async_trait]
impl<B: Between> JournalStore for Beset<B> {
    async fn append(&self, units: &[UnitOfWork]) -> Answers {
        self.between.append(&*self.journal, units).await
    }

    async fn load(&self, streams: &[StreamId]) -> Result<Vec<RecordedFact>, JournalError> {
        self.journal.load(streams).await
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Vec<RecordedFact>, JournalError> {
        self.between.read(&*self.journal, Span { after, limit }).await
    }

    async fn read_event(
        &self,
        event: EventId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedFact>, JournalError> {
        self.between.read_event(&*self.journal, event, Span { after, limit }).await
    }

    async fn head(&self) -> Result<Position, JournalError> {
        self.journal.head().await
    }

    async fn answer(
        &self,
        actor: &Subject,
        key: &str,
    ) -> Result<Option<StoredAnswer>, JournalError> {
        self.between.answer(&*self.journal, actor, key).await
    }

    async fn forget_answers(&self, before: Timestamp) -> Result<u64, JournalError> {
        self.journal.forget_answers(before).await
    }

    async fn keep_plan(&self, hash: &PlanHash, canonical_json: &[u8]) -> Result<(), JournalError> {
        self.journal.keep_plan(hash, canonical_json).await
    }

    async fn plan(&self, hash: &PlanHash) -> Result<Option<Vec<u8>>, JournalError> {
        self.journal.plan(hash).await
    }

    async fn snapshot(&self, name: &SnapshotName) -> Result<Option<Snapshot>, JournalError> {
        self.journal.snapshot(name).await
    }

    async fn keep_snapshot(
        &self,
        name: &SnapshotName,
        snapshot: &Snapshot,
    ) -> Result<(), JournalError> {
        self.journal.keep_snapshot(name, snapshot).await
    }

    fn watch_head(&self) -> watch::Receiver<Position> {
        self.journal.watch_head()
    }
}
