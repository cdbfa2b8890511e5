//! The list of one's own bookings, the newest first.

use aisle_domain::actor::Actor;
use aisle_domain::stream::Position;
use aisle_infra::text::reference;
use aisle_projections::views::BookingPage;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::booking::{EventOf, Stage, bill};
use super::card::Badge;
use super::page::{Page, PageProblem};
use super::request::Asked;
use super::shell::{Part, Shell};
use super::text;
use crate::QueryApi;
use crate::fault;
use crate::fresh::ReadModel;
use crate::params::MinPosition;

/// How many bookings a page has.
const LIMIT: u32 = 20;

#[derive(Debug, Template)]
#[template(path = "bookings.html")]
struct BookingsShown {
    shell: Shell,
    bookings: Vec<Mine>,
    next: Option<String>,
    /// Whether whoever reads it is known at all.
    is_known: bool,
    is_guest: bool,
}

/// One of one's own bookings.
#[derive(Debug)]
struct Mine {
    id: String,
    reference: String,
    badge: Badge,
    stage: Stage,
    event: EventOf,
    tickets: u64,
    /// The names of its seats and places.
    seats: String,
    total: String,
    may_cancel: bool,
}

/// `GET /bookings`
pub(crate) async fn bookings(
    State(api): State<QueryApi>,
    asked: Asked,
) -> Result<Response, PageProblem> {
    let shell = Shell::new(&asked, Part::Bookings, text::say("bookings-title"));
    let is_guest = asked.visitor.email.is_none();
    let Some(Actor::Person { subject, .. }) = asked.actor() else {
        let shown =
            BookingsShown { shell, bookings: Vec::new(), next: None, is_known: false, is_guest };
        return Ok(Page(shown).into_response());
    };
    api.fresh(ReadModel::Bookings, asked.min_position()).await?;
    let before: Option<Position> = asked.value("after").and_then(|after| after.parse().ok());
    let found = api.sources.views.bookings_of(subject, before, LIMIT + 1).await;
    let mut found = found.map_err(fault::views)?;
    let more = found.len() > LIMIT as usize;
    found.truncate(LIMIT as usize);
    let last = found.last().filter(|_| more);
    let next = last.map(|page| format!("/bookings?after={}", page.created.position));
    let mut bookings = Vec::with_capacity(found.len());
    for page in found {
        bookings.push(Mine::read(&api, page, api.now()).await?);
    }
    Ok(Page(BookingsShown { shell, bookings, next, is_known: true, is_guest }).into_response())
}

impl Mine {
    async fn read(api: &QueryApi, page: BookingPage, now: Timestamp) -> Result<Self, PageProblem> {
        let created = Some(MinPosition(page.created.position));
        api.fresh(ReadModel::EventPages, created).await?;
        let event = api.sources.views.event(page.event_id()).await.map_err(fault::views)?;
        let event = event.ok_or_else(PageProblem::not_found)?;
        let bill = bill(api, &page, &event).await?;
        let event = EventOf::new(&event, now);
        let (order, stage) = (&page.order, Stage::of(&page, now));
        let places: u64 = order.places.iter().map(|line| u64::from(line.count)).sum();
        Ok(Self {
            id: page.id.to_string(),
            reference: reference(page.id),
            badge: stage.badge(),
            tickets: order.seats.len() as u64 + places,
            seats: bill.lines.into_iter().map(|line| line.what).collect::<Vec<_>>().join("; "),
            total: bill.total,
            may_cancel: stage.is_confirmed() && !event.has_begun,
            stage,
            event,
        })
    }
}
