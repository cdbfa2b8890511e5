//! The journal: the append-only store of domain events, which doubles as the outbox.
//!
//! This file is the contract. A store
//! knows facts as rows (stream, sequence, JSON text); what they mean is the domain's business.
//!
//! The contract in short. A call of [`JournalStore::append`] behaves **as if its units of work
//! were appended one after another, in order, each all or not at all**, and it is durable before
//! it returns. Positions are gap-free and strictly in commit order. A unit whose expectations do
//! not hold is answered by a [`Rejection`] of its own and changes nothing; the others go on.
//!
//! One thing is stricter than "one after another". A unit that expects a sequence which a unit
//! before it in the batch meant to write, but did not, conflicts, even if somebody else's fact
//! now has that sequence: it may have been decided on facts that never came to be. Now and then
//! this refuses a unit needlessly, and its sender decides again. [`commit`] keeps the same promise
//! across batches to those who chain units.
//!
//! What it does not do: know the meaning of facts, check a payload against a schema, publish.

mod batch;
pub mod commit;
mod decide;
mod head;
mod meaning;
#[cfg(any(test, feature = "testing"))]
pub mod memory;
mod packed;
pub mod postgres;
mod recent;
pub mod repository;
mod rows;
mod snapshots;
pub mod sqlite;

mod entry;

use std::sync::Arc;

use aisle_domain::id::{CommandId, EventId, Subject};
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::{Position, Sequence, StreamId};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

pub use self::entry::Entry;
pub use self::meaning::Meaning;
pub use self::snapshots::{Packer, Snapshot, SnapshotName};

/// One fact to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFact {
    /// The stream that it extends.
    pub stream: StreamId,
    /// The sequence that it will have there: one more than its predecessor's.
    pub sequence: Sequence,
    /// The name of the fact, such as `held`.
    pub fact: String,
    /// The version of the payload's schema.
    pub version: String,
    /// The payload, as JSON text.
    pub payload: String,
    /// What it says, if whoever decided it tells.
    pub meaning: Meaning,
}

/// Who and what caused the facts of a unit of work; stored with each of them, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The command that was decided.
    pub command_id: CommandId,
    /// The request or process that everything since belongs to.
    pub correlation_id: String,
    /// What the command reacts to: a fact's position, a request's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<String>,
    /// On whose behalf it was sent.
    pub actor: Subject,
    /// The W3C trace context of the request, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
}

impl Metadata {
    /// The text that a [`UnitOfWork`] carries.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and ids always serialise")
    }
}

/// The key under which a command's first answer is kept and given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The client's `Idempotency-Key`; unique per actor.
    pub key: String,
    /// Who sent it.
    pub actor: Subject,
    /// SHA-256 over method, path and body: the same key with another digest is refused.
    pub digest: [u8; 32],
    /// The answer to give, as JSON text, without the position, which only the append knows.
    pub answer: String,
}

/// The facts of one command, over one or more streams, appended all or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitOfWork {
    /// The ticketed event that all its streams belong to.
    pub event_id: Option<EventId>,
    /// What is to be recorded. Facts of one stream have consecutive sequences. May be empty when
    /// only an answer is to be kept.
    pub facts: Vec<NewFact>,
    /// Streams that were only read, with the sequence at which they were: it must still be so.
    pub reads: Vec<(StreamId, Sequence)>,
    /// Stored with every fact, as JSON text: [`Metadata::to_json`], or what cqrs-es gives.
    pub metadata: String,
    /// The answer to keep, if the command came with a key.
    pub idempotency: Option<Idempotency>,
}

/// Where a unit of work stands in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The position of its last fact; the head at that moment if it had none.
    pub position: Position,
    /// When it was recorded. Never goes back from one position to the next.
    pub recorded_at: Timestamp,
}

/// An answer given before, under the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The digest of the request that it answered.
    pub digest: [u8; 32],
    /// The answer, as JSON text.
    pub answer: String,
    /// The position of the unit of work that it answered.
    pub position: Position,
}

impl StoredAnswer {
    /// What a row of `commands` says.
    fn try_from_row(digest: Vec<u8>, answer: String, position: i64) -> Result<Self, JournalError> {
        let digest = digest.try_into().map_err(|digest: Vec<u8>| JournalError::Corrupt {
            place: format!("the answer at position {position}"),
            what: format!("a digest of {} bytes", digest.len()),
        })?;
        Ok(Self { digest, answer, position: rows::unsigned(position)? })
    }
}

/// Why one unit of work was not appended. It left no trace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A stream is not at the expected sequence: what was decided on is no longer so.
    #[error("stream {0} has moved on")]
    Conflict(StreamId),
    /// The key was used before: here is the first answer. The caller compares the digests.
    /// Takes precedence over a conflict, which a repeated command always has.
    #[error("the command was answered before, at position {}", .0.position)]
    Repeated(StoredAnswer),
}

/// Why the journal could not do what was asked. Nothing is known to be wrong with the request.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// The store cannot be reached or failed. For an append the outcome is unknown: it may have
    /// been committed. Repeating it with its idempotency key tells.
    #[error("the journal is not available")]
    Unavailable(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// More waits to be appended than the queue holds. Nothing was appended.
    #[error("the journal's queue is full")]
    Overloaded,
    /// The store will not hold what it was given: text that is not JSON, a key that is too long, what
    /// a check of its own says no to. Nothing was appended, and nothing will be, as far as can be
    /// told, if the same is sent again.
    #[error("the journal refuses what it was given")]
    Refused(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// What was read makes no sense: a fault of the store or of somebody who edited history.
    #[error("the journal holds something unreadable at {place}: {what}")]
    Corrupt {
        /// Which row.
        place: String,
        /// What is wrong with it.
        what: String,
    },
}

impl JournalError {
    /// Wraps the failure of a store.
    pub fn unavailable(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Unavailable(Arc::new(source))
    }

    /// Wraps a store's refusal of the data.
    pub fn refused(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Refused(Arc::new(source))
    }
}

/// One fact as the journal holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedFact {
    /// Its place in the journal.
    pub position: Position,
    /// The ticketed event that its stream belongs to; rows written by postgres-es have none.
    pub event_id: Option<EventId>,
    /// Its stream.
    pub stream: StreamId,
    /// Its place in the stream.
    pub sequence: Sequence,
    /// The name of the fact.
    pub fact: String,
    /// The version of the payload's schema.
    pub version: String,
    /// The payload, as JSON text.
    pub payload: String,
    /// The metadata, as JSON text: a [`Metadata`] if Aisle wrote it.
    pub metadata: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What it says, if it was decided in this process.
    pub meaning: Meaning,
}

/// What every store of the journal does. Object-safe: the rest of Aisle holds an
/// `Arc<dyn JournalStore>`.
#[async_trait]
pub trait JournalStore: Send + Sync + 'static {
    /// Appends a batch of units of work, as if one after another, each all or not at all, and
    /// answers each by itself, in order. Durable when it returns.
    ///
    /// # Errors
    /// Only if the batch as a whole failed; then no unit is known to be appended.
    async fn append(
        &self,
        units: &[UnitOfWork],
    ) -> Result<Vec<Result<Appended, Rejection>>, JournalError>;

    /// The same for who has no use for the facts afterwards: a store that remembers what it appended
    /// may keep them instead of copies. Units that were accepted may have none any more then.
    ///
    /// # Errors
    /// As [`JournalStore::append`]; then no unit has changed.
    async fn append_and_keep(
        &self,
        units: &mut [UnitOfWork],
    ) -> Result<Vec<Result<Appended, Rejection>>, JournalError> {
        self.append(units).await
    }

    /// The facts of these streams, by stream in the given order, then by sequence. One round trip.
    ///
    /// # Errors
    /// If the store fails.
    async fn load(&self, streams: &[StreamId]) -> Result<Vec<RecordedFact>, JournalError>;

    /// Up to `limit` facts after a position, in order, without gaps.
    ///
    /// # Errors
    /// If the store fails.
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<RecordedFact>, JournalError>;

    /// The same, for who reads very much of it and only folds it: the names of the facts, their
    /// metadata and their places in their streams may be missing, and are empty and 0 then.
    ///
    /// # Errors
    /// If the store fails.
    async fn read_to_fold(
        &self,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedFact>, JournalError> {
        self.read(after, limit).await
    }

    /// The same as [`JournalStore::read`], for who follows the journal and will be told of more: all
    /// facts up to what [`JournalStore::watch_head`] says, and perhaps more. A store that knows what
    /// it appended itself need not ask the database whether somebody else appended since.
    ///
    /// # Errors
    /// If the store fails.
    async fn read_known(
        &self,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<RecordedFact>>, JournalError> {
        Ok(self.read(after, limit).await?.into_iter().map(Arc::new).collect())
    }

    /// As [`JournalStore::read`], of one ticketed event only (so with gaps).
    ///
    /// # Errors
    /// If the store fails.
    async fn read_event(
        &self,
        event: EventId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedFact>, JournalError>;

    /// The position of the last fact; 0 if there is none.
    ///
    /// # Errors
    /// If the store fails.
    async fn head(&self) -> Result<Position, JournalError>;

    /// The answer given before to this actor under this key, if it is still kept.
    ///
    /// # Errors
    /// If the store fails.
    async fn answer(
        &self,
        actor: &Subject,
        key: &str,
    ) -> Result<Option<StoredAnswer>, JournalError>;

    /// Forgets answers recorded before a moment. Returns how many.
    ///
    /// # Errors
    /// If the store fails.
    async fn forget_answers(&self, before: Timestamp) -> Result<u64, JournalError>;

    /// Keeps a seating plan (its canonical JSON) under its hash. Keeping it twice is no error.
    ///
    /// # Errors
    /// If the store fails.
    async fn keep_plan(&self, hash: &PlanHash, canonical_json: &[u8]) -> Result<(), JournalError>;

    /// The canonical JSON of a plan kept before.
    ///
    /// # Errors
    /// If the store fails.
    async fn plan(&self, hash: &PlanHash) -> Result<Option<Vec<u8>>, JournalError>;

    /// What was kept under a name. A store need not keep snapshots; then there is none.
    ///
    /// # Errors
    /// If the store fails.
    async fn snapshot(&self, _name: &SnapshotName) -> Result<Option<Snapshot>, JournalError> {
        Ok(None)
    }

    /// Keeps a snapshot under a name, unless a later one is kept already. Those of earlier schemas
    /// go.
    ///
    /// # Errors
    /// If the store fails.
    async fn keep_snapshot(
        &self,
        _name: &SnapshotName,
        _snapshot: &Snapshot,
    ) -> Result<(), JournalError> {
        Ok(())
    }

    /// How many times this process has begun to append here; see [`JournalStore::was_seen_since`].
    fn appends_begun(&self) -> u64 {
        0
    }

    /// Whether an append that began after that count has seen where the journal ended. Then all
    /// that the journal held at that moment is what [`JournalStore::read_known`] tells: who wants
    /// to know what it holds *now* need not ask the database once more.
    fn was_seen_since(&self, _begun: u64) -> bool {
        false
    }

    /// The head as far as this process knows it: raised by its own appends at once, by those of
    /// other processes within the store's polling interval. A hint to read, never a truth.
    fn watch_head(&self) -> watch::Receiver<Position>;
}
