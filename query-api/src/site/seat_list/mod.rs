//! The list beside the seat map: section, row and seat as plain controls in one form, with forms
//! for the best seats that are left and for areas. It works without scripts; with them it shares
//! what is chosen with the map.
//!
//! It shows one section at a time: no page has 60,000 check boxes. It checks nothing that is sent.

mod forms;
mod instead;
mod parts;
mod problem;
mod route;
mod rows;
mod words;

use aisle_domain::event::EventDetails;
use aisle_domain::money::Money;
use aisle_domain::plan::Plan;
use aisle_infra::clock::{Ids as _, RandomIds};
use aisle_infra::http::problem::Problem;
use aisle_projections::seat_map::SeatMapSnapshot;
use aisle_projections::views::EventPage;
use askama::Template;
use serde::Deserialize;

use self::forms::{AreaChoice, CategoryChoice, area_choices, category_choices, quantities};
use self::instead::{House, Offer};
use self::parts::{Part, PartChoice, parts};
use self::problem::{problem_text, taken, wished};
pub(crate) use self::route::routes;
use self::rows::{Group, groups};
use self::words::Words;
use crate::QueryApi;
use crate::fault;

/// What the address of the page asks of the list. Nothing in it is an error: what makes no sense
/// is passed over, as addresses are passed on and typed.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    /// The place of the section to show, from 0.
    pub(crate) section: Option<String>,
    /// The code of the problem that a form came back with.
    pub(crate) problem: Option<String>,
    /// The labels of seats that it was about, separated by commas.
    pub(crate) seats: Option<String>,
    /// The labels of all seats that were asked for then.
    pub(crate) wished: Option<String>,
}

/// Whether seats can be held now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sale {
    /// They can.
    Open,
    /// The list only shows.
    Closed,
}

/// Whether the visitor has a session, with which a script can hold seats at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Session {
    /// There is one.
    There,
    /// A script asks for a guest's first.
    None,
}

/// What the list is made from.
pub(crate) struct Inputs<'a> {
    /// The event.
    pub(crate) page: &'a EventPage,
    /// Which seats are free; none of an event without reserved seats.
    pub(crate) seats: Option<(&'a Plan, &'a SeatMapSnapshot)>,
    /// Whether they can be held.
    pub(crate) sale: Sale,
    /// Who asks.
    pub(crate) session: Session,
    /// What is asked for.
    pub(crate) asked: &'a Asked,
    /// Made for this page, so that a form that is sent twice holds once.
    pub(crate) key: String,
}

/// The list, to be embedded in the section `seats` of the page of an event.
#[derive(Debug, Template)]
#[template(path = "seat_list.html", whitespace = "minimize")]
pub(crate) struct SeatList {
    words: Words,
    event: String,
    is_open: bool,
    is_guest: bool,
    /// How many digits the minor unit of its currency has.
    minor_digits: u8,
    key: String,
    /// Where forms come back to with a problem.
    back: String,
    problem: Option<String>,
    /// Seats to take in the place of those that somebody else took.
    offer: Option<Offer>,
    parts: Vec<PartChoice>,
    shown: usize,
    groups: Vec<Group>,
    has_accessible: bool,
    quantities: Vec<u32>,
    categories: Vec<CategoryChoice>,
    areas: Vec<AreaChoice>,
}

/// The list of an event.
pub(crate) fn fragment(inputs: Inputs<'_>) -> SeatList {
    let Inputs { page, seats, sale, session, asked, key } = inputs;
    let details = &page.details;
    let parts: Vec<Part> = seats.map(|(plan, _)| parts(plan)).unwrap_or_default();
    let wanted = asked.section.as_deref().and_then(|section| section.parse::<usize>().ok());
    let shown = wanted.filter(|part| *part < parts.len()).unwrap_or_default();
    let groups = seats
        .zip(parts.get(shown))
        .map(|((plan, map), part)| groups(plan, map, details, part.seats.clone()));
    let choices = seats.map(|(_, map)| {
        parts.iter().map(|part| PartChoice::new(part, map, details)).collect::<Vec<_>>()
    });
    SeatList {
        words: Words,
        event: page.id.to_string(),
        is_open: sale == Sale::Open,
        is_guest: session == Session::None,
        minor_digits: details.currency.minor_digits(),
        key,
        back: match parts.is_empty() {
            true => format!("/events/{}", page.id),
            false => format!("/events/{}?section={shown}", page.id),
        },
        problem: problem_text(asked, seats.map(|(plan, _)| plan)),
        offer: seats.filter(|_| sale == Sale::Open).and_then(|(plan, map)| {
            let (taken, wished) = (taken(asked, plan), wished(asked, plan));
            Offer::in_place_of(&wished, &House { plan, map, details, taken: &taken })
        }),
        parts: choices.unwrap_or_default(),
        shown,
        groups: groups.unwrap_or_default(),
        has_accessible: !details.accessible_categories.is_empty(),
        quantities: quantities(details),
        categories: category_choices(details, seats.map(|(plan, _)| plan)),
        areas: area_choices(page),
    }
}

/// What one ticket of a category costs, its fee included; none if it is not on sale.
fn total(details: &EventDetails, category: &str) -> Option<Money> {
    Some(Money::new(details.price(category)? + details.fee, details.currency))
}

impl SeatList {
    /// Whether no place of any area is left.
    fn is_full(&self) -> bool {
        self.areas.iter().all(|area| area.is_full)
    }
}

impl QueryApi {
    /// The list of an event as its seats are now, with a key of its own.
    pub(crate) async fn seat_list(
        &self,
        page: &EventPage,
        asked: &Asked,
        sale: Sale,
        session: Session,
    ) -> Result<SeatList, Problem> {
        let map = self.sources.seat_maps.snapshot(page.id);
        let plan = match page.details.plan {
            Some(hash) => Some(self.sources.plans.plan(&hash).await.map_err(fault::plan)?),
            None => None,
        };
        let seats = plan.as_deref().zip(map.as_deref());
        let key = RandomIds.next().to_string();
        Ok(fragment(Inputs { page, seats, sale, session, asked, key }))
    }
}
