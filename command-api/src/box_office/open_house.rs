//! One event's house in memory: what it decides, and what it hears of the journal.
//!
//! A house holds what was decided on it even before that is committed, so that the next command
//! is decided on what the first will leave. When the journal rejects anything that a house
//! proposed, the house is dead: nothing more is decided on it, and the next command loads anew.

use std::borrow::Cow;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use aisle_domain::house::{Command, Hold, House, Refusal};
use aisle_domain::id::{BookingId, EventId};
use aisle_infra::journal::Entry;
use aisle_infra::journal::commit::{Committer, Submitted};
use foldhash::HashMap;
use foldhash::quality::RandomState;
use parking_lot::Mutex;

use super::ExecuteError;
use super::folding::{Extent, Folded};
use super::rivalry::Rivalry;
use super::scribe::Scribe;
use super::tail::Batch;
use super::under_way::UnderWay;
use super::unit::{Request, unit_of_work};

/// One event's house, in memory.
pub(super) struct OpenHouse {
    inner: Mutex<Inner>,
    rivalry: Arc<Rivalry>,
    scribe: Scribe,
    hashes: RandomState,
}

/// Counts the times that facts of other processes were taken in. What was decided at one count is
/// out of date at another.
pub(super) type News = u64;

struct Inner {
    house: House,
    extent: Extent,
    under_way: UnderWay,
    news: News,
    /// Under which key each booking was made here, as its hash.
    made: HashMap<BookingId, u64>,
    life: Life,
}

enum Life {
    /// What it held so far is being read; what is appended meanwhile is kept for then.
    Loading(Vec<Arc<Batch>>),
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
    Submitted { pending: Submitted, answer: String, booking: Option<BookingId> },
}

/// What became of a decision that recorded nothing, now that the journal was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It was decided on what is not so (any more).
    Stale,
    /// It holds, and nothing that the command's sender did before can have caused it.
    Holds,
    /// It holds, but may be due to the same command having been carried out before.
    MayBeRepeated,
}

impl OpenHouse {
    /// A house that hears what is appended while it is being loaded.
    pub(super) fn loading(event: EventId, rivalry: Arc<Rivalry>, scribe: Scribe) -> Self {
        let inner = Inner {
            house: House::new(event, None),
            extent: Extent::default(),
            under_way: UnderWay::default(),
            news: 0,
            made: HashMap::default(),
            life: Life::Loading(Vec::new()),
        };
        Self { inner: Mutex::new(inner), rivalry, scribe, hashes: RandomState::default() }
    }

    /// It is loaded: this is what the journal held at some moment since [`OpenHouse::loading`]. One
    /// that was killed meanwhile stays dead: something came that no house can take in.
    pub(super) fn is_loaded(&self, folded: Folded) {
        let mut inner = self.inner.lock();
        let Life::Loading(heard) = &mut inner.life else { return };
        let heard = std::mem::take(heard);
        inner.life = Life::Alive;
        (inner.house, inner.extent) = (folded.house, folded.extent);
        for batch in heard {
            let event = inner.house.event_id();
            let entries = batch.entries.iter().filter(|entry| entry.event_id() == Some(event));
            inner.take_in(entries);
        }
        self.write_down_if_worth_it(&mut inner);
    }

    /// Decides a command and hands what comes of it to the committer, in one step, so that units
    /// of work queue up in the order in which they were decided.
    pub(super) fn decide(
        &self,
        committer: &Committer,
        request: &Request,
    ) -> Result<Decided, ExecuteError> {
        let mut inner = self.inner.lock();
        if !inner.is_alive() {
            return Ok(Decided::Dead);
        }
        let command = self.as_decided(&inner.house, request);
        let booking = command.booking();
        let proposal = match inner.house.decide(&command, &request.context) {
            Ok(proposal) => proposal,
            Err(refusal) => return Ok(Decided::Refused { refusal, at: inner.news }),
        };
        if proposal.is_repetition() {
            let (answer, at) = ((request.answer)(&inner.house, booking), inner.news);
            return Ok(Decided::Repetition { answer, at });
        }
        // First a place in the queue: a house that was changed for a unit that is then turned
        // away would have to be loaded anew, just when there is too much to do already.
        let place = committer.reserve()?;
        if inner.house.apply_proposal(&proposal).is_err() {
            inner.life = Life::Dead;
            return Ok(Decided::Dead);
        }
        let answer = (request.answer)(&inner.house, booking);
        let plan = inner.house.plan().map(Arc::as_ref);
        let unit = match unit_of_work(&proposal, plan, request, &answer) {
            Ok(unit) => unit,
            Err(error) => {
                inner.life = Life::Dead;
                return Err(error.into());
            }
        };
        let after = inner.under_way.beneath(&proposal, &inner.house);
        if let (Some(booking), Command::Hold(_), Some(key)) =
            (booking, &request.command, &request.origin.key)
        {
            inner.made.insert(booking, self.hashes.hash_one(&key.key));
        }
        let pending = place.submit_after(unit, after);
        inner.under_way.add(&proposal, &pending);
        Ok(Decided::Submitted { pending, answer, booking })
    }

    /// A booking is named by its place among its buyer's bookings, so that two processes cannot
    /// each make the buyer's next one without knowing of the other's: see `House::next_booking_of`.
    /// And while other processes sell the same seats, buyers are spread over the best of them.
    fn as_decided<'a>(&self, house: &House, request: &'a Request) -> Cow<'a, Command> {
        let Command::Hold(hold) = &request.command else { return Cow::Borrowed(&request.command) };
        let booking = house.next_booking_of(&hold.buyer);
        let spread = match hold.spread {
            0 => self.rivalry.spread(request.origin.command_id),
            chosen => chosen,
        };
        Cow::Owned(Command::Hold(Hold { booking, spread, ..hold.clone() }))
    }

    /// Whether it can be decided on.
    pub(super) fn is_alive(&self) -> bool {
        self.inner.lock().is_alive()
    }

    /// Looks at the house.
    pub(super) fn look<T>(&self, look: impl FnOnce(&House) -> T) -> (T, News) {
        let inner = self.inner.lock();
        (look(&inner.house), inner.news)
    }

    /// Whether what was decided at this count of news would be decided now.
    pub(super) fn is_still(&self, at: News) -> bool {
        let mut inner = self.inner.lock();
        inner.is_alive() && inner.news == at
    }

    /// What a refusal, or a repetition, is worth now that the journal was looked at.
    ///
    /// A hold can have been carried out before only if its sender has made a booking here under the
    /// same key. This house knows all that the journal did at a moment after the command arrived,
    /// and the keys of what was booked through it; so no answer need be looked up for most of those
    /// who come to a sold-out event.
    pub(super) fn standing(&self, request: &Request, at: News) -> Standing {
        let mut inner = self.inner.lock();
        if !inner.is_alive() || inner.news != at {
            return Standing::Stale;
        }
        match (&request.command, &request.origin.key) {
            (_, None) => Standing::Holds,
            (Command::Hold(hold), Some(key)) if hold.buyer == key.actor => {
                let key = self.hashes.hash_one(&key.key);
                let mut bookings = inner.house.bookings_of(&hold.buyer);
                if bookings.all(|made| inner.made.get(&made).is_some_and(|of| *of != key)) {
                    Standing::Holds
                } else {
                    Standing::MayBeRepeated
                }
            }
            (_, Some(_)) => Standing::MayBeRepeated,
        }
    }

    /// Nothing more is decided on this house.
    pub(super) fn kill(&self) {
        self.inner.lock().life = Life::Dead;
    }

    /// Another process was quicker. Nothing more is decided on this house, and the next one spreads
    /// its buyers.
    pub(super) fn lost_a_race(&self) {
        self.rivalry.lost_a_race();
        self.kill();
    }

    /// Takes in what the journal has, of which these entries of a batch are this event's.
    pub(super) fn hear(&self, entries: &[&Entry], batch: &Arc<Batch>) {
        let mut inner = self.inner.lock();
        match &mut inner.life {
            Life::Loading(heard) => heard.push(batch.clone()),
            Life::Alive => inner.take_in(entries.iter().copied()),
            Life::Dead => {}
        }
        self.write_down_if_worth_it(&mut inner);
    }

    fn write_down_if_worth_it(&self, inner: &mut Inner) {
        if inner.extent.is_worth_a_snapshot() {
            inner.extent.unwritten = 0;
            self.scribe.write_down(inner.house.event_id());
        }
    }
}

impl Inner {
    /// Whether it can be decided on: nothing that it holds was rejected.
    fn is_alive(&mut self) -> bool {
        if self.under_way.has_failed() {
            self.life = Life::Dead;
        }
        matches!(self.life, Life::Alive)
    }

    /// Facts that it holds already, its own among them, are passed over.
    fn take_in<'a>(&mut self, entries: impl Iterator<Item = &'a Entry>) {
        let mut news = false;
        for entry in entries {
            let recorded = &entry.recorded;
            self.extent.grow(1);
            match self.house.apply(&recorded.stream, recorded.sequence, &entry.fact) {
                Ok(applied) => news |= applied,
                Err(_) => {
                    self.life = Life::Dead;
                    return;
                }
            }
        }
        self.news += u64::from(news);
    }
}
