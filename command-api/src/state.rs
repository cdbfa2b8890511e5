//! What the routes share.

use std::sync::Arc;

use aisle_domain::actor::Actor;
use aisle_domain::house::{Command, Context};
use aisle_domain::id::{BookingId, CommandId, EventId, Subject};
use aisle_infra::clock::{Clock, Ids};
use aisle_infra::http::auth::{TokenIssuer, TokenVerifier};
use aisle_infra::payment::PaymentProvider;
use axum::extract::FromRef;
use uuid::Uuid;

use crate::answer::{booking_json, event_json};
use crate::box_office::{Answer, BoxOffice, Done, ExecuteError, Key, Origin, Request};

/// Whether visitors without an account get a token of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guests {
    /// They do.
    Welcome,
    /// Every buyer needs a token from elsewhere.
    TurnedAway,
}

/// What the routes share. Cheap to clone.
#[derive(Clone)]
pub struct CommandApi {
    /// Carries commands out.
    pub box_office: Arc<BoxOffice>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn Ids>,
    /// Takes the money.
    pub provider: Arc<dyn PaymentProvider>,
    /// Checks tokens.
    pub verifier: Arc<TokenVerifier>,
    /// Makes tokens for guests.
    pub issuer: Arc<TokenIssuer>,
    /// Whether there are guests.
    pub guests: Guests,
}

impl FromRef<CommandApi> for Arc<TokenVerifier> {
    fn from_ref(api: &CommandApi) -> Self {
        api.verifier.clone()
    }
}

impl CommandApi {
    /// A fresh id.
    pub(crate) fn fresh<I: From<Uuid>>(&self) -> I {
        self.ids.next().into()
    }

    /// Carries out a command about an event; the answer is the event.
    pub(crate) async fn on_event(
        &self,
        event: EventId,
        command: Command,
        actor: Actor,
        key: Option<Key>,
    ) -> Result<Done, ExecuteError> {
        self.execute(event, command, actor, key, Arc::new(event_json)).await
    }

    /// Carries out a command about a booking; the answer is the booking.
    pub(crate) async fn on_booking(
        &self,
        event: EventId,
        booking: BookingId,
        command: Command,
        actor: Actor,
        key: Option<Key>,
    ) -> Result<Done, ExecuteError> {
        let answer = Arc::new(move |house: &_| booking_json(house, booking));
        self.execute(event, command, actor, key, answer).await
    }

    async fn execute(
        &self,
        event: EventId,
        command: Command,
        actor: Actor,
        key: Option<Key>,
        answer: Answer,
    ) -> Result<Done, ExecuteError> {
        let command_id = CommandId(self.ids.next());
        let origin = Origin {
            command_id,
            correlation_id: command_id.to_string(),
            causation_id: None,
            actor: name_of(&actor),
            key,
        };
        let context = Context { now: self.clock.now(), actor };
        self.box_office.execute(&Request { event, command, context, origin, answer }).await
    }
}

/// Under which name an actor's facts are recorded.
pub(crate) fn name_of(actor: &Actor) -> Subject {
    match actor {
        Actor::Person { subject, .. } => subject.clone(),
        Actor::System => system(),
    }
}

/// The name under which Aisle itself acts. `aisle:` is no prefix that the local issuer gives out.
pub(crate) fn system() -> Subject {
    Subject::try_new("aisle:system").unwrap_or_else(|_| unreachable!("a short line of text"))
}
