//! The houses that are open: the state of recently asked-for events, bounded in number.
//!
//! A house holds what was decided on it even before that is committed, so that the next command
//! is decided on what the first will leave. When the journal rejects anything that a house
//! proposed, the house is dead: nothing more is decided on it, and the next command loads anew.

use std::num::NonZeroUsize;
use std::sync::Arc;

use aisle_domain::event::EventFact;
use aisle_domain::fact::Fact;
use aisle_domain::house::{House, Refusal};
use aisle_domain::id::EventId;
use aisle_domain::plan::{Plan, PlanHash};
use aisle_domain::stream::Position;
use aisle_infra::journal::commit::{Committer, Submitted};
use aisle_infra::journal::{Entry, JournalError, JournalStore};
use aisle_infra::plans::{JournalPlans, PlanSource};
use futures::future::Shared;
use lru::LruCache;
use parking_lot::Mutex;

use super::ExecuteError;
use super::under_way::UnderWay;
use super::unit::{Request, unit_of_work};

/// How many houses are kept. The house of a sold-out arena of 20,000 seats takes some 10 MB, that
/// of an event nobody asked for a few kB.
const MAX_OPEN: NonZeroUsize = NonZeroUsize::new(512).expect("not zero");

/// How many facts are read at a time when a house is loaded.
const PAGE: usize = 10_000;

/// The houses that are open.
pub(super) struct Houses {
    journal: Arc<dyn JournalStore>,
    committer: Committer,
    plans: Arc<JournalPlans>,
    open: Mutex<LruCache<EventId, Slot>>,
}

/// The place of one house. Locked while it is loaded, so that it is loaded once.
type Slot = Arc<tokio::sync::Mutex<Option<Arc<OpenHouse>>>>;

/// One event's house, in memory.
pub(super) struct OpenHouse {
    event: EventId,
    inner: Mutex<Inner>,
}

struct Inner {
    house: House,
    /// The journal was read up to here for facts of other processes.
    read_to: Position,
    under_way: UnderWay,
    life: Life,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Alive,
    Dead,
}

/// What a house says to a command.
pub(super) enum Decided {
    /// The house is not to be asked any more.
    Dead,
    /// A rule says no, as far as the house knows.
    Refused(Refusal),
    /// There is nothing to record.
    Repetition { answer: String },
    /// It was handed to the committer.
    Submitted { pending: Shared<Submitted>, answer: String },
}

impl Houses {
    pub(super) fn new(
        journal: Arc<dyn JournalStore>,
        committer: Committer,
        plans: Arc<JournalPlans>,
    ) -> Self {
        Self { journal, committer, plans, open: Mutex::new(LruCache::new(MAX_OPEN)) }
    }

    /// The house of an event, loaded if need be. `plan` is that of an event about to be created.
    pub(super) async fn open(
        &self,
        event: EventId,
        plan: Option<PlanHash>,
    ) -> Result<Arc<OpenHouse>, ExecuteError> {
        let slot = self.open.lock().get_or_insert(event, Default::default).clone();
        let mut slot = slot.lock().await;
        if let Some(house) = &*slot
            && house.inner.lock().is_alive()
        {
            return Ok(house.clone());
        }
        let (house, facts) = self.load(event, plan).await?;
        if facts == 0 {
            // Nothing to remember, and made-up ids must not push real events out.
            self.open.lock().pop(&event);
            return Ok(house);
        }
        *slot = Some(house.clone());
        Ok(house)
    }

    /// Loads a house. What this process has submitted is waited for, so that it is seen.
    async fn load(
        &self,
        event: EventId,
        plan: Option<PlanHash>,
    ) -> Result<(Arc<OpenHouse>, usize), ExecuteError> {
        self.committer.barrier().await;
        let mut entries = self.read(event, 0).await?;
        let plan = self.plan(entries.first(), plan).await?;
        let mut house = House::new(event, plan);
        let (mut read_to, mut facts) = (0, 0);
        while let Some(last) = entries.last() {
            read_to = last.position();
            facts += entries.len();
            take_in(&mut house, &entries)?;
            entries =
                if entries.len() < PAGE { Vec::new() } else { self.read(event, read_to).await? };
        }
        let under_way = UnderWay::default();
        let inner = Mutex::new(Inner { house, read_to, under_way, life: Life::Alive });
        Ok((Arc::new(OpenHouse { event, inner }), facts))
    }

    async fn plan(
        &self,
        first: Option<&Entry>,
        wanted: Option<PlanHash>,
    ) -> Result<Option<Arc<Plan>>, ExecuteError> {
        let hash = match first.map(|entry| &entry.fact) {
            Some(Fact::Event(EventFact::Created(details))) => details.plan,
            _ => wanted,
        };
        match hash {
            None => Ok(None),
            Some(hash) => Ok(Some(self.plans.plan(&hash).await?)),
        }
    }

    async fn read(&self, event: EventId, after: Position) -> Result<Vec<Entry>, ExecuteError> {
        let rows = self.journal.read_event(event, after, PAGE).await?;
        let unreadable = |error| ExecuteError::Unreadable(format!("event {event}: {error}"));
        rows.into_iter().map(|row| Entry::decode(row).map_err(unreadable)).collect()
    }

    /// Whether a house is alive and knows all that the journal does. If not, it knows (or is
    /// dead) afterwards. What it holds of units under way is known to have come to be only if the
    /// committer has answered them.
    pub(super) async fn is_current(&self, house: &OpenHouse) -> Result<bool, ExecuteError> {
        let mut current = true;
        loop {
            let read_to = {
                let mut inner = house.inner.lock();
                if !inner.is_alive() {
                    return Ok(false);
                }
                inner.read_to
            };
            let entries = self.read(house.event, read_to).await?;
            current &= house.catch_up(&entries);
            if entries.len() < PAGE {
                return Ok(current);
            }
        }
    }

    /// Nothing more is decided on this house.
    pub(super) fn throw_away(&self, house: &Arc<OpenHouse>) {
        house.inner.lock().life = Life::Dead;
    }
}

impl Inner {
    /// Whether it can be decided on: nothing that it holds was rejected.
    fn is_alive(&mut self) -> bool {
        if self.under_way.has_failed() {
            self.life = Life::Dead;
        }
        self.life == Life::Alive
    }
}

impl OpenHouse {
    /// Decides a command and hands what comes of it to the committer, in one step, so that units
    /// of work queue up in the order in which they were decided.
    pub(super) fn decide(
        &self,
        committer: &Committer,
        request: &Request,
    ) -> Result<Decided, JournalError> {
        let mut inner = self.inner.lock();
        if !inner.is_alive() {
            return Ok(Decided::Dead);
        }
        let proposal = match inner.house.decide(&request.command, &request.context) {
            Ok(proposal) => proposal,
            Err(refusal) => return Ok(Decided::Refused(refusal)),
        };
        if proposal.is_repetition() {
            return Ok(Decided::Repetition { answer: (request.answer)(&inner.house) });
        }
        // First a place in the queue: a house that was changed for a unit that is then turned
        // away would have to be loaded anew, just when there is too much to do already.
        let place = committer.reserve()?;
        if inner.house.apply_proposal(&proposal).is_err() {
            inner.life = Life::Dead;
            return Ok(Decided::Dead);
        }
        let answer = (request.answer)(&inner.house);
        let unit = unit_of_work(&proposal, inner.house.plan().map(Arc::as_ref), request, &answer);
        let after = inner.under_way.beneath(&proposal, &inner.house);
        let pending = inner.under_way.add(&proposal, place.submit_after(unit, after));
        Ok(Decided::Submitted { pending, answer })
    }

    /// Looks at the house.
    pub(super) fn look<T>(&self, look: impl FnOnce(&House) -> T) -> T {
        look(&self.inner.lock().house)
    }

    /// Takes in what the journal has beyond what was read. Says whether that was nothing new.
    fn catch_up(&self, entries: &[Entry]) -> bool {
        let mut inner = self.inner.lock();
        if inner.life == Life::Dead {
            return false;
        }
        let mut news = false;
        for entry in entries {
            let recorded = &entry.recorded;
            match inner.house.apply(&recorded.stream, recorded.sequence, &entry.fact) {
                Ok(applied) => news |= applied,
                Err(_) => {
                    inner.life = Life::Dead;
                    return false;
                }
            }
        }
        if let Some(last) = entries.last() {
            inner.read_to = inner.read_to.max(last.position());
        }
        !news
    }
}

fn take_in(house: &mut House, entries: &[Entry]) -> Result<(), ExecuteError> {
    for entry in entries {
        let recorded = &entry.recorded;
        house.apply(&recorded.stream, recorded.sequence, &entry.fact).map_err(|error| {
            ExecuteError::Unreadable(format!("position {}: {error}", recorded.position))
        })?;
    }
    Ok(())
}
