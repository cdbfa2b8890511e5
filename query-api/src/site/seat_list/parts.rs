//! Divides a plan into the sections that the list shows one at a time: its zones, and of large
//! ones several parts.

use std::ops::Range;

use aisle_domain::event::EventDetails;
use aisle_domain::plan::{Plan, Zone};
use aisle_projections::seat_map::{SeatMapSnapshot, SeatState};

use super::total;
use super::words;

/// The most seats of one section: some 50 kB of HTML. The blocks of real stadiums have up to 420.
const MOST_SEATS: u32 = 600;

/// A section of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The name of its zone; may be empty.
    name: String,
    /// Its first and last row, where a zone has several parts.
    rows: Option<(String, String)>,
    /// Its seats, in plan order.
    pub(super) seats: Range<u32>,
    /// Their categories.
    categories: Vec<String>,
}

/// A section as it can be chosen.
#[derive(Debug)]
pub(super) struct PartChoice {
    /// Its name, what is left of it and from which price, in words.
    pub(super) about: String,
    pub(super) first: u32,
    pub(super) count: u32,
}

/// The sections of a plan, in plan order.
pub(super) fn parts(plan: &Plan) -> Vec<Part> {
    plan.zones().iter().flat_map(|zone| parts_of(plan, zone)).collect()
}

fn parts_of(plan: &Plan, zone: &Zone) -> Vec<Part> {
    let rows = plan.rows().get(zone.rows.start as usize..zone.rows.end as usize);
    let rows = rows.unwrap_or_default();
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Vec::new() };
    let mut cuts = vec![first.seats.start];
    let mut begun = first.seats.start;
    for row in rows {
        if row.seats.end - begun > MOST_SEATS && row.seats.start > begun {
            begun = row.seats.start;
            cuts.push(begun);
        }
        while row.seats.end - begun > MOST_SEATS {
            begun += MOST_SEATS;
            cuts.push(begun);
        }
    }
    cuts.push(last.seats.end);
    let is_divided = cuts.len() > 2;
    let part = |cut: &[u32]| part(plan, zone, cut[0]..cut[1], is_divided);
    cuts.windows(2).map(part).collect()
}

fn part(plan: &Plan, zone: &Zone, seats: Range<u32>, is_divided: bool) -> Part {
    let all = &plan.seats()[seats.start as usize..seats.end as usize];
    let row = |at: usize| plan.row_of(&all[at]).number.to_string();
    let mut categories: Vec<u8> = all.iter().map(|seat| seat.category.0).collect();
    categories.sort_unstable();
    categories.dedup();
    let name = |category: u8| plan.categories()[usize::from(category)].name.to_string();
    Part {
        name: zone.name.to_string(),
        rows: is_divided.then(|| (row(0), row(all.len() - 1))),
        seats,
        categories: categories.into_iter().map(name).collect(),
    }
}

impl PartChoice {
    pub(super) fn new(part: &Part, map: &SeatMapSnapshot, details: &EventDetails) -> Self {
        let is_free = |seat: &u32| map.state(*seat) == SeatState::Free;
        let prices = part.categories.iter().filter_map(|category| total(details, category));
        let from = prices.min_by_key(|price| price.amount);
        let free = u32::try_from(part.seats.clone().filter(is_free).count()).unwrap_or(u32::MAX);
        let name = words::section(&part.name, part.rows.as_ref());
        Self {
            about: words::part(&name, free, from),
            first: part.seats.start,
            count: part.seats.end - part.seats.start,
        }
    }
}

#[cfg(test)]
mod tests {
    use aisle_domain::testing::{plan, plan_without_accessible, riethsporthalle};

    use super::*;

    fn sections(plan: &Plan) -> Vec<Range<u32>> {
        parts(plan).into_iter().map(|part| part.seats).collect()
    }

    #[test]
    fn a_small_zone_is_one_section() {
        assert_eq!(sections(&plan(3, 4)), [0..12, 12..14]);
    }

    #[test]
    fn a_large_zone_is_divided_between_rows_and_a_row_only_if_it_must_be() {
        let rows = plan_without_accessible(3, 400);
        assert_eq!(sections(&rows), [0..400, 400..800, 800..1200]);
        assert_eq!(parts(&rows)[1].rows, Some(("2".into(), "2".into())));
        let long = plan_without_accessible(2, 1300);
        assert_eq!(
            sections(&long),
            [0..600, 600..1200, 1200..1300, 1300..1900, 1900..2500, 2500..2600]
        );
    }

    #[test]
    fn a_real_hall_has_a_section_for_each_block_and_every_seat_is_in_one() {
        let sections = sections(&riethsporthalle());
        assert_eq!(sections.len(), 6);
        assert!(sections.windows(2).all(|two| two[0].end == two[1].start));
        assert_eq!(sections.last().unwrap().end, 1231);
    }
}
