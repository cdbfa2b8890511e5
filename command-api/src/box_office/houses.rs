//! The houses that are open: the state of recently asked-for events, bounded in number.
//!
//! It opens them; what a house does is its own business, and what it hears comes from the tail.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Weak};

use aisle_domain::id::EventId;
use aisle_domain::plan::PlanHash;
use aisle_infra::journal::JournalStore;
use aisle_infra::journal::commit::Committer;
use aisle_infra::plans::JournalPlans;
use lru::LruCache;
use parking_lot::Mutex;

use super::ExecuteError;
use super::folding::{Extent, Folding};
use super::open_house::OpenHouse;
use super::rivalry::Rivalry;
use super::scribe::Scribe;
use super::tail::Tail;

/// How many houses are kept. The house of a sold-out arena of 20,000 seats takes some 10 MB, that
/// of an event nobody asked for a few kB.
pub(super) const MAX_OPEN: NonZeroUsize = NonZeroUsize::new(512).expect("not zero");

/// The houses that are open.
pub(super) struct Houses {
    committer: Committer,
    folding: Folding,
    scribe: Scribe,
    tail: Arc<Tail>,
    slots: Mutex<Slots>,
}

/// The places of houses.
struct Slots {
    /// Of events that there are.
    open: LruCache<EventId, Arc<Slot>>,
    /// Of those that were asked for and of which nothing is known yet, as long as somebody waits:
    /// made-up ids must not push real events out.
    asked_for: HashMap<EventId, Weak<Slot>>,
}

/// The place of one house.
#[derive(Default)]
struct Slot {
    /// Locked while it is loaded, so that it is loaded once.
    house: tokio::sync::Mutex<Option<Arc<OpenHouse>>>,
    rivalry: Arc<Rivalry>,
}

impl Houses {
    pub(super) fn new(
        journal: Arc<dyn JournalStore>,
        committer: Committer,
        plans: Arc<JournalPlans>,
        tail: Arc<Tail>,
    ) -> Self {
        let folding = Folding::new(journal, plans);
        let scribe = Scribe::start(folding.clone());
        let slots = Slots { open: LruCache::new(MAX_OPEN), asked_for: HashMap::new() };
        Self { committer, folding, scribe, tail, slots: Mutex::new(slots) }
    }

    /// The house of an event, loaded if need be. `plan` is that of an event about to be created.
    pub(super) async fn open(
        &self,
        event: EventId,
        plan: Option<PlanHash>,
    ) -> Result<Arc<OpenHouse>, ExecuteError> {
        let slot = self.slots.lock().of(event);
        let mut kept = slot.house.lock().await;
        if let Some(house) = &*kept
            && house.is_alive()
        {
            return Ok(house.clone());
        }
        let (house, extent) = self.load(event, plan, slot.rivalry.clone()).await?;
        if extent.facts > 0 {
            *kept = Some(house.clone());
            self.slots.lock().keep(event, slot.clone());
        }
        Ok(house)
    }

    /// Loads a house. It hears the tail from before the first read on, so that it misses nothing;
    /// and what this process has submitted is waited for, so that it is seen.
    async fn load(
        &self,
        event: EventId,
        plan: Option<PlanHash>,
        rivalry: Arc<Rivalry>,
    ) -> Result<(Arc<OpenHouse>, Extent), ExecuteError> {
        let open = Arc::new(OpenHouse::loading(event, rivalry, self.scribe.clone()));
        self.tail.add(event, &open);
        self.committer.barrier().await;
        let folded = self.folding.fold(event, plan).await?;
        let extent = folded.extent;
        open.is_loaded(folded);
        Ok((open, extent))
    }
}

impl Slots {
    fn of(&mut self, event: EventId) -> Arc<Slot> {
        if let Some(slot) = self.open.get(&event) {
            return slot.clone();
        }
        if let Some(slot) = self.asked_for.get(&event).and_then(Weak::upgrade) {
            return slot;
        }
        if self.asked_for.len() >= 2 * MAX_OPEN.get() {
            self.asked_for.retain(|_, slot| slot.strong_count() > 0);
        }
        let slot = Arc::default();
        self.asked_for.insert(event, Arc::downgrade(&slot));
        slot
    }

    /// There is such an event.
    fn keep(&mut self, event: EventId, slot: Arc<Slot>) {
        self.asked_for.remove(&event);
        self.open.put(event, slot);
    }
}
