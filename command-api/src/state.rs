//! What the routes share.

use std::ops::Deref;
use std::sync::Arc;

use aisle_domain::actor::Actor;
use aisle_domain::house::{Command, Context};
use aisle_domain::id::{BookingId, CommandId, EventId, Subject};
use aisle_infra::clock::{Clock, Ids, derive_id};
use aisle_infra::http::RequestId;
use aisle_infra::http::auth::{TokenIssuer, TokenVerifier};
use aisle_infra::payment::PaymentProvider;
use axum::extract::FromRef;
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::answer::{booking_json, event_json};
use crate::box_office::{Answer, BoxOffice, Done, ExecuteError, Key, Origin, Request};
use crate::oidc::Oidc;

/// Whether visitors without an account get a token of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guests {
    /// They do.
    Welcome,
    /// Every buyer needs a token from elsewhere.
    TurnedAway,
}

/// What the routes share. Cheap to clone: each request does so several times.
#[derive(Clone)]
pub struct CommandApi(Arc<CommandParts>);

/// What a [`CommandApi`] is made of.
pub struct CommandParts {
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
    /// Accounts, and where buyers are written to.
    pub accounts: Arc<Accounts>,
    /// Signing in by a provider, if there is one.
    pub oidc: Option<Arc<Oidc>>,
}

impl From<CommandParts> for CommandApi {
    fn from(parts: CommandParts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for CommandApi {
    type Target = CommandParts;

    fn deref(&self) -> &CommandParts {
        &self.0
    }
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
        let origin = self.origin(&actor, key);
        self.execute(event, command, actor, origin, Arc::new(|house, _| event_json(house))).await
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
        let answer = Arc::new(move |house: &_, named: Option<_>| {
            booking_json(house, named.unwrap_or(booking))
        });
        let origin = self.origin(&actor, key);
        self.execute(event, command, actor, origin, answer).await
    }

    /// Carries out a command that Aisle itself sends about a booking, named after what it reacts
    /// to: `cause` is the same however often it reacts.
    pub(crate) async fn on_own_account(
        &self,
        event: EventId,
        booking: BookingId,
        command: Command,
        cause: &str,
    ) -> Result<Done, ExecuteError> {
        let answer = Arc::new(move |house: &_, named: Option<_>| {
            booking_json(house, named.unwrap_or(booking))
        });
        let origin = Origin {
            command_id: CommandId(derive_id("command", cause)),
            correlation_id: booking.to_string(),
            causation_id: Some(cause.to_owned()),
            actor: system(),
            key: None,
        };
        self.execute(event, command, Actor::System, origin, answer).await
    }

    /// Where a command of the present request comes from.
    fn origin(&self, actor: &Actor, key: Option<Key>) -> Origin {
        let command_id = CommandId(self.ids.next());
        let request = RequestId::current();
        Origin {
            command_id,
            correlation_id: request
                .map_or_else(|| command_id.to_string(), |request| request.as_str().to_owned()),
            causation_id: None,
            actor: name_of(actor),
            key,
        }
    }

    async fn execute(
        &self,
        event: EventId,
        command: Command,
        actor: Actor,
        origin: Origin,
        answer: Answer,
    ) -> Result<Done, ExecuteError> {
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
