//! Seating plans and events to sell.
//!
//! Change a detail with struct update: `EventDetails { limit_per_buyer: 2, ..details() }`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{ORGANISER, at, subject};
use crate::event::{
    AreaSpec, CategoryPrice, EventDetails, EventFact, SaleWindow, SeatingRule, Venue,
};
use crate::money::Currency;
use crate::plan::Plan;

/// The category of accessible places in [`small_plan`].
const ACCESSIBLE: &str = "Wheelchair";

/// A seating plan in pretix's format: the front half of the rows is of category `Stalls`, the
/// rest `Balcony`, with seats labelled `row-seat` from `1-1`; and two places `W-1` and `W-2` of
/// the category `Wheelchair`.
#[must_use]
pub fn small_plan(rows: u32, seats_per_row: u32) -> Vec<u8> {
    document(rows, seats_per_row, &[accessible_zone(rows)])
}

/// [`small_plan`], read.
///
/// # Panics
/// If it has no rows, or rows of no seats, or more seats than a plan may have.
#[must_use]
pub fn plan(rows: u32, seats_per_row: u32) -> Arc<Plan> {
    read(&small_plan(rows, seats_per_row))
}

/// [`plan`] without the accessible places.
///
/// # Panics
/// As [`plan`].
#[must_use]
pub fn plan_without_accessible(rows: u32, seats_per_row: u32) -> Arc<Plan> {
    read(&document(rows, seats_per_row, &[]))
}

/// The real hall of 1,231 seats.
///
/// # Panics
/// Never: its document is part of this crate.
#[must_use]
pub fn riethsporthalle() -> Arc<Plan> {
    read(include_bytes!("../../testdata/riethsporthalle.json"))
}

/// An event without reserved seats: an area `Floor` of 100 places at 25.00 EUR and a fee of 1.50;
/// at most ten tickets each, held for ten minutes.
#[must_use]
pub fn details() -> EventDetails {
    EventDetails {
        organiser: subject(ORGANISER),
        title: "Rockets v. Comets".into(),
        category: "Handball".into(),
        series: Some("Cup 2026".into()),
        performers: vec!["Rockets".into(), "Comets".into()],
        starts_at: at("2026-12-24T18:30:00Z"),
        time_zone: "Europe/Berlin".into(),
        time_to_be_confirmed: false,
        venue: venue(),
        plan: None,
        seats: 0,
        areas: vec![AreaSpec {
            name: "Floor".into(),
            category: "Standing".into(),
            capacity: super::AREA_CAPACITY,
        }],
        currency: Currency::EUR,
        price_version: 1,
        prices: vec![CategoryPrice { category: "Standing".into(), amount: 2500 }],
        fee: 150,
        sale_window: SaleWindow::default(),
        limit_per_buyer: 10,
        hold_seconds: 600,
        seating_rule: SeatingRule::AvoidOrphans,
        accessible_categories: Vec::new(),
    }
}

/// [`details`] with this plan's seats as well: its first category costs 60.00, each further one
/// 15.00 less but 5.00 at least. `Wheelchair` is an accessible category if the plan has it.
///
/// # Panics
/// Never: no plan has more seats than can be counted.
#[must_use]
pub fn details_of(plan: &Plan) -> EventDetails {
    let floor = details();
    let seats = (0..).zip(plan.categories()).map(|(i, category)| CategoryPrice {
        category: category.name.to_string(),
        amount: (6000 - 1500 * i).max(500),
    });
    let accessible = plan.category(ACCESSIBLE).map(|_| ACCESSIBLE.to_owned());
    EventDetails {
        plan: Some(plan.hash()),
        seats: u32::try_from(plan.len()).expect("a plan has at most 100,000 seats"),
        prices: seats.chain(floor.prices).collect(),
        accessible_categories: accessible.into_iter().collect(),
        ..floor
    }
}

/// The facts that put an event on sale.
#[must_use]
pub fn on_sale_event_facts(details: EventDetails) -> Vec<EventFact> {
    let created = EventFact::Created(Box::new(details));
    vec![created, EventFact::Published {}, EventFact::SalesOpened {}]
}

fn venue() -> Venue {
    Venue {
        name: "Riethsporthalle".into(),
        city: Some("Erfurt".into()),
        region: Some("Thüringen".into()),
        country: Some("DE".into()),
    }
}

fn read(document: &[u8]) -> Arc<Plan> {
    Arc::new(Plan::from_pretix(document).expect("the plan of a fixture can be read"))
}

fn document(rows: u32, seats_per_row: u32, more: &[Value]) -> Vec<u8> {
    let front = rows.div_ceil(2);
    let category = |row| if row <= front { "Stalls" } else { "Balcony" };
    let all: Vec<Value> =
        (1..=rows).map(|r| row(&r.to_string(), r, seats_per_row, category(r))).collect();
    let mut zones = vec![json!({"name": "Hall", "position": {"x": 0, "y": 0}, "rows": all})];
    zones.extend_from_slice(more);
    let mut categories = vec![json!({"name": "Stalls"}), json!({"name": "Balcony"})];
    categories.extend(more.iter().map(|_| json!({"name": ACCESSIBLE})));
    let size = json!({"width": 1000, "height": 1000});
    json!({"name": "Small hall", "size": size, "categories": categories, "zones": zones})
        .to_string()
        .into_bytes()
}

fn accessible_zone(rows: u32) -> Value {
    let places = row("W", rows + 1, 2, ACCESSIBLE);
    json!({"name": "Accessible", "position": {"x": 0, "y": 0}, "rows": [places]})
}

fn row(number: &str, place: u32, seats: u32, category: &str) -> Value {
    let seat = |n: u32| {
        json!({
            "seat_guid": format!("{number}-{n}"), "seat_number": n.to_string(),
            "position": {"x": 10 * n, "y": 0}, "category": category,
        })
    };
    let seats: Vec<Value> = (1..=seats).map(seat).collect();
    json!({"row_number": number, "position": {"x": 0, "y": 20 * place}, "seats": seats})
}
