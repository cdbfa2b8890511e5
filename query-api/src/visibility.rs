//! Who may see an event: everybody once it is published, before that only those who run it.
//!
//! To everybody else a draft is not there, and answered exactly so.

use std::collections::HashSet;

use aisle_domain::actor::Actor;
use aisle_domain::event::Phase;
use aisle_domain::id::EventId;
use aisle_domain::policy::may_run;
use aisle_domain::stream::Position;
use aisle_infra::http::problem::Problem;
use aisle_projections::views::EventPage;
use axum::http::{HeaderValue, StatusCode};
use parking_lot::RwLock;

use crate::QueryApi;
use crate::fault;
use crate::fresh::ReadModel;
use crate::params::MinPosition;
use crate::prepared::Attributes;
use crate::respond::NO_STORE;

/// How many published events are remembered; 16 bytes each.
const MAX_REMEMBERED: usize = 100_000;

/// For what changes any moment and is asked for by everybody: a cache in front of us asks once a
/// second, and answers while it asks.
const BRIEFLY: HeaderValue =
    HeaderValue::from_static("public, max-age=1, stale-while-revalidate=2");

/// Who may see what is shown of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    Everybody,
    /// Those who run it: no cache may hand it to others.
    Organisers,
}

impl Audience {
    /// How an answer may be kept that is right for a second or so.
    pub(crate) fn briefly(self, position: Position) -> Attributes {
        let keep = match self {
            Self::Everybody => BRIEFLY,
            Self::Organisers => NO_STORE,
        };
        Attributes { keep, position: position.into() }
    }
}

/// Events that are known to be published. None is ever a draft again, so this needs no keeping up
/// to date, and a read of a seat map asks no database.
#[derive(Debug, Default)]
pub(crate) struct Published {
    events: RwLock<HashSet<EventId>>,
}

impl Published {
    pub(crate) fn has(&self, event: EventId) -> bool {
        self.events.read().contains(&event)
    }

    fn remember(&self, event: EventId) {
        // Readers should not wait for what is known already.
        if self.has(event) {
            return;
        }
        let mut events = self.events.write();
        if events.len() >= MAX_REMEMBERED {
            events.clear();
        }
        events.insert(event);
    }
}

impl QueryApi {
    /// The page of an event, if there is one that this actor may see.
    pub(crate) async fn event_page(
        &self,
        event: EventId,
        actor: Option<&Actor>,
    ) -> Result<(EventPage, Audience), Problem> {
        let page = self.sources.views.event(event).await.map_err(fault::views)?;
        let page = page.ok_or_else(no_event)?;
        if page.phase != Phase::Draft {
            self.prepared.published.remember(event);
            return Ok((page, Audience::Everybody));
        }
        let runs = actor.is_some_and(|actor| may_run(actor, &page.details.organiser));
        if runs { Ok((page, Audience::Organisers)) } else { Err(no_event()) }
    }

    /// Who may see an event, if this actor is among them.
    pub(crate) async fn audience(
        &self,
        event: EventId,
        actor: Option<&Actor>,
        min: Option<MinPosition>,
    ) -> Result<Audience, Problem> {
        if self.prepared.published.has(event) {
            return Ok(Audience::Everybody);
        }
        self.fresh(ReadModel::EventPages, min).await?;
        Ok(self.event_page(event, actor).await?.1)
    }
}

pub(crate) fn no_event() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "event_not_found", "There is no such event")
}
