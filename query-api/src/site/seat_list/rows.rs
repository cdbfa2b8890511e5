//! The seats of a section, row by row: a group for each run of one row and one category, so that
//! what holds for all of them, the price, is said once.

use std::ops::Range;

use aisle_domain::event::EventDetails;
use aisle_domain::plan::{Plan, Seat};
use aisle_projections::seat_map::{SeatMapSnapshot, SeatState};

use super::total;
use super::words;

/// Seats of one row and one category, side by side.
#[derive(Debug)]
pub(super) struct Group {
    /// What they share, in words.
    pub(super) legend: String,
    pub(super) seats: Vec<SeatBox>,
}

/// A seat with its check box.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SeatBox {
    pub(super) label: String,
    pub(super) number: String,
    /// The class of its look, also what tells scripts its state.
    pub(super) look: &'static str,
    /// Why it cannot be chosen, if so.
    pub(super) why_not: Option<String>,
}

/// The groups of these seats of a plan.
pub(super) fn groups(
    plan: &Plan,
    map: &SeatMapSnapshot,
    details: &EventDetails,
    seats: Range<u32>,
) -> Vec<Group> {
    let all = &plan.seats()[seats.start as usize..seats.end as usize];
    let mut place = seats.start;
    let alike = |one: &Seat, other: &Seat| one.row == other.row && one.category == other.category;
    all.chunk_by(alike)
        .map(|run| {
            let category = &plan.categories()[usize::from(run[0].category.0)].name;
            let price = total(details, category);
            let looks = (place..).map(|seat| look(map.state(seat), price.is_some()));
            let boxes = run.iter().zip(looks).map(|(seat, look)| SeatBox::new(seat, look));
            let group = Group {
                legend: words::row(&plan.row_of(&run[0]).number, category, price),
                seats: boxes.collect(),
            };
            place += run.len() as u32;
            group
        })
        .collect()
}

impl SeatBox {
    fn new(seat: &Seat, look: &'static str) -> Self {
        let (label, number) = (seat.label.to_string(), seat.number.to_string());
        Self { label, number, look, why_not: words::why_not(look) }
    }
}

fn look(state: SeatState, has_price: bool) -> &'static str {
    match state {
        SeatState::Held => "held",
        SeatState::Sold => "sold",
        SeatState::Free if has_price => "free",
        SeatState::Free | SeatState::Blocked => "closed",
    }
}
