//! The journal on PostgreSQL.
//!
//! Appending is one call of `aisle_append_clean` (see `migrations/postgres`), which inserts under the
//! lock of the head row and leaves nearly all checking to the primary keys, or, if something is not
//! as expected, of `aisle_append`, which then judges unit by unit. It does not group commands:
//! [`super::commit`] does, and a process that appends one unit per call pays a commit for each.

mod answers;
mod append;
mod clean;
mod connect;
mod follow;
mod herald;
mod lanes;
mod read;
mod sightings;

use std::sync::Arc;
use std::time::Duration;

use aisle_domain::id::{EventId, Subject};
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::{Position, StreamId};
use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use self::answers::Answers;
use self::herald::Herald;
use self::lanes::Lanes;
use self::sightings::Sightings;
use super::head::KnownHead;
use super::recent::{Known, Recent};
use super::{
    Appended, JournalError, JournalStore, RecordedFact, Rejection, Snapshot, SnapshotName,
    StoredAnswer, UnitOfWork, snapshots,
};

/// How much longer than a statement may take its answer is waited for. A server that lives has said by
/// then that it gave up; what has not said anything is not there any more.
const FOR_ITS_ANSWER: Duration = Duration::from_secs(2);

/// How the journal uses its database.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Connections that append. The group committer needs one; a second is for whoever else does.
    pub writers: u32,
    /// Connections that read, apart from those that append, so that a flood of reads delays no
    /// command. One more listens.
    pub readers: u32,
    /// How long to wait for a connection before the journal counts as unavailable.
    pub acquire_timeout: Duration,
    /// After which the server gives up a statement, waiting for the head row included. A batch
    /// takes milliseconds: ten seconds are a sick server, not a busy one.
    pub statement_timeout: Duration,
    /// How often the head is asked for, for what is appended without a notification.
    pub poll: Duration,
    /// How many facts that were appended here are remembered, so that those who follow the journal
    /// need not read them back. At some 700 bytes each, the default takes 6 MB.
    pub remembered: usize,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            writers: 2,
            readers: 8,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            poll: Duration::from_millis(100),
            remembered: 8_192,
        }
    }
}

/// The journal in a PostgreSQL database.
#[derive(Debug)]
pub struct PostgresJournal {
    writers: Lanes,
    readers: Arc<Lanes>,
    head: KnownHead,
    herald: Herald,
    recent: Recent,
    answers: Answers,
    sightings: Sightings,
    /// Ends with the journal.
    follower: AbortOnDropHandle<()>,
}

impl PostgresJournal {
    /// Connects, and brings the tables up to date. Several processes may do so at once.
    ///
    /// # Errors
    /// If the database cannot be reached or its tables are not what they should be.
    pub async fn connect(url: &str, options: PostgresOptions) -> Result<Self, JournalError> {
        let connect::Pools { writers, readers, own } = connect::connect(url, &options).await?;
        // One of each is for those who go to the pool itself: plans, forgetting, snapshots.
        let patience = options.statement_timeout + FOR_ITS_ANSWER;
        let writers = Lanes::new(writers, options.writers.saturating_sub(1), patience);
        let readers = Arc::new(Lanes::new(readers, options.readers.saturating_sub(1), patience));
        let head = KnownHead::new(read::head(&readers).await?);
        let follower = follow::follow(readers.clone(), own, head.clone(), options.poll);
        let follower = AbortOnDropHandle::new(tokio::spawn(follower));
        let (herald, recent) = (Herald::default(), Recent::new(options.remembered));
        let (answers, sightings) = (Answers::default(), Sightings::default());
        Ok(Self { writers, readers, head, herald, recent, answers, sightings, follower })
    }

    /// Closes all connections once what is under way has ended.
    pub async fn close(&self) {
        self.follower.abort();
        self.writers.close().await;
        self.readers.close().await;
    }
}

/// Tells what the server will never take, of which nothing was stored, from every other failure,
/// after which nobody knows.
fn failure(error: sqlx::Error) -> JournalError {
    /// Data exceptions, violated constraints, and program limits such as a key too long to index.
    const REFUSALS: [&str; 3] = ["22", "23", "54"];
    let code = error.as_database_error().and_then(|error| error.code());
    let refused = code.is_some_and(|code| REFUSALS.iter().any(|class| code.starts_with(class)));
    if refused { JournalError::refused(error) } else { JournalError::unavailable(error) }
}

/// The same, of a batch: whatever else a server that is well says of the statement rolled all of it
/// back, and may be due to one unit, such as a check or a trigger that somebody added, a damaged page
/// of an index, or the server's own fault. The others need not fall with it.
fn failure_of_batch(error: sqlx::Error) -> JournalError {
    /// What a server says of itself, whatever the statement: of connections and who may have one, of
    /// what a connection had prepared, of being read-only, competing transactions, functions and
    /// rights that are gone (the statement is always the same), what it has run out of or cannot have
    /// at the moment, being told to stop, and its machine.
    const AILING: [&str; 13] =
        ["08", "0A000", "25", "26", "28", "3D", "40", "42", "53", "55", "57", "58", "F0"];
    let said = error.as_database_error().and_then(|said| said.try_downcast_ref());
    let is_of_statement = said.is_some_and(|said: &PgDatabaseError| {
        said.severity() == PgSeverity::Error
            && !AILING.iter().any(|class| said.code().starts_with(class))
    });
    if is_of_statement { JournalError::refused(error) } else { failure(error) }
}

#[async_trait]
impl JournalStore for PostgresJournal {
    async fn append(
        &self,
        units: &[UnitOfWork],
    ) -> Result<Vec<Result<Appended, Rejection>>, JournalError> {
        self.append_and_keep(&mut units.to_vec()).await
    }

    async fn append_and_keep(
        &self,
        units: &mut [UnitOfWork],
    ) -> Result<Vec<Result<Appended, Rejection>>, JournalError> {
        let sighting = self.sightings.begin();
        let outcomes = append::append(&self.writers, &self.herald, units).await?;
        // Before it is known that there is something to read.
        self.recent.add(units, &outcomes);
        self.head.raise_to(&outcomes);
        sighting.end(&outcomes);
        Ok(outcomes)
    }

    async fn load(&self, streams: &[StreamId]) -> Result<Vec<RecordedFact>, JournalError> {
        read::streams(&self.readers, streams).await
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Vec<RecordedFact>, JournalError> {
        let (mut facts, through) = self.recent.after(after, limit, None).into_owned();
        if facts.len() < limit {
            let rest = limit - facts.len();
            facts.extend(read::after(&self.readers, through, rest).await?);
        }
        Ok(facts)
    }

    /// Whoever reads very much begins far behind what is remembered.
    async fn read_to_fold(
        &self,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedFact>, JournalError> {
        read::to_fold(&self.readers, after, limit).await
    }

    async fn read_known(
        &self,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<RecordedFact>>, JournalError> {
        // Seen before: what was appended here is remembered before the head is raised.
        let head = self.head.known();
        let Known { mut facts, through } = self.recent.after(after, limit, None);
        if facts.len() < limit && through < head {
            let rest = limit - facts.len();
            facts
                .extend(read::after(&self.readers, through, rest).await?.into_iter().map(Arc::new));
        }
        Ok(facts)
    }

    async fn read_event(
        &self,
        event: EventId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedFact>, JournalError> {
        let (mut facts, through) = self.recent.after(after, limit, Some(event)).into_owned();
        if facts.len() < limit {
            let rest = limit - facts.len();
            facts.extend(read::event_after(&self.readers, event, through, rest).await?);
        }
        Ok(facts)
    }

    async fn head(&self) -> Result<Position, JournalError> {
        read::head(&self.readers).await
    }

    async fn answer(
        &self,
        actor: &Subject,
        key: &str,
    ) -> Result<Option<StoredAnswer>, JournalError> {
        self.answers.find(&self.readers, actor, key).await
    }

    async fn forget_answers(&self, before: Timestamp) -> Result<u64, JournalError> {
        append::forget_answers(self.writers.pool(), before).await
    }

    async fn keep_plan(&self, hash: &PlanHash, canonical_json: &[u8]) -> Result<(), JournalError> {
        append::keep_plan(self.writers.pool(), hash, canonical_json).await
    }

    async fn plan(&self, hash: &PlanHash) -> Result<Option<Vec<u8>>, JournalError> {
        read::plan(&self.readers, hash).await
    }

    async fn snapshot(&self, name: &SnapshotName) -> Result<Option<Snapshot>, JournalError> {
        snapshots::of_postgres(self.readers.pool(), name, failure).await
    }

    async fn keep_snapshot(
        &self,
        name: &SnapshotName,
        snapshot: &Snapshot,
    ) -> Result<(), JournalError> {
        snapshots::keep_in_postgres(self.writers.pool(), name, snapshot).await.map_err(failure)
    }

    fn appends_begun(&self) -> u64 {
        self.sightings.begun()
    }

    fn was_seen_since(&self, begun: u64) -> bool {
        self.sightings.since(begun)
    }

    fn watch_head(&self) -> watch::Receiver<Position> {
        self.head.watch()
    }
}
