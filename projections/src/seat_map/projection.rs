//! The projection behind [`SeatMaps`].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use aisle_domain::event::EventFact;
use aisle_domain::fact::Fact;
use aisle_domain::id::{BookingId, EventId};
use aisle_domain::stream::{AggregateType, Position};
use aisle_infra::journal::Entry;
use async_trait::async_trait;
use sqlx::Row;

use super::{Occupancy, PlansOfBatch, SeatMapSnapshot, SeatMaps, Unfit};
use crate::projection::{Cadence, Digest, Projection, ProjectionError, Visibility};
use crate::rebuild::{Rebuildable, TablesRebuild};
use crate::store::{Build, Line, Record, Store, Table, Value, Write, fields};
use aisle_infra::plans::PlanSource;

/// How long a change may be in memory only: what a start may have to read again. A commit writes
/// the whole map of every event that changed, some 30 kB for a stadium, so while a sale is on it
/// must be rare; and the facts of so many seconds are folded again in well under one.
const CADENCE: Cadence = Cadence::Within(Duration::from_secs(15));

/// How many maps are loaded at once.
const PAGE: i64 = 500;

const LINE: Line = Line { name: "seat_map", version: 1 };
const TABLES: &[&Table] = &[Occupancy::TABLE];

impl Record for Occupancy {
    const TABLE: &'static Table = &Table { name: "read_seat_maps_v1", columns: &[], indexes: &[] };

    fn columns(&self) -> Vec<Value> {
        Vec::new()
    }
}

/// Keeps the seat maps of all events.
pub struct SeatMap {
    build: Build,
    plans: Arc<dyn PlanSource>,
    events: HashMap<EventId, Occupancy>,
    /// Changed since the last commit.
    unstored: HashSet<EventId>,
    /// Changed since they were last shown.
    unshown: HashSet<EventId>,
    /// Up to where reads have seen: nothing older is shown after a reload.
    shown: Position,
    maps: SeatMaps,
}

impl SeatMap {
    /// Which version of the stored seat map this program keeps, by name.
    #[must_use]
    pub fn stored_version() -> (&'static str, u32) {
        (LINE.name, LINE.version)
    }

    /// Loads what is stored, and shows it.
    ///
    /// # Errors
    /// If the store fails or holds something unreadable.
    pub async fn open(
        store: &Store,
        plans: Arc<dyn PlanSource>,
        maps: SeatMaps,
    ) -> Result<Self, ProjectionError> {
        let build = Build::open(store, LINE, TABLES).await?;
        let mut seat_map = Self::over(build, plans, maps);
        let position = seat_map.load().await?;
        seat_map.show(position);
        Ok(seat_map)
    }

    /// Over a build as it is, without loading it.
    pub(crate) fn over(build: Build, plans: Arc<dyn PlanSource>, maps: SeatMaps) -> Self {
        Self {
            build,
            plans,
            events: HashMap::new(),
            unstored: HashSet::new(),
            unshown: HashSet::new(),
            shown: 0,
            maps,
        }
    }

    /// For a process that only reads what another stores, instead of a commit: notices that what
    /// is stored was rebuilt, and what is in memory goes back to what is no more.
    ///
    /// # Errors
    /// `Superseded` if so, and what to do then is to reload; or if the store fails.
    pub async fn ensure_stored(&self) -> Result<(), ProjectionError> {
        match self.build.is_read().await? {
            true => Ok(()),
            false => Err(ProjectionError::Superseded { found: None }),
        }
    }

    /// Replaces what is in memory by what is stored, and takes up the build that is read at its
    /// position: rows of a later one would have facts counted into them again.
    async fn load(&mut self) -> Result<Position, ProjectionError> {
        let mut events = HashMap::new();
        let mut tx = self.build.store().snapshot().await?;
        let position = self.build.reopen_as_seen_by(&mut tx).await?;
        let mut after = String::new();
        loop {
            let rows = sqlx::query(
                "SELECT key, data FROM read_seat_maps_v1 \
                 WHERE build = $1 AND key > $2 ORDER BY key LIMIT $3",
            );
            let rows = rows.bind(self.build.number()).bind(after).bind(PAGE);
            let rows = rows.fetch_all(&mut *tx).await?;
            let Some(last) = rows.last() else { break };
            after = last.try_get(0)?;
            for row in &rows {
                let event: EventId =
                    row.try_get::<&str, _>(0)?.parse().map_err(ProjectionError::store)?;
                let data = serde_json::from_str(row.try_get(1)?).map_err(ProjectionError::store)?;
                events.insert(event, data);
            }
        }
        self.unshown = events.keys().copied().collect();
        self.unstored.clear();
        self.events = events;
        Ok(position)
    }

    fn fold(&mut self, entry: &Entry, plans: &PlansOfBatch) -> Result<(), Unfit> {
        let Some(event) = entry.event_id() else { return Ok(()) };
        match &*entry.fact {
            Fact::Event(EventFact::Created(details)) => {
                self.events.insert(event, Occupancy::new(details, entry.position()));
            }
            Fact::Seat(_) | Fact::Area(_) => {
                let unknown = || Unfit(format!("there is no event {event}"));
                self.events.get_mut(&event).ok_or_else(unknown)?.apply(event, entry, plans)?;
            }
            Fact::Event(_) | Fact::Booking(_) => return Ok(()),
        }
        self.unstored.insert(event);
        self.unshown.insert(event);
        Ok(())
    }

    fn show(&mut self, position: Position) {
        if position < self.shown {
            return;
        }
        self.shown = position;
        let (shown, build) = (self.unshown.drain(), self.build.number());
        let snapshot = |event| Some(SeatMapSnapshot::of(event, self.events.get(&event)?, build));
        self.maps.publish(shown.filter_map(snapshot).collect());
    }

    /// The maps of these events as they were before a batch, to go back to. A batch has many facts
    /// of one event, whose whole map is copied once.
    fn before(&self, entries: &[Entry]) -> HashMap<EventId, Option<Occupancy>> {
        let touched = entries.iter().filter(|entry| touches(&entry.fact));
        let mut before = HashMap::new();
        for event in touched.filter_map(Entry::event_id) {
            before.entry(event).or_insert_with(|| self.events.get(&event).cloned());
        }
        before
    }

    fn go_back(&mut self, before: HashMap<EventId, Option<Occupancy>>) {
        for (event, occupancy) in before {
            match occupancy {
                Some(occupancy) => self.events.insert(event, occupancy),
                None => self.events.remove(&event),
            };
        }
    }

    fn write(&self) -> Result<Write, ProjectionError> {
        let changed = self.unstored.iter().filter_map(|event| {
            let occupancy = self.events.get(event)?;
            Some(fields(&event.to_string(), occupancy))
        });
        Ok(Write::over(Occupancy::TABLE, changed.collect::<Result<_, _>>()?))
    }
}

#[async_trait]
impl Projection for SeatMap {
    fn name(&self) -> &'static str {
        LINE.name
    }

    fn version(&self) -> u32 {
        LINE.version
    }

    fn cadence(&self) -> Cadence {
        CADENCE
    }

    fn visibility(&self) -> Visibility {
        Visibility::OnApply
    }

    fn reads(&self, aggregate: AggregateType) -> bool {
        match aggregate {
            AggregateType::Event | AggregateType::Seat | AggregateType::Area => true,
            AggregateType::Booking => false,
        }
    }

    async fn checkpoint(&self) -> Result<Position, ProjectionError> {
        Ok(self.build.position())
    }

    async fn apply(&mut self, entries: &[Entry]) -> Result<(), ProjectionError> {
        let plan_of = |event| self.events.get(&event).and_then(|occupancy| occupancy.plan);
        let plans = PlansOfBatch::fetch(&*self.plans, entries, plan_of).await?;
        let before = self.before(entries);
        for entry in entries {
            if let Err(Unfit(reason)) = self.fold(entry, &plans) {
                self.go_back(before);
                return Err(ProjectionError::Poison { position: entry.position(), reason });
            }
        }
        let up_to = entries.last().map_or(self.shown, Entry::position);
        self.show(up_to);
        self.maps.tell_of_bookings(entries.iter().filter_map(booking), up_to);
        Ok(())
    }

    /// Another process may have stored the same maps: then what is missing there is added to
    /// theirs, or nothing if they are ahead. The maps are a function of the journal.
    async fn commit(&mut self, position: Position) -> Result<(), ProjectionError> {
        if self.build.position() >= position {
            self.unstored.clear();
            return Ok(());
        }
        let writes = [self.write()?];
        // Its rows are all in memory, so none of them was fetched meanwhile.
        let mut result = self.build.commit(position, &writes).await.map(drop);
        if let Err(ProjectionError::Superseded { found: Some(found) }) = result {
            self.build.adopt(found);
            result = match found < position {
                true => self.build.commit(position, &writes).await.map(drop),
                false => Ok(()),
            };
        }
        result?;
        self.unstored.clear();
        Ok(())
    }

    async fn reload(&mut self) -> Result<Position, ProjectionError> {
        let position = self.load().await?;
        self.show(position);
        Ok(position)
    }

    async fn digest(&self) -> Result<Digest, ProjectionError> {
        self.build.digest().await
    }
}

fn touches(fact: &Fact) -> bool {
    match fact {
        Fact::Event(EventFact::Created(_)) | Fact::Seat(_) | Fact::Area(_) => true,
        Fact::Event(_) | Fact::Booking(_) => false,
    }
}

/// The booking that an entry is about.
fn booking(entry: &Entry) -> Option<(BookingId, Position)> {
    let Fact::Booking(_) = &*entry.fact else { return None };
    let id = entry.recorded.stream.id.parse().ok()?;
    Some((id, entry.position()))
}

/// The seat map, to be rebuilt. A process that keeps it in memory takes up the new build when it
/// next stores, or would if it did; what it shows never goes back meanwhile.
#[must_use]
pub fn rebuildable(store: &Store, plans: Arc<dyn PlanSource>) -> Box<dyn Rebuildable> {
    let over = move |build| -> Box<dyn Projection> {
        Box::new(SeatMap::over(build, plans.clone(), SeatMaps::default()))
    };
    Box::new(TablesRebuild::new(store, LINE, TABLES, over))
}

#[cfg(test)]
mod tests {
    use aisle_infra::journal::memory::MemoryJournal;
    use aisle_infra::plans::JournalPlans;

    use super::*;

    #[tokio::test]
    async fn the_maps_that_are_loaded_are_of_the_position_that_is_taken_up() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("read.sqlite").display());
        let store = Store::open(&url).await.unwrap();
        let build = Build::open(&store, LINE, TABLES).await.unwrap();
        // Between the look at the checkpoint and that at the maps another process stores its own.
        let mut other = Build::open(&store, LINE, TABLES).await.unwrap();
        other.commit(5, &[]).await.unwrap();
        let plans = Arc::new(JournalPlans::new(Arc::new(MemoryJournal::new())));
        let mut seat_map = SeatMap::over(build, plans, SeatMaps::default());
        assert_eq!(seat_map.load().await.unwrap(), 5);
        assert_eq!(seat_map.checkpoint().await.unwrap(), 5);
    }
}
