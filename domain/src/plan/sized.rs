//! Cuts a plan down to a number of seats.
//!
//! Rows are dropped from the back, the same number in every zone, until the next layer of rows (the
//! rows of the same rank from the front, over all zones) would be too much; that layer is trimmed,
//! every row of it in proportion, at the end of the row. Zones with nothing left and categories
//! without seats go; positions and the size of the drawing stay.

use super::front;
use super::model::{Category, CategoryIndex, Content, Row, RowIndex, Seat, Zone, ZoneIndex};
use super::{MAX_NAME, check};

pub(super) fn content(from: &Content, seats: u32, name: &str) -> Content {
    let total = from.seats.len() as u32;
    let kept = kept(from, seats.clamp(1, total));
    let mut cut = Cut { from, kept: &kept, zones: vec![], rows: vec![], seats: vec![] };
    from.zones.iter().for_each(|zone| cut.zone(zone));
    let Cut { zones, rows, mut seats, .. } = cut;
    let categories = used_categories(from, &mut seats);
    Content {
        name: mended(name).unwrap_or_else(|| from.name.clone()),
        size: from.size,
        categories,
        zones: zones.into(),
        rows: rows.into(),
        seats: seats.into(),
    }
}

/// How many seats each row keeps; they add up to `seats`.
fn kept(from: &Content, seats: u32) -> Vec<u32> {
    let ranks = front::ranks(from);
    let mut layers: Vec<Vec<usize>> = vec![];
    for (row, rank) in ranks.into_iter().enumerate() {
        layers.resize(layers.len().max(rank as usize + 1), vec![]);
        layers[rank as usize].push(row);
    }
    let mut kept = vec![0; from.rows.len()];
    let mut left = u64::from(seats);
    for layer in layers {
        let size = |row: &usize| from.rows[*row].seats.len() as u64;
        let total: u64 = layer.iter().map(size).sum();
        let share = left.min(total);
        let mut before = 0;
        for row in layer {
            let after = before + size(&row);
            kept[row] = (after * share / total - before * share / total) as u32;
            before = after;
        }
        left -= share;
    }
    kept
}

struct Cut<'a> {
    from: &'a Content,
    kept: &'a [u32],
    zones: Vec<Zone>,
    rows: Vec<Row>,
    seats: Vec<Seat>,
}

impl Cut<'_> {
    fn zone(&mut self, zone: &Zone) {
        let first = self.rows.len() as u32;
        for at in zone.rows.clone() {
            self.row(&self.from.rows[at as usize], self.kept[at as usize]);
        }
        let rows = first..self.rows.len() as u32;
        if !rows.is_empty() || !zone.areas.is_empty() {
            self.zones.push(Zone { rows, ..zone.clone() });
        }
    }

    fn row(&mut self, row: &Row, kept: u32) {
        if kept == 0 {
            return;
        }
        let index = RowIndex(self.rows.len() as u32);
        let first = self.seats.len() as u32;
        let seats = self.from.seats_of(row).iter().take(kept as usize);
        self.seats.extend(seats.map(|seat| Seat { row: index, ..seat.clone() }));
        let zone = ZoneIndex(self.zones.len() as u32);
        self.rows.push(Row { zone, number: row.number.clone(), seats: first..first + kept });
    }
}

/// The categories that have seats; the seats are made to point to them.
fn used_categories(from: &Content, seats: &mut [Seat]) -> Box<[Category]> {
    let mut used = vec![false; from.categories.len()];
    seats.iter().for_each(|seat| used[usize::from(seat.category.0)] = true);
    let mut moved = Vec::with_capacity(used.len());
    let mut next = 0;
    for used in &used {
        moved.push(CategoryIndex(next));
        next += u8::from(*used);
    }
    seats.iter_mut().for_each(|seat| seat.category = moved[usize::from(seat.category.0)]);
    from.categories
        .iter()
        .zip(used)
        .filter(|(_, used)| *used)
        .map(|(each, _)| each.clone())
        .collect()
}

/// The name as the format allows it; nothing if nothing is left of it.
fn mended(name: &str) -> Option<Box<str>> {
    let seen: String = name.chars().filter(|c| !check::is_control(*c)).collect();
    let cut = &seen.trim()[..seen.trim().floor_char_boundary(MAX_NAME)];
    Some(cut.trim()).filter(|name| !name.is_empty()).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Plan, sample};
    use proptest::prelude::*;

    #[test]
    fn back_rows_go_first_in_all_zones_alike() {
        let plan = Plan::from_pretix(&sample::json(&[&[4, 4, 4], &[4, 4, 4]])).unwrap();
        let sized = plan.sized(12, "Small");
        let labels: Vec<&str> = sized.seats().iter().map(|seat| &*seat.label).collect();
        let front = ["1-1-1", "1-1-2", "1-1-3", "1-1-4", "1-2-1", "1-2-2"];
        let other = ["2-1-1", "2-1-2", "2-1-3", "2-1-4", "2-2-1", "2-2-2"];
        assert_eq!(labels, [front, other].concat());
        assert_eq!(sized.name(), "Small");
    }

    #[test]
    fn the_field_is_still_drawn_when_its_block_is_gone() {
        let plan =
            Plan::from_pretix(include_bytes!("../../testdata/riethsporthalle.json")).unwrap();
        let sized = plan.sized(1, "  ");
        assert_eq!((sized.len(), sized.name()), (1, plan.name()));
        assert!(sized.zones().iter().any(|zone| !zone.areas.is_empty()));
        assert_eq!(sized.categories().len(), 1);
    }

    #[test]
    fn a_name_is_mended() {
        let plan = Plan::from_pretix(&sample::json(&[&[2]])).unwrap();
        let name = plan.sized(2, &format!(" a\n{}", "é".repeat(MAX_NAME))).name().to_owned();
        assert!(name.starts_with("aéé") && name.len() <= MAX_NAME, "{name}");
        assert_eq!(plan.sized(0, "x").len(), 1);
        assert_eq!(plan.sized(9, "x").len(), 2);
    }

    proptest! {
        #[test]
        fn it_has_exactly_the_seats_asked_for_and_is_a_plan(json in sample::any_plan(), part in 0.0..1.0) {
            let plan = Plan::from_pretix(&json).unwrap();
            let seats = 1 + (part * (plan.len() - 1) as f64) as u32;
            let sized = plan.sized(seats, "Sized");
            prop_assert_eq!(sized.len(), seats as usize);
            prop_assert_eq!(&Plan::from_pretix(&sized.canonical_json()).unwrap(), &sized);
            for seat in sized.seats() {
                let original = plan.seat(plan.find(&seat.label).unwrap()).unwrap();
                prop_assert_eq!(original.position, seat.position);
                let name = |plan: &Plan, seat: &Seat| {
                    plan.categories()[usize::from(seat.category.0)].name.clone()
                };
                prop_assert_eq!(name(&plan, original), name(&sized, seat));
            }
        }
    }
}
