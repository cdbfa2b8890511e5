//! Compresses the rows of a view.
//!
//! Most rows are straight, numbered from 1 and labelled by rule; those cost some hundred bytes
//! whatever their length. The decoder in the tests is the reference for the one in JavaScript.

use super::model::{Row, Seat, Zone};
use super::view::{Geometry, Labels, Numbers, RowView};

/// How far a seat may be from where the line puts it, in units along each axis.
const STRAIGHT: f64 = 0.75;

pub(super) fn row(zone: &Zone, row: &Row, seats: &[Seat]) -> RowView {
    RowView {
        number: row.number.to_string(),
        first: row.seats.start,
        n: seats.len() as u32,
        labels: labels(&format!("{}-{}-", zone.name, row.number), seats),
        numbers: numbers(seats),
        categories: categories(seats),
        geometry: line(seats).unwrap_or_else(|| deltas(seats)),
    }
}

fn labels(standard: &str, seats: &[Seat]) -> Labels {
    let prefix = seats.first().and_then(|seat| seat.label.strip_suffix(&*seat.number));
    let by_rule = |prefix: &&str| {
        let number = |seat: &Seat| seat.label.strip_prefix(prefix) == Some(&*seat.number);
        seats.iter().all(number)
    };
    match prefix.filter(by_rule) {
        Some(prefix) if prefix == standard => Labels::Standard,
        Some(prefix) => Labels::Prefix(prefix.to_owned()),
        None => Labels::List(seats.iter().map(|seat| seat.label.to_string()).collect()),
    }
}

fn numbers(seats: &[Seat]) -> Numbers {
    let mut counted = seats.iter().zip(1..);
    if counted.all(|(seat, number): (&Seat, u32)| *seat.number == *number.to_string()) {
        return Numbers::Standard;
    }
    Numbers::List(seats.iter().map(|seat| seat.number.to_string()).collect())
}

fn categories(seats: &[Seat]) -> Vec<(u8, u32)> {
    let runs = seats.chunk_by(|a, b| a.category == b.category);
    runs.map(|run| (run[0].category.0, run.len() as u32)).collect()
}

/// The line through the first and the last seat, if all seats are near their places on it. It is
/// the rounded line, as it is written, that is tested: so rounding adds no error.
fn line(seats: &[Seat]) -> Option<Geometry> {
    let (first, last) = (seats.first()?, seats.last()?);
    let steps = (seats.len() - 1).max(1) as f64;
    let (x, y) = (first.x(), first.y());
    let (dx, dy) = (rounded((last.x() - x) / steps), rounded((last.y() - y) / steps));
    let near = |(at, seat): (usize, &Seat)| {
        let (ex, ey) = (x + at as f64 * dx, y + at as f64 * dy);
        (seat.x() - ex).abs() <= STRAIGHT && (seat.y() - ey).abs() <= STRAIGHT
    };
    seats.iter().enumerate().all(near).then_some(Geometry::Line { x, y, dx, dy })
}

fn rounded(value: f64) -> f64 {
    // Adding 0 turns -0 into 0.
    (value * 1000.0).round() / 1000.0 + 0.0
}

/// Differences of rounded positions, not rounded differences: so errors do not add up.
fn deltas(seats: &[Seat]) -> Geometry {
    let along = |coordinate: fn(&Seat) -> f64| {
        let mut last = 0;
        let step = |seat| {
            let at = coordinate(seat).round() as i32;
            at - std::mem::replace(&mut last, at)
        };
        seats.iter().map(step).collect()
    };
    Geometry::Deltas { x: along(Seat::x), y: along(Seat::y) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::view::PlanView;
    use crate::plan::{Plan, sample};
    use proptest::prelude::*;
    use serde_json::json;

    /// A seat as a browser knows it.
    struct Drawn {
        label: String,
        number: String,
        row: String,
        category: u8,
        x: f64,
        y: f64,
    }

    fn decode(view: &PlanView) -> Vec<Drawn> {
        let mut seats = vec![];
        for zone in &view.zones {
            for row in &zone.rows {
                assert_eq!(row.first as usize, seats.len());
                seats.extend((0..row.n as usize).map(|at| seat(&zone.name, row, at)));
            }
        }
        seats
    }

    fn seat(zone: &str, row: &RowView, at: usize) -> Drawn {
        let number = match &row.numbers {
            Numbers::Standard => (at + 1).to_string(),
            Numbers::List(list) => list[at].clone(),
        };
        let label = match &row.labels {
            Labels::Standard => format!("{zone}-{}-{number}", row.number),
            Labels::Prefix(prefix) => format!("{prefix}{number}"),
            Labels::List(list) => list[at].clone(),
        };
        let (x, y) = match &row.geometry {
            Geometry::Line { x, y, dx, dy } => (x + at as f64 * dx, y + at as f64 * dy),
            Geometry::Deltas { x, y } => {
                let sum = |deltas: &[i32]| f64::from(deltas[..=at].iter().sum::<i32>());
                (sum(x), sum(y))
            }
        };
        let expanded = |(category, count): &(u8, u32)| vec![*category; *count as usize];
        let category = row.categories.iter().flat_map(expanded).nth(at).unwrap();
        Drawn { label, number, row: row.number.clone(), category, x, y }
    }

    fn assert_decodes(plan: &Plan) -> Result<(), TestCaseError> {
        let json = serde_json::to_string(&plan.view()).unwrap();
        let view: PlanView = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(&view, &plan.view());
        let drawn = decode(&view);
        prop_assert_eq!(drawn.len(), plan.len());
        for (drawn, seat) in drawn.iter().zip(plan.seats()) {
            prop_assert_eq!(&*drawn.label, &*seat.label);
            prop_assert_eq!(&*drawn.number, &*seat.number);
            prop_assert_eq!(&*drawn.row, &*plan.row_of(seat).number);
            prop_assert_eq!(drawn.category, seat.category.0);
            let off = (drawn.x - seat.x()).abs().max((drawn.y - seat.y()).abs());
            prop_assert!(off <= 1.0, "{} is drawn {off} off", seat.label);
        }
        Ok(())
    }

    #[test]
    fn a_real_hall_decodes_and_is_small() {
        let bytes = include_bytes!("../../testdata/riethsporthalle.json");
        let plan = Plan::from_pretix(bytes).unwrap();
        assert_decodes(&plan).unwrap();
        let view = serde_json::to_vec(&plan.view()).unwrap();
        assert!(view.len() * 8 < bytes.len(), "{} of {} bytes", view.len(), bytes.len());
    }

    #[test]
    fn a_straight_row_by_rule_needs_no_lists() {
        let plan = Plan::from_pretix(&sample::json(&[&[3]])).unwrap();
        let mut view = serde_json::to_value(plan.view()).unwrap();
        let row = view["zones"][0]["rows"][0].take();
        let expected = json!({
            "number": "1", "first": 0, "n": 3, "labels": "standard", "numbers": "standard",
            "categories": [[0, 3]], "geometry": {"line": {"x": 0, "y": 0, "dx": 10, "dy": 0}}
        });
        assert_eq!(row, expected);
    }

    #[test]
    fn an_aisle_bends_the_line_into_deltas() {
        let plan = sample::zone(&[sample::row([(0, "A"), (10, "B"), (40, "B")])]);
        let row = plan.view().zones[0].rows[0].clone();
        assert_eq!(row.geometry, Geometry::Deltas { x: vec![0, 10, 30], y: vec![0, 0, 0] });
        assert_eq!(row.categories, [(0, 1), (1, 2)]);
    }

    proptest! {
        #[test]
        fn any_view_decodes_to_the_plan(json in sample::any_plan()) {
            assert_decodes(&Plan::from_pretix(&json).unwrap())?;
        }
    }
}
