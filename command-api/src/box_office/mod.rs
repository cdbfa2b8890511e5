//! The box office: takes a command, has the event's house decide it in memory, and appends what
//! comes of it as one unit of work.
//!
//! Everything it keeps in memory is a cache. The journal's expected sequences decide; a conflict
//! throws the house away, loads it anew and decides again, [`MAX_ATTEMPTS`] times at the most. A
//! refusal is answered only once it is known to be true of the journal. Several processes may
//! work on one journal: each follows its tail.

mod answers;
mod booking_index;
mod folding;
mod houses;
mod open_house;
mod rivalry;
mod scribe;
mod tail;
mod under_way;
mod unit;

use std::sync::Arc;

use aisle_domain::booking::BookingRefusal;
use aisle_domain::house::{Command, House, Refusal};
use aisle_domain::id::{BookingId, EventId};
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::Position;
use aisle_infra::journal::commit::{AppendError, Committer};
use aisle_infra::journal::{JournalError, JournalStore, Rejection, StoredAnswer};
use aisle_infra::plans::{JournalPlans, PlanSourceError};
use tokio::sync::broadcast;
use tokio_util::task::AbortOnDropHandle;

pub use self::unit::{Answer, Key, Origin, Request};

use self::answers::Answers;
use self::booking_index::BookingIndex;
use self::houses::Houses;
use self::open_house::{Decided, News, OpenHouse, Standing};
pub(crate) use self::tail::Batch;
use self::tail::Tail;

/// How often a command is decided before the box office gives up on a stream that others keep
/// extending.
pub const MAX_ATTEMPTS: u32 = 4;

/// What became of a command.
#[derive(Debug, Clone)]
pub struct Done {
    /// The answer, as JSON text: this command's, or the one that its key was given before.
    pub answer: String,
    /// The position up to which a read must have come to see it.
    pub position: Position,
    /// Whether anything was recorded.
    pub effect: Effect,
}

/// Whether a command recorded anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It did.
    Recorded,
    /// What it asks for was so already, or its key was answered before.
    AlreadyApplied,
}

/// Why a command was not carried out.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ExecuteError {
    /// A rule says no. It was true of the journal after the command arrived.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// The idempotency key was used before, for something else.
    #[error("the idempotency key was used before, for another request")]
    KeyReused,
    /// Others kept changing what the command is about. Trying again later may help.
    #[error("the seats are much in demand; nothing was changed")]
    Contended,
    /// The journal failed. Trying again, with the same key, tells what became of the command.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// What the journal holds cannot be understood.
    #[error("the journal holds something that cannot be understood: {0}")]
    Unreadable(String),
    /// What was decided cannot be written to the journal. Nothing was changed.
    #[error("a decision cannot be written down")]
    Unwritable(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

impl From<PlanSourceError> for ExecuteError {
    fn from(error: PlanSourceError) -> Self {
        match error {
            PlanSourceError::Unavailable(error) => Self::Journal(error),
            PlanSourceError::Missing(_) | PlanSourceError::Unreadable { .. } => {
                Self::Unreadable(error.to_string())
            }
        }
    }
}

impl From<Refusal> for ExecuteError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// Decides commands and appends what comes of them. One per process and journal; shared.
pub struct BoxOffice {
    journal: Arc<dyn JournalStore>,
    committer: Committer,
    houses: Houses,
    plans: Arc<JournalPlans>,
    answers: Answers,
    index: BookingIndex,
    tail: Arc<Tail>,
    /// Ends with the box office.
    _follower: AbortOnDropHandle<()>,
}

/// One attempt's outcome.
enum Attempt {
    Done(Done),
    Stale,
}

impl BoxOffice {
    /// A box office over a journal that appends through this committer. It follows the journal
    /// with a task of its own, so this needs a runtime.
    #[must_use]
    pub fn new(
        journal: Arc<dyn JournalStore>,
        committer: Committer,
        plans: Arc<JournalPlans>,
    ) -> Self {
        let tail = Arc::new(Tail::new(journal.clone()));
        let follower = tokio::spawn(tail.clone().follow());
        let houses = Houses::new(journal.clone(), committer.clone(), plans.clone(), tail.clone());
        Self {
            houses,
            tail,
            _follower: AbortOnDropHandle::new(follower),
            index: BookingIndex::new(journal.clone()),
            answers: Answers::default(),
            journal,
            committer,
            plans,
        }
    }

    /// The seating plans.
    #[must_use]
    pub fn plans(&self) -> &JournalPlans {
        &self.plans
    }

    /// Carries a command out. `answer` makes the answer from what the command leaves; it is kept
    /// under the idempotency key, if there is one.
    ///
    /// # Errors
    /// If a rule says no, or the journal fails.
    pub async fn execute(&self, request: &Request) -> Result<Done, ExecuteError> {
        let Some(key) = &request.origin.key else { return self.attempts(request).await };
        let slot = self.answers.slot(&key.actor, &key.key);
        let mut known = slot.lock().await;
        if let Some(stored) = &*known {
            return repeated(stored, &key.digest);
        }
        let done = match self.attempts(request).await {
            // It may have been carried out by another attempt that others were in the way of.
            Err(contended @ ExecuteError::Contended) => self.stored(key, contended).await?,
            other => other?,
        };
        *known = Some(StoredAnswer {
            digest: key.digest,
            answer: done.answer.clone(),
            position: done.position,
        });
        Ok(done)
    }

    /// The event of a booking.
    ///
    /// # Errors
    /// If there is no such booking, or the journal fails.
    pub async fn event_of(&self, booking: BookingId) -> Result<EventId, ExecuteError> {
        let event = self.index.event_of(booking).await?;
        event.ok_or_else(|| Refusal::from(BookingRefusal::NotFound).into())
    }

    /// Looks at an event's house as the journal has it at a moment after the call.
    ///
    /// # Errors
    /// If others keep changing the event, or the journal fails.
    pub async fn with_house<T>(
        &self,
        event: EventId,
        look: impl Fn(&House) -> T + Send,
    ) -> Result<T, ExecuteError> {
        for _ in 0..MAX_ATTEMPTS {
            let house = self.houses.open(event, None).await?;
            let (seen, at) = house.look(&look);
            self.look().await?;
            if house.is_still(at) {
                return Ok(seen);
            }
        }
        Err(ExecuteError::Contended)
    }

    /// The answer that was given under a key before; else this error.
    async fn stored(&self, key: &Key, otherwise: ExecuteError) -> Result<Done, ExecuteError> {
        match self.journal.answer(&key.actor, &key.key).await? {
            Some(stored) => repeated(&stored, &key.digest),
            None => Err(otherwise),
        }
    }

    async fn attempts(&self, request: &Request) -> Result<Done, ExecuteError> {
        for _ in 0..MAX_ATTEMPTS {
            match self.attempt(request).await? {
                Attempt::Done(done) => return Ok(done),
                Attempt::Stale => {}
            }
        }
        Err(ExecuteError::Contended)
    }

    async fn attempt(&self, request: &Request) -> Result<Attempt, ExecuteError> {
        let house = self.houses.open(request.event, plan_of(&request.command)).await?;
        let decided = house.decide(&self.committer, request)?;
        match decided {
            Decided::Dead => Ok(Attempt::Stale),
            Decided::Refused { refusal, at } => self.stand_by(&house, request, refusal, at).await,
            Decided::Repetition { answer, at } => self.confirm_repetition(&house, answer, at).await,
            Decided::Submitted { pending, answer, booking } => match pending.await {
                Ok(appended) => {
                    if let Some(booking) = booking {
                        self.index.remember(booking, request.event);
                    }
                    let (position, effect) = (appended.position, Effect::Recorded);
                    Ok(Attempt::Done(Done { answer, position, effect }))
                }
                Err(error) => self.not_appended(&house, request, error),
            },
        }
    }

    fn not_appended(
        &self,
        house: &Arc<OpenHouse>,
        request: &Request,
        error: AppendError,
    ) -> Result<Attempt, ExecuteError> {
        house.kill();
        match error {
            AppendError::Rejected(Rejection::Conflict(_)) => {
                house.lost_a_race();
                Ok(Attempt::Stale)
            }
            AppendError::Rejected(Rejection::Repeated(stored)) => {
                let digest = request.origin.key.as_ref().map(|key| key.digest);
                repeated(&stored, &digest.unwrap_or_default()).map(Attempt::Done)
            }
            AppendError::Failed(error) => Err(error.into()),
        }
    }

    /// A refusal counts if everything that it rests on is in the journal, and the journal knows
    /// nothing newer; unless it comes of the command having been carried out before: then that
    /// answer counts.
    async fn stand_by(
        &self,
        house: &Arc<OpenHouse>,
        request: &Request,
        refusal: Refusal,
        at: News,
    ) -> Result<Attempt, ExecuteError> {
        self.look().await?;
        match (house.standing(request, at), &request.origin.key) {
            (Standing::Stale, _) => Ok(Attempt::Stale),
            (Standing::MayBeRepeated, Some(key)) => {
                self.stored(key, refusal.into()).await.map(Attempt::Done)
            }
            (Standing::MayBeRepeated, None) | (Standing::Holds, _) => Err(refusal.into()),
        }
    }

    async fn confirm_repetition(
        &self,
        house: &Arc<OpenHouse>,
        answer: String,
        at: News,
    ) -> Result<Attempt, ExecuteError> {
        let position = self.look().await?;
        if !house.is_still(at) {
            return Ok(Attempt::Stale);
        }
        Ok(Attempt::Done(Done { answer, position, effect: Effect::AlreadyApplied }))
    }

    /// Makes sure of what the journal holds, once everything that was decided before is answered:
    /// what a house holds of units under way is known to have come to be only then.
    ///
    /// Under load an append of this process has begun and ended meanwhile, and has seen where the
    /// journal ends: then nobody need look.
    async fn look(&self) -> Result<Position, ExecuteError> {
        let begun = self.journal.appends_begun();
        self.committer.barrier().await;
        let seen = self.journal.was_seen_since(begun);
        Ok(if seen { self.tail.catch_up().await? } else { self.tail.look().await? })
    }

    /// Everything that the journal is read to hold from about now on, for the process managers.
    pub(crate) fn listen(&self) -> broadcast::Receiver<Arc<Batch>> {
        self.tail.listen()
    }
}

fn repeated(stored: &StoredAnswer, digest: &[u8; 32]) -> Result<Done, ExecuteError> {
    if stored.digest != *digest {
        return Err(ExecuteError::KeyReused);
    }
    let (answer, position) = (stored.answer.clone(), stored.position);
    Ok(Done { answer, position, effect: Effect::AlreadyApplied })
}

fn plan_of(command: &Command) -> Option<PlanHash> {
    match command {
        Command::Run(aisle_domain::event::EventCommand::Create(details)) => details.plan,
        _ => None,
    }
}
