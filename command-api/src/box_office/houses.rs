//! The houses that are open: the state of recently asked-for events, bounded in number.
//!
//! A house holds what was decided on it even before that is committed, so that the next command
//! is decided on what the first will leave. When the journal rejects anything that a house
//! proposed, the house is dead: nothing more is decided on it, and the next command loads anew.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
    /// How many have asked so far whether it is current.
    asked: AtomicU64,
    /// How many had asked when the journal was last looked at. Locked while it is.
    looked: tokio::sync::Mutex<u64>,
}

/// Counts the times that facts of other processes were taken in. What was decided at one count is
/// out of date at another.
pub(super) type News = u64;

struct Inner {
    house: House,
    /// The journal was read up to here for facts of other processes.
    read_to: Position,
    under_way: UnderWay,
    news: News,
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
    Refused { refusal: Refusal, at: News },
    /// There is nothing to record.
    Repetition { answer: String, at: News },
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
        let inner = Inner { house, read_to, under_way, news: 0, life: Life::Alive };
        let (inner, asked, looked) = (Mutex::new(inner), AtomicU64::new(0), 0.into());
        Ok((Arc::new(OpenHouse { event, inner, asked, looked }), facts))
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

    /// Whether what was decided on a house is what it would decide now, knowing all that the journal
    /// does. If not, it knows (or is dead) afterwards. What it holds of units under way is known to
    /// have come to be only if the committer has answered them.
    ///
    /// Many ask at once when a house is sold out: one look at the journal answers all who asked
    /// before it began.
    pub(super) async fn is_current(
        &self,
        house: &OpenHouse,
        at: News,
    ) -> Result<bool, ExecuteError> {
        let mine = house.asked.fetch_add(1, Ordering::SeqCst);
        let mut looked = house.looked.lock().await;
        if *looked <= mine {
            let asked = house.asked.load(Ordering::SeqCst);
            self.look_at_journal(house).await?;
            *looked = asked;
        }
        drop(looked);
        let mut inner = house.inner.lock();
        Ok(inner.is_alive() && inner.news == at)
    }

    async fn look_at_journal(&self, house: &OpenHouse) -> Result<(), ExecuteError> {
        loop {
            let read_to = {
                let mut inner = house.inner.lock();
                if !inner.is_alive() {
                    return Ok(());
                }
                inner.read_to
            };
            let entries = self.read(house.event, read_to).await?;
            house.catch_up(&entries);
            if entries.len() < PAGE {
                return Ok(());
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
            Err(refusal) => return Ok(Decided::Refused { refusal, at: inner.news }),
        };
        if proposal.is_repetition() {
            let (answer, at) = ((request.answer)(&inner.house), inner.news);
            return Ok(Decided::Repetition { answer, at });
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
    pub(super) fn look<T>(&self, look: impl FnOnce(&House) -> T) -> (T, News) {
        let inner = self.inner.lock();
        (look(&inner.house), inner.news)
    }

    /// Takes in what the journal has beyond what was read.
    fn catch_up(&self, entries: &[Entry]) {
        let mut inner = self.inner.lock();
        if inner.life == Life::Dead {
            return;
        }
        let mut news = false;
        for entry in entries {
            let recorded = &entry.recorded;
            match inner.house.apply(&recorded.stream, recorded.sequence, &entry.fact) {
                Ok(applied) => news |= applied,
                Err(_) => {
                    inner.life = Life::Dead;
                    return;
                }
            }
        }
        if let Some(last) = entries.last() {
            inner.read_to = inner.read_to.max(last.position());
        }
        inner.news += u64::from(news);
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
