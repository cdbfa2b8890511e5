//! What was ordered, line by line: each seat by the names that are written on it.

use aisle_domain::booking::{Order, SeatLine};
use aisle_domain::money::Money;
use aisle_domain::plan::Plan;

use crate::site::money::money;
use crate::site::text;

/// What was ordered.
#[derive(Debug)]
pub(crate) struct Bill {
    pub(crate) lines: Vec<BillLine>,
    /// None where there is none.
    pub(crate) fee: Option<String>,
    pub(crate) total: String,
    /// As which texts name it: `places` if no seat is among it, else `seats`.
    pub(crate) things: &'static str,
}

/// A seat, or places of an area.
#[derive(Debug)]
pub(crate) struct BillLine {
    pub(crate) what: String,
    pub(crate) category: String,
    pub(crate) price: String,
}

impl Bill {
    /// The bill of an order. Without the plan, seats are called by their labels.
    pub(crate) fn new(order: &Order, plan: Option<&Plan>) -> Self {
        let shown = |amount| money(Money::new(amount, order.currency));
        let seat = |line: &SeatLine| BillLine {
            what: name_of(&line.seat, plan),
            category: line.category.clone(),
            price: shown(line.price),
        };
        let places = |line: &aisle_domain::booking::PlacesLine| BillLine {
            what: text::say_with(
                "bill-places",
                &[("area", line.area.as_str().into()), ("count", line.count.into())],
            ),
            category: line.category.clone(),
            price: shown(line.price * i64::from(line.count)),
        };
        Self {
            lines: order.seats.iter().map(seat).chain(order.places.iter().map(places)).collect(),
            fee: (order.fee > 0).then(|| shown(order.fee)),
            total: shown(order.total),
            things: if order.seats.is_empty() { "places" } else { "seats" },
        }
    }
}

/// A seat by its label, in words if the plan is known.
fn name_of(label: &str, plan: Option<&Plan>) -> String {
    let seat = plan.and_then(|plan| Some((plan, plan.seat(plan.find(label)?)?)));
    let Some((plan, seat)) = seat else { return seat_name("", "", label) };
    let row = plan.row_of(seat);
    seat_name(&plan.zone_of(row).name, &row.number, &seat.number)
}

/// `Block A, row 3, seat 12`. Plans may leave zone and row unnamed.
pub(crate) fn seat_name(zone: &str, row: &str, seat: &str) -> String {
    let name = match (zone.is_empty(), row.is_empty()) {
        (true, true) => "bill-seat-only",
        (false, true) => "bill-seat-without-row",
        (true, false) => "bill-seat-without-zone",
        (false, false) => "bill-seat",
    };
    text::say_with(name, &[("zone", zone.into()), ("row", row.into()), ("seat", seat.into())])
}
