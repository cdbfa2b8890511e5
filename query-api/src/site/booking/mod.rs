//! The page of a booking, in each of its states, and the question before it is cancelled.
//!
//! Its forms post to the command side. The key of a payment follows from the booking and from how
//! often it was tried, so that a refresh, the way back or a second tab send the same payment.

mod bill;
mod own;
mod stage;

use aisle_domain::money::Money;
use aisle_infra::clock::derive_id;
use aisle_infra::text::reference;
use aisle_projections::views::PaymentPageState::Refunded;
use aisle_projections::views::{BookingPage, EventPage, PaymentPage};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use fluent_bundle::FluentValue;
use jiff::Timestamp;

use self::bill::Bill;
pub(super) use self::bill::seat_name;
use self::own::Own;
pub(super) use self::own::bill;
pub(super) use self::stage::Stage;
use self::stage::{renewals_left, returned};
use super::card::{Badge, place};
use super::dates::{Local, clock};
use super::event::When;
use super::money::money;
use super::page::Page;
use super::shell::{Part, Shell};
use super::text;
use crate::QueryApi;

#[derive(Debug, Template)]
#[template(path = "booking.html")]
pub(crate) struct BookingShown {
    shell: Shell,
    id: String,
    reference: String,
    stage: Stage,
    heading: String,
    lead: String,
    event: EventOf,
    bill: Bill,
    /// Until when it is held, where that still matters.
    hold: Option<Hold>,
    /// The key of the next payment.
    key: String,
    /// For scripts: what a newer state differs from, what became of each payment included.
    state: &'static str,
    payments: String,
    position: u64,
    /// Whether nothing will change by itself any more, of the booking or of its money.
    is_settled: bool,
    /// When to look again without a script, in seconds.
    refresh: Option<i64>,
    /// Whether it may be given back although it is paid.
    may_cancel: bool,
    /// Whether whoever reads it has no account, and so no other way back than this browser.
    is_guest: bool,
}

/// The question before a booking is cancelled.
#[derive(Debug, Template)]
#[template(path = "cancel.html")]
struct CancelAsked {
    shell: Shell,
    id: String,
    event: EventOf,
    bill: Bill,
    text: String,
}

/// The event of a booking.
#[derive(Debug)]
pub(super) struct EventOf {
    pub(super) href: String,
    pub(super) title: String,
    pub(super) when: When,
    pub(super) place: String,
    pub(super) has_begun: bool,
}

/// A hold, while it lasts.
#[derive(Debug)]
struct Hold {
    at: String,
    left: String,
    left_seconds: i64,
    renewals_left: u32,
}

/// `GET /bookings/{booking_id}`
pub(crate) async fn booking(State(api): State<QueryApi>, own: Own) -> Page<BookingShown> {
    Page(BookingShown::new(own, api.now()))
}

/// `GET /bookings/{booking_id}/cancel`
pub(crate) async fn cancel(
    State(api): State<QueryApi>,
    Own { asked, page, event, bill }: Own,
) -> Response {
    let now = api.now();
    if !may_cancel(&page, &event, now) {
        return Redirect::to(&format!("/bookings/{}", page.id)).into_response();
    }
    let shell = Shell::new(&asked, Part::Bookings, text::say("cancel-title"));
    let (id, event) = (page.id.to_string(), EventOf::new(&event, now));
    let text = text::say_with(
        "cancel-text",
        &[("things", bill.things.into()), ("total", bill.total.as_str().into())],
    );
    Page(CancelAsked { shell, id, event, bill, text }).into_response()
}

impl EventOf {
    pub(super) fn new(page: &EventPage, now: Timestamp) -> Self {
        let details = &page.details;
        Self {
            href: format!("/events/{}", page.id),
            title: details.title.clone(),
            when: When::of(details),
            place: place(&details.venue.name, details.venue.city.as_deref()),
            has_begun: now >= details.starts_at,
        }
    }
}

impl BookingShown {
    fn new(Own { asked, page, event, bill }: Own, now: Timestamp) -> Self {
        let stage = Stage::of(&page, now);
        let things = [("things", FluentValue::from(bill.things))];
        let heading = text::say_with(&format!("stage-{}", stage.name()), &things);
        let hold = hold(&page, &event, stage, now);
        Self {
            shell: Shell::new(
                &asked,
                Part::Bookings,
                format!("{heading} · {}", event.details.title),
            ),
            reference: reference(page.id),
            lead: lead(&page, stage, bill.things),
            event: EventOf::new(&event, now),
            key: derive_id("payment form", &format!("{}:{}", page.id, page.payments.len()))
                .to_string(),
            state: page.phase.as_str(),
            payments: states(&page.payments),
            is_settled: stage.is_settled()
                && returned(&page).is_none_or(|payment| payment.state == Refunded),
            position: page.updated.position,
            refresh: refresh(stage, hold.as_ref()),
            may_cancel: may_cancel(&page, &event, now),
            is_guest: asked.visitor.email.is_none(),
            id: page.id.to_string(),
            stage,
            heading,
            bill,
            hold,
        }
    }
}

fn hold(page: &BookingPage, event: &EventPage, stage: Stage, now: Timestamp) -> Option<Hold> {
    let until = page.until.filter(|_| stage.is_payable())?;
    let local = Local::new(until, &event.details.time_zone);
    let left = now.duration_until(until);
    Some(Hold {
        at: local.rfc3339(),
        left: clock(left),
        left_seconds: left.as_secs(),
        renewals_left: renewals_left(page),
    })
}

/// What became of each payment, by its name in the API.
fn states(payments: &[PaymentPage]) -> String {
    payments.iter().map(|payment| payment.state.as_str()).collect::<Vec<_>>().join(" ")
}

/// What is said below the heading.
fn lead(page: &BookingPage, stage: Stage, things: &str) -> String {
    let amount = |amount| money(Money::new(amount, page.order.currency));
    let returned = returned(page);
    let declined = page.payments.last().and_then(|payment| payment.declined.as_deref());
    let reason = declined.and_then(|code| text::find(&format!("declined-{code}")));
    let back = match returned.map(|payment| payment.state) {
        Some(Refunded) => "refund-done",
        Some(_) => "refund-under-way",
        None => "refund-none",
    };
    let sum = amount(returned.map_or(page.order.total, |payment| payment.amount));
    let values = [
        ("things", FluentValue::from(things)),
        ("total", FluentValue::from(amount(page.order.total))),
        ("reason", reason.unwrap_or_else(|| text::say("declined-other")).into()),
        ("refund", text::say_with(back, &[("amount", sum.into())]).into()),
        ("why", page.cancelled.clone().unwrap_or_default().into()),
    ];
    text::say_with(&format!("stage-{}-lead", stage.name()), &values)
}

/// Without a script a page looks again when something must have happened.
fn refresh(stage: Stage, hold: Option<&Hold>) -> Option<i64> {
    match hold {
        Some(hold) => Some(hold.left_seconds + 1),
        None if stage.is_under_way() => Some(3),
        None if stage == Stage::Lapsed => Some(10),
        None => None,
    }
}

fn may_cancel(page: &BookingPage, event: &EventPage, now: Timestamp) -> bool {
    Stage::of(page, now).is_confirmed()
        && aisle_domain::policy::may_still_cancel(&event.details, now)
}

impl BookingShown {
    fn badge(&self) -> Badge {
        self.stage.badge()
    }
}
