//! The search index as a projection: folds facts into rows in memory, writes the changed ones in
//! one commit per cadence, and shows each commit to all [`Search`] handles.
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
use aisle_domain::stream::Position;
use aisle_infra::journal::Entry;
use async_trait::async_trait;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use super::builds::{BuildName, Builds};
use super::row::Row;
use super::run::Search;
use super::snapshot::Snapshot;
use super::store::{IndexError, IndexStore};
use crate::projection::{Cadence, Digest, Projection, ProjectionError};

/// The version of the fold, the fields and how words are folded. Raise it when one changes.
const VERSION: u32 = 1;
/// How long what was applied may wait to be found. A commit writes and syncs some dozen files.
const CADENCE: Duration = Duration::from_millis(500);
/// How many unchanged rows stay in memory, of some 2 KB each: events on sale change often.
const KEPT_ROWS: usize = 2_048;

/// The search index in the making.
pub struct SearchProjection {
    builds: Builds,
    build: BuildName,
    store: Arc<Mutex<IndexStore>>,
    search: Search,
    rows: HashMap<EventId, Row>,
    /// Whose rows changed since the last commit.
    changed: HashSet<EventId>,
}

impl SearchProjection {
    /// Opens the build in use. If there is none, or it is another version's, or damaged, a new
    /// one is put into use, to be built from position 0. Blocks for as long as it takes to read
    /// every file of the index once.
    ///
    /// # Errors
    /// If the directory cannot be used, or another process has the index open.
    pub fn open(dir: &Path) -> Result<Self, IndexError> {
        let builds = Builds::open(dir)?;
        if let Some(build) = builds.current().filter(|build| build.version == VERSION) {
            match IndexStore::open(&builds.path(build)) {
                Ok((store, position)) => return Self::with(builds, build, store, position),
                Err(error) if error.is_damage() => {
                    tracing::warn!(%build, %error, "the search index is built anew");
                }
                Err(error) => return Err(error),
            }
        }
        let mut new = Self::new_build(dir)?;
        new.make_current()?;
        Ok(new)
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
        let store = Arc::new(Mutex::new(store));
        Ok(Self { builds, build, store, search, rows: HashMap::new(), changed: HashSet::new() })
    }

    /// Makes this build the one that is opened from now on, and removes those before it.
    ///
    /// # Errors
    /// If the directory cannot be written.
    pub fn make_current(&mut self) -> Result<(), IndexError> {
        self.builds.make_current(self.build)?;
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

    /// Folds an entry into the rows of its batch.
    fn fold(
        &self,
        entry: &Entry,
        snapshot: &Snapshot,
        batch: &mut HashMap<EventId, Row>,
    ) -> Result<(), ProjectionError> {
        if matches!(entry.fact, Fact::Booking(_)) {
            return Ok(());
        }
        let poison =
            |reason: String| ProjectionError::Poison { position: entry.position(), reason };
        let id = entry.event_id().ok_or_else(|| poison("it names no event".into()))?;
        if !batch.contains_key(&id) {
            let known = self.rows.get(&id).cloned().map(Some);
            let row = known.map_or_else(|| snapshot.row(id), Ok).map_err(ProjectionError::store)?;
            batch.extend(row.map(|row| (id, row)));
        }
        match (batch.get_mut(&id), &entry.fact) {
            (Some(row), fact) => row.evolve(&entry.recorded.stream, fact).map_err(poison),
            (None, Fact::Event(EventFact::Created(details))) => {
                batch.insert(id, Row::created(id, details));
                Ok(())
            }
            (None, _) => Err(poison("its event was never created".into())),
        }
    }
}

#[async_trait]
impl Projection for SearchProjection {
    fn name(&self) -> &'static str {
        "search"
    }

    fn version(&self) -> u32 {
        VERSION
    }

    fn cadence(&self) -> Cadence {
        Cadence::Within(CADENCE)
    }

    async fn checkpoint(&self) -> Result<Position, ProjectionError> {
        Ok(self.search.position())
    }

    async fn apply(&mut self, entries: &[Entry]) -> Result<(), ProjectionError> {
        let snapshot = self.search.current();
        let mut batch = HashMap::new();
        for entry in entries {
            self.fold(entry, &snapshot, &mut batch)?;
        }
        self.changed.extend(batch.keys());
        self.rows.extend(batch);
        Ok(())
    }

    async fn commit(&mut self, position: Position) -> Result<(), ProjectionError> {
        let changed = self.changed.iter().filter_map(|id| self.rows.get(id).cloned());
        let rows: Vec<_> = changed.collect();
        let (store, search) = (Arc::clone(&self.store), self.search.clone());
        blocking(move || {
            let mut store = store.lock();
            store.commit(&rows, position)?;
            let snapshot = Snapshot::next(Some(&search.current()), store.searcher(), position)?;
            search.publish(snapshot);
            Ok(())
        })
        .await?;
        self.changed.clear();
        if self.rows.len() > KEPT_ROWS {
            self.rows.clear();
        }
        Ok(())
    }

    async fn digest(&self) -> Result<Digest, ProjectionError> {
        let snapshot = self.search.current();
        blocking(move || digest(&snapshot)).await
    }
}

fn digest(snapshot: &Snapshot) -> Result<Digest, IndexError> {
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

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IndexError> + Send + 'static,
) -> Result<T, ProjectionError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(ProjectionError::store)?.map_err(ProjectionError::store)
}
