//! cqrs-es over the journal: its `PersistedEventStore`, upcasters and `CqrsFramework` run on the
//! group committer, so that what they write has positions like everything else.
//!
//! It keeps no snapshots: those of cqrs-es 0.5 apply every event of a commit twice. A store made
//! with `new_snapshot_store` or `new_aggregate_store` fails at its first snapshot. Nor does it write
//! units of work over several aggregates, for which cqrs-es has no notion.

use aisle_domain::stream::{AggregateType, Position, StreamId};
use cqrs_es::Aggregate;
use cqrs_es::persist::{
    PersistedEventRepository, PersistenceError, ReplayFeed, ReplayStream, SerializedEvent,
    SerializedSnapshot,
};
use serde_json::Value;
use std::sync::Arc;

use super::commit::{AppendError, Committer};
use super::{JournalError, JournalStore, Meaning, NewFact, RecordedFact, Rejection, UnitOfWork};

/// How many facts are read at once when a whole journal is replayed, and how many wait.
const PAGE: usize = 500;

/// The journal as cqrs-es wants it.
#[derive(Debug, Clone)]
pub struct JournalRepository {
    committer: Committer,
}

/// cqrs-es asks for something that the journal does not do.
#[derive(Debug, thiserror::Error)]
enum Unsupported {
    #[error("the journal keeps no snapshots of cqrs-es: use `new_event_store`")]
    Snapshot,
    #[error("cqrs-es sends no idempotency keys, yet one was used before")]
    Repeated,
}

impl JournalRepository {
    /// Reads from the committer's journal and appends through it.
    #[must_use]
    pub fn new(committer: Committer) -> Self {
        Self { committer }
    }

    async fn events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        after: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let facts = self.committer.journal().load(&[stream::<A>(aggregate_id)?]).await;
        let facts = facts.map_err(failure)?.into_iter();
        facts.filter(|fact| fact.sequence > after as u64).map(serialized).collect()
    }
}

impl PersistedEventRepository for JournalRepository {
    async fn get_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.events::<A>(aggregate_id, 0).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.events::<A>(aggregate_id, last_sequence).await
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        _aggregate_id: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        snapshot_update: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        if snapshot_update.is_some() {
            return Err(PersistenceError::UnknownError(Box::new(Unsupported::Snapshot)));
        }
        let Some(first) = events.first() else { return Ok(()) };
        let facts = events.iter().map(new_fact::<A>).collect::<Result<_, _>>()?;
        let unit = UnitOfWork {
            event_id: None,
            facts,
            reads: Vec::new(),
            // cqrs-es gives all events of one commit the same metadata.
            metadata: first.metadata.to_string(),
            idempotency: None,
        };
        self.committer.append(unit).await.map(drop).map_err(|error| match error {
            AppendError::Rejected(Rejection::Conflict(_)) => PersistenceError::OptimisticLockError,
            AppendError::Rejected(Rejection::Repeated(_)) => {
                PersistenceError::UnknownError(Box::new(Unsupported::Repeated))
            }
            AppendError::Failed(error) => failure(error),
        })
    }

    async fn stream_events<A: Aggregate>(
        &self,
        aggregate_id: &str,
    ) -> Result<ReplayStream, PersistenceError> {
        let events = self.events::<A>(aggregate_id, 0).await?;
        let (mut feed, stream) = ReplayStream::new(PAGE);
        tokio::spawn(async move {
            for event in events {
                if feed.push(Ok(event)).await.is_err() {
                    return;
                }
            }
        });
        Ok(stream)
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        let aggregate = aggregate_type::<A>()?;
        let (feed, stream) = ReplayStream::new(PAGE);
        tokio::spawn(replay(Arc::clone(self.committer.journal()), aggregate, feed));
        Ok(stream)
    }
}

/// Feeds all facts of one kind of aggregate, in the order of the journal, until the head is
/// reached, somebody stops listening or the journal fails, which is fed too.
async fn replay(journal: Arc<dyn JournalStore>, aggregate: AggregateType, mut feed: ReplayFeed) {
    let mut after: Position = 0;
    loop {
        let page = match journal.read(after, PAGE).await {
            Ok(page) => page,
            Err(error) => {
                let _ = feed.push(Err(failure(error))).await;
                return;
            }
        };
        let Some(last) = page.last() else { return };
        after = last.position;
        for fact in page.into_iter().filter(|fact| fact.stream.aggregate == aggregate) {
            if feed.push(serialized(fact)).await.is_err() {
                return;
            }
        }
    }
}

fn aggregate_type<A: Aggregate>() -> Result<AggregateType, PersistenceError> {
    A::TYPE.parse().map_err(|error| PersistenceError::UnknownError(Box::new(error)))
}

fn stream<A: Aggregate>(id: &str) -> Result<StreamId, PersistenceError> {
    Ok(StreamId { aggregate: aggregate_type::<A>()?, id: id.to_owned() })
}

fn new_fact<A: Aggregate>(event: &SerializedEvent) -> Result<NewFact, PersistenceError> {
    Ok(NewFact {
        stream: stream::<A>(&event.aggregate_id)?,
        sequence: event.sequence as u64,
        fact: event.event_type.clone(),
        version: event.event_version.clone(),
        payload: event.payload.to_string(),
        meaning: Meaning::default(),
    })
}

fn serialized(fact: RecordedFact) -> Result<SerializedEvent, PersistenceError> {
    Ok(SerializedEvent {
        aggregate_id: fact.stream.id,
        sequence: fact.sequence as usize,
        aggregate_type: fact.stream.aggregate.to_string(),
        event_type: fact.fact,
        event_version: fact.version,
        payload: serde_json::from_str(&fact.payload)?,
        metadata: serde_json::from_str(&fact.metadata)?,
    })
}

fn failure(error: JournalError) -> PersistenceError {
    match error {
        JournalError::Unavailable(_) | JournalError::Overloaded => {
            PersistenceError::ConnectionError(Box::new(error))
        }
        JournalError::Corrupt { .. } => PersistenceError::DeserializationError(Box::new(error)),
        JournalError::Refused(_) => PersistenceError::UnknownError(Box::new(error)),
    }
}
