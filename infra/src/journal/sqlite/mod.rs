//! The journal in an SQLite file: what `aisle serve` uses when nothing is installed.
//!
//! One connection writes, a few others read beside it (WAL). SQLite is called directly, on the
//! thread of whoever asks: a statement takes microseconds, less than handing it to another thread
//! would. What may take longer lets the runtime go on with other tasks meanwhile.
//!
//! Facts and commands are only added at the ends of their tables; indexes follow ([`lag`]). It is
//! made for one process at a time; a second one on the same file is safe, and waits.

mod append;
mod checkpoint;
mod connect;
mod head;
mod index;
mod keep;
mod lag;
mod names;
mod places;
mod read;
mod readers;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aisle_domain::id::{EventId, Subject};
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::{Position, StreamId};
use async_trait::async_trait;
use jiff::Timestamp;
use parking_lot::Mutex;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use self::checkpoint::Checkpoints;
use self::index::Lookup;
use self::readers::Readers;
use self::writer::Writer;
use super::head::KnownHead;
use super::recent::{Known, Recent};
use super::{
    Appended, JournalError, JournalStore, RecordedFact, Rejection, Snapshot, SnapshotName,
    StoredAnswer, UnitOfWork,
};

type Result<T, E = JournalError> = std::result::Result<T, E>;

/// How often the file is asked for what another process appended.
const POLL: Duration = Duration::from_millis(250);

/// So many facts are read in less time than it takes to let another thread go on meanwhile; and
/// the last ones are in memory.
const SHORT: u64 = 64;

/// How the journal uses its file.
#[derive(Debug, Clone, Copy)]
pub struct SqliteOptions {
    /// How many entries of the index of facts are gathered in memory before they are entered, in
    /// the order of the index: the more, the fewer pages are written for each. The default is some
    /// 16,000 holds of two seats. Twice as many take 5 MB, and are read back from the rows in some
    /// tenths of a second when the journal is opened.
    pub gathered: usize,
    /// How many facts that were appended here are remembered, so that those who follow the journal
    /// need not read them back. At some 700 bytes each, the default takes 6 MB.
    pub remembered: usize,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { gathered: 65_536, remembered: 8_192 }
    }
}

/// The journal in an SQLite file.
pub struct SqliteJournal {
    writer: Arc<Mutex<Writer>>,
    readers: Arc<Readers>,
    head: KnownHead,
    recent: Recent,
    /// Ends with the journal.
    _follower: AbortOnDropHandle<()>,
}

impl SqliteJournal {
    /// Opens the file, creating it if there is none, and brings its tables up to date.
    ///
    /// # Errors
    /// If the file cannot be opened or its tables are not what they should be.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, SqliteOptions::default()).await
    }

    /// The same, with other options.
    ///
    /// # Errors
    /// As [`SqliteJournal::open`].
    pub async fn open_with(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self> {
        let path = path.as_ref();
        connect::migrate(path).await?;
        let (writer, readers) = blocking(|| {
            let file = connect::writer(path).map_err(failure)?;
            let lags = Arc::new(Mutex::new(connect::lags(&file, options)?));
            let (nudge, checkpoints) = Checkpoints::new(path)?;
            let writer = Arc::new(Mutex::new(Writer::new(file, lags.clone(), nudge)));
            checkpoints.start(Arc::downgrade(&writer))?;
            Ok((writer, Arc::new(Readers::new(path.to_owned(), lags))))
        })?;
        let head = KnownHead::new(readers.read(read::head)?);
        let follower = tokio::spawn(follow(readers.clone(), head.clone()));
        let (recent, follower) =
            (Recent::new(options.remembered), AbortOnDropHandle::new(follower));
        Ok(Self { writer, readers, head, recent, _follower: follower })
    }

    /// Appends. The disk is waited for beside the thread that runs everything, where there is one; of
    /// several, the others take over the tasks of the one that waits (`block_in_place`), which costs
    /// a single one as much as the append: they would move to another thread and back.
    async fn write(&self, units: &mut [UnitOfWork]) -> Result<Vec<Result<Appended, Rejection>>> {
        if has_other_threads() {
            return blocking(|| append::append(&mut self.writer.lock(), units));
        }
        let writer = self.writer.clone();
        let lent = units.iter_mut().map(std::mem::take).collect::<Vec<_>>();
        let writing = tokio::task::spawn_blocking(move || {
            let outcomes = append::append(&mut writer.lock(), &lent);
            (outcomes, lent)
        });
        match writing.await {
            Ok((outcomes, mut lent)) => {
                units.swap_with_slice(&mut lent);
                outcomes
            }
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime ends, and with it whoever would append them again.
                Err(cancelled) => Err(JournalError::unavailable(cancelled)),
            },
        }
    }

    /// How the writing connection is set, as (`journal_mode`, `synchronous`): an operator's check.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub async fn durability(&self) -> Result<(String, i64)> {
        let writer = self.writer.lock();
        let mode = writer.file().query_row("pragma journal_mode", [], |row| row.get(0));
        let synchronous = writer.file().query_row("pragma synchronous", [], |row| row.get(0));
        Ok((mode.map_err(failure)?, synchronous.map_err(failure)?))
    }
}

impl fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteJournal").field("head", &self.head).finish_non_exhaustive()
    }
}

async fn follow(readers: Arc<Readers>, head: KnownHead) {
    loop {
        tokio::time::sleep(POLL).await;
        match readers.read(read::head) {
            Ok(known) => head.raise(known),
            Err(error) => tracing::debug!(%error, "the head is not known"),
        }
    }
}

/// Does what may wait for the disk. Other tasks go on, where there are other threads to do so.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    if has_other_threads() { tokio::task::block_in_place(work) } else { work() }
}

fn has_other_threads() -> bool {
    let flavor = Handle::try_current().map(|runtime| runtime.runtime_flavor());
    matches!(flavor, Ok(RuntimeFlavor::MultiThread))
}

/// Tells what the tables will never take from every other failure.
fn failure(error: rusqlite::Error) -> JournalError {
    use rusqlite::ErrorCode::{ConstraintViolation, TooBig, TypeMismatch};
    match error.sqlite_error_code() {
        Some(TooBig | ConstraintViolation | TypeMismatch) => JournalError::refused(error),
        _ => JournalError::unavailable(error),
    }
}

#[async_trait]
impl JournalStore for SqliteJournal {
    async fn append(&self, units: &[UnitOfWork]) -> Result<Vec<Result<Appended, Rejection>>> {
        self.append_and_keep(&mut units.to_vec()).await
    }

    async fn append_and_keep(
        &self,
        units: &mut [UnitOfWork],
    ) -> Result<Vec<Result<Appended, Rejection>>> {
        let outcomes = self.write(units).await?;
        // Before it is known that there is something to read.
        self.recent.add(units, &outcomes);
        self.head.raise_to(&outcomes);
        Ok(outcomes)
    }

    async fn load(&self, streams: &[StreamId]) -> Result<Vec<RecordedFact>> {
        blocking(|| self.readers.look_up(|lookup| read::streams(lookup, streams)))
    }

    async fn read(&self, after: Position, limit: usize) -> Result<Vec<RecordedFact>> {
        let there = self.readers.read(read::head)?.saturating_sub(after);
        let read = || self.readers.read(|file| read::after(file, after, limit));
        match there {
            0 => Ok(Vec::new()),
            1..=SHORT => read(),
            _ => blocking(read),
        }
    }

    async fn read_known(&self, after: Position, limit: usize) -> Result<Vec<Arc<RecordedFact>>> {
        // Seen before: what was appended here is remembered before the head is raised.
        let head = self.head.known();
        let Known { mut facts, through } = self.recent.after(after, limit, None);
        if facts.len() < limit && through < head {
            let rest = self.read(through, limit - facts.len()).await?;
            facts.extend(rest.into_iter().map(Arc::new));
        }
        Ok(facts)
    }

    async fn read_event(
        &self,
        event: EventId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<RecordedFact>> {
        blocking(|| self.readers.look_up(|lookup| read::event_after(lookup, event, after, limit)))
    }

    async fn head(&self) -> Result<Position> {
        self.readers.read(read::head)
    }

    async fn answer(&self, actor: &Subject, key: &str) -> Result<Option<StoredAnswer>> {
        self.readers.look_up(|lookup| keep::answer(lookup, actor, key))
    }

    async fn forget_answers(&self, before: Timestamp) -> Result<u64> {
        blocking(|| keep::forget_answers(&self.writer, before))
    }

    async fn keep_plan(&self, hash: &PlanHash, canonical_json: &[u8]) -> Result<()> {
        blocking(|| keep::keep_plan(self.writer.lock().file(), hash, canonical_json))
    }

    async fn plan(&self, hash: &PlanHash) -> Result<Option<Vec<u8>>> {
        blocking(|| self.readers.read(|file| keep::plan(file, hash)))
    }

    async fn snapshot(&self, name: &SnapshotName) -> Result<Option<Snapshot>> {
        blocking(|| self.readers.read(|file| keep::snapshot(file, name)))
    }

    async fn keep_snapshot(&self, name: &SnapshotName, snapshot: &Snapshot) -> Result<()> {
        blocking(|| {
            let keep = |lookup: Lookup<'_>| keep::keep_snapshot(lookup.file, name, snapshot);
            self.writer.lock().transaction(keep)
        })
    }

    fn watch_head(&self) -> watch::Receiver<Position> {
        self.head.watch()
    }
}
