//! A house as the journal has it: folded from its event's facts, or from a snapshot and the facts
//! after it.
//!
//! A snapshot only shortens the fold. One that cannot be read, or that the facts after it do not
//! fit, is as good as none. And what a house in memory believes is never written down: a snapshot
//! comes of a fold of its own.

use std::sync::Arc;

use aisle_domain::event::EventFact;
use aisle_domain::fact::Fact;
use aisle_domain::house::{HOUSE_SCHEMA, House, HouseMemory};
use aisle_domain::id::EventId;
use aisle_domain::plan::{Plan, PlanHash};
use aisle_domain::stream::Position;
use aisle_infra::journal::{Entry, JournalStore, RecordedFact, Snapshot, SnapshotName};
use aisle_infra::plans::{JournalPlans, PlanSource};
use serde::{Deserialize, Serialize};

use super::ExecuteError;

/// How many facts are read at a time: few enough that nobody waits long for the thread that reads
/// them.
const PAGE: usize = 2_000;

/// A house is worth a snapshot when so many facts have come since the last one. Folding as many
/// takes some 40 ms.
const MIN_FACTS: u64 = 4_000;

/// And when they are this part of all its facts: so a house of any size is written down some
/// forty times in its life at the most, and read again with an eighth of its facts to fold.
const PART: u64 = 8;

/// Folds houses.
#[derive(Clone)]
pub(super) struct Folding {
    journal: Arc<dyn JournalStore>,
    plans: Arc<JournalPlans>,
}

/// A house as the journal has it.
pub(super) struct Folded {
    pub(super) house: House,
    pub(super) extent: Extent,
    /// The position of its last fact.
    through: Position,
}

/// How much went into a house.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// All its facts.
    pub(super) facts: u64,
    /// Those that no snapshot has.
    pub(super) unwritten: u64,
}

impl Extent {
    /// So many facts more.
    pub(super) fn grow(&mut self, facts: u64) {
        self.facts += facts;
        self.unwritten += facts;
    }

    /// Whether the house is worth a snapshot.
    pub(super) fn is_worth_a_snapshot(self) -> bool {
        self.unwritten >= MIN_FACTS.max(self.facts / PART)
    }
}

/// What is kept of a house.
#[derive(Serialize, Deserialize)]
struct Kept {
    facts: u64,
    house: HouseMemory,
}

impl Folding {
    pub(super) fn new(journal: Arc<dyn JournalStore>, plans: Arc<JournalPlans>) -> Self {
        Self { journal, plans }
    }

    /// The house of an event. `plan` is that of an event about to be created.
    pub(super) async fn fold(
        &self,
        event: EventId,
        plan: Option<PlanHash>,
    ) -> Result<Folded, ExecuteError> {
        if let Some(remembered) = self.remembered(event).await? {
            match self.go_on(event, remembered).await {
                Err(ExecuteError::Unreadable(why)) => {
                    tracing::warn!(%event, why, "the house's snapshot does not fit its facts");
                }
                folded => return folded,
            }
        }
        let first = self.journal.read_event(event, 0, 1).await?;
        let first = decode(event, first)?.pop();
        let house = House::new(event, self.plan(first.as_ref(), plan).await?);
        self.go_on(event, Folded { house, extent: Extent::default(), through: 0 }).await
    }

    async fn go_on(&self, event: EventId, from: Folded) -> Result<Folded, ExecuteError> {
        let mut folded = from;
        loop {
            let rows = self.journal.read_event(event, folded.through, PAGE).await?;
            let was_last = rows.len() < PAGE;
            folded = beside(move || folded.take_in(event, rows)).await??;
            if was_last {
                return Ok(folded);
            }
        }
    }

    async fn plan(
        &self,
        first: Option<&Entry>,
        wanted: Option<PlanHash>,
    ) -> Result<Option<Arc<Plan>>, ExecuteError> {
        let hash = match first.map(|entry| &*entry.fact) {
            Some(Fact::Event(EventFact::Created(details))) => details.plan,
            _ => wanted,
        };
        self.plan_of(hash).await
    }

    async fn plan_of(&self, hash: Option<PlanHash>) -> Result<Option<Arc<Plan>>, ExecuteError> {
        match hash {
            None => Ok(None),
            Some(hash) => Ok(Some(self.plans.plan(&hash).await?)),
        }
    }

    /// What the snapshot says, if there is one that can be read.
    async fn remembered(&self, event: EventId) -> Result<Option<Folded>, ExecuteError> {
        let Some(snapshot) = self.journal.snapshot(&name(event)).await? else { return Ok(None) };
        let through = snapshot.position;
        let read = beside(move || -> std::io::Result<Kept> {
            Ok(serde_json::from_slice(&snapshot.unpack()?)?)
        });
        let kept = match read.await {
            Ok(Ok(kept)) if kept.house.event_id() == event => kept,
            Ok(Ok(kept)) => {
                tracing::warn!(%event, of = %kept.house.event_id(), "the house's snapshot is another's");
                return Ok(None);
            }
            Ok(Err(error)) => {
                tracing::warn!(%event, %error, "the house's snapshot cannot be read");
                return Ok(None);
            }
            Err(broke_off) => {
                tracing::warn!(%event, %broke_off, "the house's snapshot cannot be read");
                return Ok(None);
            }
        };
        let plan = self.plan_of(kept.house.plan()).await?;
        let extent = Extent { facts: kept.facts, unwritten: 0 };
        let house = beside(move || kept.house.into_house(plan)).await?;
        Ok(Some(Folded { house, extent, through }))
    }

    /// Writes a house down as the journal has it now.
    pub(super) async fn write_down(&self, event: EventId) -> Result<(), ExecuteError> {
        let Folded { house, extent, through } = self.fold(event, None).await?;
        if extent.unwritten == 0 {
            return Ok(());
        }
        let packed = beside(move || {
            let kept = Kept { facts: extent.facts, house: house.into_memory() };
            Snapshot::pack(through, |packer| Ok(serde_json::to_writer(packer, &kept)?))
        });
        let unwritable = |error: std::io::Error| ExecuteError::Unreadable(error.to_string());
        let packed = packed.await?.map_err(unwritable)?;
        Ok(self.journal.keep_snapshot(&name(event), &packed).await?)
    }
}

impl Folded {
    /// Takes in the facts that follow.
    fn take_in(mut self, event: EventId, rows: Vec<RecordedFact>) -> Result<Self, ExecuteError> {
        let entries = decode(event, rows)?;
        for entry in &entries {
            let recorded = &entry.recorded;
            let taken_in = self.house.apply(&recorded.stream, recorded.sequence, &entry.fact);
            taken_in.map_err(|error| {
                ExecuteError::Unreadable(format!("position {}: {error}", recorded.position))
            })?;
            self.through = entry.position();
        }
        self.extent.grow(entries.len() as u64);
        Ok(self)
    }
}

/// Does what takes too long for a thread that others wait for: a house may have tens of thousands of
/// facts, and a process that only takes commands may have one such thread.
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ExecuteError> {
    let broke_off = |error: tokio::task::JoinError| ExecuteError::Unreadable(error.to_string());
    tokio::task::spawn_blocking(work).await.map_err(broke_off)
}

fn name(event: EventId) -> SnapshotName {
    SnapshotName { kind: "house", id: event.to_string(), schema: HOUSE_SCHEMA }
}

fn decode(event: EventId, rows: Vec<RecordedFact>) -> Result<Vec<Entry>, ExecuteError> {
    let unreadable = |error| ExecuteError::Unreadable(format!("event {event}: {error}"));
    rows.into_iter().map(|row| Entry::decode(row).map_err(unreadable)).collect()
}
