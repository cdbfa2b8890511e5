//! The box office: takes a command, has the event's house decide it in memory, and appends what
//! comes of it as one unit of work.
//!
//! Everything it keeps in memory is a cache. The journal's expected sequences decide; a conflict
//! throws the house away, loads it anew and decides again, [`MAX_ATTEMPTS`] times at the most. A
//! refusal is answered only once it is known to be true of the journal.

mod answers;
mod booking_index;
mod houses;
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

pub use self::unit::{Answer, Key, Origin, Request};

use self::answers::Answers;
use self::booking_index::BookingIndex;
use self::houses::{Houses, News, OpenHouse};

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
}

/// One attempt's outcome.
enum Attempt {
    Done(Done),
    Stale,
}

impl BoxOffice {
    /// A box office over a journal that appends through this committer.
    #[must_use]
    pub fn new(
        journal: Arc<dyn JournalStore>,
        committer: Committer,
        plans: Arc<JournalPlans>,
    ) -> Self {
        Self {
            houses: Houses::new(journal.clone(), committer.clone(), plans.clone()),
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
        let done = self.attempts_or_stored(request).await?;
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
            if self.is_settled(&house, at).await? {
                return Ok(seen);
            }
        }
        Err(ExecuteError::Contended)
    }

    /// A refusal may come of the command having been carried out before: then that answer counts.
    async fn attempts_or_stored(&self, request: &Request) -> Result<Done, ExecuteError> {
        let refused = match self.attempts(request).await {
            Err(refused @ (ExecuteError::Refused(_) | ExecuteError::Contended)) => refused,
            other => return other,
        };
        let Some(key) = &request.origin.key else { return Err(refused) };
        match self.journal.answer(&key.actor, &key.key).await? {
            Some(stored) => repeated(&stored, &key.digest),
            None => Err(refused),
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
            houses::Decided::Dead => Ok(Attempt::Stale),
            houses::Decided::Refused { refusal, at } => self.stand_by(&house, refusal, at).await,
            houses::Decided::Repetition { answer, at } => {
                self.confirm_repetition(&house, answer, at).await
            }
            houses::Decided::Submitted { pending, answer } => match pending.await {
                Ok(appended) => {
                    self.index.remember(&request.command, request.event);
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
        self.houses.throw_away(house);
        match error {
            AppendError::Rejected(Rejection::Conflict(_)) => Ok(Attempt::Stale),
            AppendError::Rejected(Rejection::Repeated(stored)) => {
                let digest = request.origin.key.as_ref().map(|key| key.digest);
                repeated(&stored, &digest.unwrap_or_default()).map(Attempt::Done)
            }
            AppendError::Failed(error) => Err(error.into()),
        }
    }

    /// A refusal counts if everything that it rests on is in the journal, and the journal knows
    /// nothing newer.
    async fn stand_by(
        &self,
        house: &Arc<OpenHouse>,
        refusal: Refusal,
        at: News,
    ) -> Result<Attempt, ExecuteError> {
        if self.is_settled(house, at).await? { Err(refusal.into()) } else { Ok(Attempt::Stale) }
    }

    async fn confirm_repetition(
        &self,
        house: &Arc<OpenHouse>,
        answer: String,
        at: News,
    ) -> Result<Attempt, ExecuteError> {
        if !self.is_settled(house, at).await? {
            return Ok(Attempt::Stale);
        }
        let position = self.journal.head().await?;
        Ok(Attempt::Done(Done { answer, position, effect: Effect::AlreadyApplied }))
    }

    async fn is_settled(&self, house: &Arc<OpenHouse>, at: News) -> Result<bool, ExecuteError> {
        self.committer.barrier().await;
        self.houses.is_current(house, at).await
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
