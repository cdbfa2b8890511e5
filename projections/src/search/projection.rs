//! The search index as a projection: folds facts into rows in memory, writes the changed ones in
//! one commit per cadence, and shows each commit to all [`Search`] handles.
//!
//! What is free of an event changes with every sale and is in no dictionary. So where nothing else
//! has changed, readers are shown the new numbers without a commit; the documents follow some
//! seconds later, and a crash before that costs the next start those seconds of the journal.
//!
//! In memory are the rows that changed since the last commit and some that changed lately; any
//! other is read back from the index when a fact touches it. So a restart needs no scan, and
//! memory does not grow with the catalogue.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aisle_domain::event::EventFact;
use aisle_domain::fact::Fact;
use aisle_domain::id::EventId;
use aisle_domain::stream::{AggregateType, Position};
use aisle_infra::journal::Entry;
use async_trait::async_trait;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::builds::{BuildName, Builds};
use super::head_start::HeadStart;
use super::row::Row;
use super::run::Search;
use super::segment::Available;
use super::snapshot::Snapshot;
use super::store::{IndexError, IndexStore};
use crate::projection::{Cadence, Digest, Projection, ProjectionError};

/// The version of the fold, the fields and how words are folded. Raise it when one changes.
pub(super) const VERSION: u32 = 3;
/// How long what was applied may wait to be found. A commit writes and syncs some dozen files.
const CADENCE: Duration = Duration::from_millis(500);
/// How long a document may say less than is shown of it: what a start after a crash reads again.
const STORED_WITHIN: Duration = Duration::from_secs(10);
/// How many unchanged rows stay in memory, of some 2 KB each: events on sale change often.
const KEPT_ROWS: usize = 2_048;

/// The search index in the making.
pub struct SearchProjection {
    builds: Builds,
    build: BuildName,
    standing: Standing,
    /// What it may begin with if it has nothing.
    head_start: Option<HeadStart>,
    store: Arc<Mutex<IndexStore>>,
    search: Search,
    /// The index as of the last commit.
    stored: Arc<Snapshot>,
    stored_at: Instant,
    /// Up to where entries are folded into the rows.
    folded: Position,
    /// Lent to the thread that commits.
    rows: Arc<Mutex<HashMap<EventId, Row>>>,
    /// Whose rows changed since the last commit.
    changed: HashSet<EventId>,
    /// Of which something is to be shown that only a commit can show.
    reworded: HashSet<EventId>,
    /// Whose numbers changed since readers were last shown any.
    unshown: HashSet<EventId>,
}

/// Whether a build is the one that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    InUse,
    /// It grows beside the one that is read.
    Beside,
}

impl SearchProjection {
    /// Its name.
    pub(super) const NAME: &str = "search";

    /// Opens the build in use. If there is none, or it is another version's, or damaged, a new
    /// one is put into use, to be built from position 0 or [with a head start](HeadStart). Blocks for as long as it takes to read
    /// every file of the index once.
    ///
    /// # Errors
    /// If the directory cannot be used, or another process has the index open.
    pub fn open(dir: &Path) -> Result<Self, IndexError> {
        let builds = Builds::open(dir)?;
        let (build, store, position) = take_up(&builds)?;
        let mut opened = Self::with(builds, build, store, position)?;
        opened.standing = Standing::InUse;
        Ok(opened)
    }

    /// Begins a build beside the one in use, which stays so until [`make_current`].
    ///
    /// [`make_current`]: Self::make_current
    ///
    /// # Errors
    /// If the directory cannot be used.
    pub fn new_build(dir: &Path) -> Result<Self, IndexError> {
        let builds = Builds::open(dir)?;
        let build = builds.create_next(VERSION)?;
        let store = IndexStore::create(&builds.path(build))?;
        Self::with(builds, build, store, 0)
    }

    fn with(
        builds: Builds,
        build: BuildName,
        store: IndexStore,
        position: Position,
    ) -> Result<Self, IndexError> {
        let search = Search::new(Snapshot::next(None, store.searcher(), position)?);
        Ok(Self {
            builds,
            build,
            standing: Standing::Beside,
            head_start: None,
            store: Arc::new(Mutex::new(store)),
            stored: search.current(),
            search,
            stored_at: Instant::now(),
            folded: position,
            rows: Arc::default(),
            changed: HashSet::new(),
            reworded: HashSet::new(),
            unshown: HashSet::new(),
        })
    }

    /// Whenever it has nothing, it begins with what there is, not with the first fact.
    #[must_use]
    pub fn with_head_start(self, head_start: HeadStart) -> Self {
        Self { head_start: Some(head_start), ..self }
    }

    /// Makes this build the one that is opened from now on, and removes those before it.
    ///
    /// # Errors
    /// If the directory cannot be written.
    pub fn make_current(&mut self) -> Result<(), IndexError> {
        self.builds.make_current(self.build)?;
        self.standing = Standing::InUse;
        Ok(self.builds.remove_before(self.build)?)
    }

    /// Which build this is.
    #[must_use]
    pub fn build(&self) -> BuildName {
        self.build
    }

    /// The handle by which it is asked.
    #[must_use]
    pub fn search(&self) -> Search {
        self.search.clone()
    }

    /// Brings to memory every row that these entries touch, of those that there are.
    fn load(&self, entries: &[Entry]) -> Result<(), IndexError> {
        let mut rows = self.rows.lock();
        let mut looked_for = HashSet::new();
        for entry in entries.iter().filter(|entry| concerns(&entry.fact)) {
            let Some(id) = entry.event_id() else { continue };
            if !rows.contains_key(&id) && looked_for.insert(id) {
                rows.extend(self.stored.row(id)?.map(|row| (id, row)));
            }
        }
        Ok(())
    }

    /// Folds an entry into its row, wholly or not at all.
    fn fold(&mut self, entry: &Entry) -> Result<(), String> {
        let id = entry.event_id().ok_or("it names no event")?;
        let mut rows = self.rows.lock();
        match (rows.get_mut(&id), &*entry.fact) {
            (Some(row), fact) => row.evolve(&entry.recorded.stream, fact)?,
            (None, Fact::Event(EventFact::Created(details))) => {
                rows.insert(id, Row::created(id, details));
            }
            (None, _) => return Err("its event was never created".into()),
        }
        if let Fact::Event(_) = *entry.fact {
            self.reworded.insert(id);
        }
        self.changed.insert(id);
        self.unshown.insert(id);
        Ok(())
    }

    /// Forgets what only memory holds, for a store that stands here. Readers are not taken back.
    fn begin_at(&mut self, stored: Arc<Snapshot>) {
        self.search.publish_if_newer(Arc::clone(&stored));
        self.folded = stored.position;
        self.stored = stored;
        self.rows.lock().clear();
        self.nothing_waits();
    }

    /// Takes note that everything is stored and shown.
    fn nothing_waits(&mut self) {
        self.stored_at = Instant::now();
        self.changed.clear();
        self.reworded.clear();
        self.unshown.clear();
    }

    fn ensure_in_use(&self) -> Result<(), ProjectionError> {
        let is_there = || self.builds.path(self.build).is_dir();
        let is_current = || self.builds.current() == Some(self.build) && is_there();
        match self.standing == Standing::InUse && !is_current() {
            true => Err(ProjectionError::Superseded { found: None }),
            false => Ok(()),
        }
    }
}

/// The build in use, and up to where it goes. A new one is put into use if there is none that can be
/// read.
fn take_up(builds: &Builds) -> Result<(BuildName, IndexStore, Position), IndexError> {
    if let Some(build) = builds.current().filter(|build| build.version == VERSION) {
        match IndexStore::open(&builds.path(build)) {
            Ok((store, position)) => {
                builds.remove_before(build)?;
                return Ok((build, store, position));
            }
            Err(error) if error.is_damage() => {
                tracing::warn!(%build, %error, "the search index is built anew");
            }
            Err(error) => return Err(error),
        }
    }
    let build = builds.create_next(VERSION)?;
    let store = IndexStore::create(&builds.path(build))?;
    builds.make_current(build)?;
    builds.remove_before(build)?;
    Ok((build, store, 0))
}

/// Whether a fact is of an event or of what it has on sale.
fn concerns(fact: &Fact) -> bool {
    match fact {
        Fact::Event(_) | Fact::Seat(_) | Fact::Area(_) => true,
        Fact::Booking(_) => false,
    }
}

#[async_trait]
impl Projection for SearchProjection {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn cadence(&self) -> Cadence {
        Cadence::Within(CADENCE)
    }

    fn reads(&self, aggregate: AggregateType) -> bool {
        match aggregate {
            AggregateType::Event | AggregateType::Seat | AggregateType::Area => true,
            AggregateType::Booking => false,
        }
    }

    async fn checkpoint(&self) -> Result<Position, ProjectionError> {
        Ok(self.stored.position)
    }

    async fn begin(&mut self) -> Result<Position, ProjectionError> {
        if self.stored.position == 0
            && let Some(head_start) = &self.head_start
        {
            // Its files may be gone: then it is begun anew, for tantivy writes to them no more.
            self.ensure_in_use()?;
            let Some(position) = head_start.give(&self.store).await? else { return Ok(0) };
            let store = Arc::clone(&self.store);
            let stored = blocking(move || Snapshot::next(None, store.lock().searcher(), position));
            self.begin_at(Arc::new(stored.await?));
        }
        self.checkpoint().await
    }

    async fn apply(&mut self, entries: &[Entry]) -> Result<(), ProjectionError> {
        let known = entries.partition_point(|entry| entry.position() <= self.folded);
        let entries = &entries[known..];
        self.load(entries).map_err(ProjectionError::store)?;
        for entry in entries {
            if concerns(&entry.fact)
                && let Err(reason) = self.fold(entry)
            {
                return Err(ProjectionError::Poison { position: entry.position(), reason });
            }
            self.folded = entry.position();
        }
        Ok(())
    }

    async fn show(&mut self, position: Position) -> Result<bool, ProjectionError> {
        if !self.reworded.is_empty() || self.stored_at.elapsed() >= STORED_WITHIN {
            return Ok(false);
        }
        self.ensure_in_use()?;
        let shown = self.search.current();
        // Of another build that is further still, and is shown until this one is as far.
        if shown.position < self.stored.position || shown.position >= position {
            return Ok(false);
        }
        let rows = self.rows.lock();
        let now = |id: &EventId| {
            let row = rows.get(id)?;
            Some((*id, Available { available: row.available(), taken: row.taken }))
        };
        let snapshot = shown.with_availability(position, self.unshown.iter().filter_map(now));
        self.search.publish(snapshot.map_err(ProjectionError::store)?);
        drop(rows);
        self.unshown.clear();
        Ok(true)
    }

    async fn commit(&mut self, position: Position) -> Result<(), ProjectionError> {
        self.ensure_in_use()?;
        let changed: Vec<EventId> = self.changed.iter().copied().collect();
        let (store, rows, shown) =
            (Arc::clone(&self.store), Arc::clone(&self.rows), self.search.current());
        let stored = blocking(move || {
            let (mut store, rows) = (store.lock(), rows.lock());
            store.commit(changed.iter().filter_map(|id| rows.get(id)), position)?;
            Ok(Arc::new(Snapshot::next(Some(&shown), store.searcher(), position)?))
        })
        .await?;
        self.stored = Arc::clone(&stored);
        self.search.publish_if_newer(stored);
        self.nothing_waits();
        let mut rows = self.rows.lock();
        if rows.len() > KEPT_ROWS {
            rows.clear();
        }
        Ok(())
    }

    /// Takes up the build that a rebuild has put in place of this one, or begins one anew if somebody
    /// has removed it. Readers are not taken back: if they were shown more, they are shown it until
    /// this build is as far.
    async fn reload(&mut self) -> Result<Position, ProjectionError> {
        // Unless it did already, and failed at what comes then: the build has one writer.
        if self.ensure_in_use().is_err() {
            let builds = self.builds.clone();
            let (build, store, stored) = blocking(move || {
                let (build, store, position) = take_up(&builds)?;
                let stored = Snapshot::next(None, store.searcher(), position)?;
                Ok((build, store, Arc::new(stored)))
            })
            .await?;
            (self.build, self.store) = (build, Arc::new(Mutex::new(store)));
            self.begin_at(stored);
        } else {
            // It was not to be seen for a moment, or could not be written: what was folded since its
            // last commit comes again.
            self.begin_at(Arc::clone(&self.stored));
        }
        self.begin().await
    }

    async fn digest(&self) -> Result<Digest, ProjectionError> {
        let snapshot = Arc::clone(&self.stored);
        blocking(move || digest_of(&snapshot)).await
    }
}

/// The digest of all rows, by event.
pub(super) fn digest_of(snapshot: &Snapshot) -> Result<Digest, IndexError> {
    let mut rows = Vec::new();
    for row in snapshot.rows() {
        let row = row?;
        rows.push((row.id, serde_json::to_vec(&row)?));
    }
    rows.sort_unstable();
    let mut hash = Sha256::new();
    for (_, json) in rows {
        hash.update((json.len() as u64).to_be_bytes());
        hash.update(json);
    }
    Ok(Digest(hash.finalize().into()))
}

/// Runs what blocks on a thread for that.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IndexError> + Send + 'static,
) -> Result<T, ProjectionError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(ProjectionError::store)?.map_err(ProjectionError::store)
}
