//! Says why a form came back, in words for buyers.

use std::collections::BTreeSet;

use aisle_domain::plan::{Plan, SeatIndex};
use aisle_domain::policy::MAX_SEATS_PER_BOOKING;

use super::Asked;
use super::words;

/// More seats than anybody can hold at once are no answer of ours.
const MOST_NAMED: usize = MAX_SEATS_PER_BOOKING as usize;

/// The seats of the plan that the address says were taken by somebody else.
pub(super) fn taken(asked: &Asked, plan: &Plan) -> BTreeSet<SeatIndex> {
    match asked.problem.as_deref() {
        Some("seats_taken") => found(&asked.seats, plan).collect(),
        _ => BTreeSet::new(),
    }
}

/// The seats that were asked for when some of them were taken: those at least.
pub(super) fn wished(asked: &Asked, plan: &Plan) -> BTreeSet<SeatIndex> {
    let mut wished = taken(asked, plan);
    if !wished.is_empty() {
        wished.extend(found(&asked.wished, plan));
    }
    wished
}

/// The seats of a list; a label that the plan does not have is passed over.
fn found(list: &Option<String>, plan: &Plan) -> impl Iterator<Item = SeatIndex> {
    labels(list).filter_map(|label| plan.find(label))
}

/// What is said of the problem that the address names, if it names one.
pub(super) fn problem_text(asked: &Asked, plan: Option<&Plan>) -> Option<String> {
    let code = asked.problem.as_deref().filter(|code| !code.is_empty())?;
    // Only seats that are there are named: an address cannot put words into our mouth.
    let names: Vec<String> =
        labels(&asked.seats).filter_map(|label| seat_name(plan?, plan?.find(label)?)).collect();
    Some(words::problem(code, &names))
}

fn labels(list: &Option<String>) -> impl Iterator<Item = &str> {
    list.as_deref().unwrap_or_default().split(',').take(MOST_NAMED)
}

/// A seat in words.
pub(super) fn seat_name(plan: &Plan, seat: SeatIndex) -> Option<String> {
    let seat = plan.seat(seat)?;
    let row = plan.row_of(seat);
    Some(words::seat(&plan.zone_of(row).name, &row.number, &seat.number))
}

#[cfg(test)]
mod tests {
    use aisle_domain::testing::plan;

    use super::*;

    #[test]
    fn only_seats_that_are_there_are_named() {
        let asked = Asked {
            problem: Some("seats_taken".into()),
            seats: Some("1-2,<script>,1-99".into()),
            ..Asked::default()
        };
        let text = problem_text(&asked, Some(&plan(1, 3))).unwrap();
        assert!(text.contains("eat 2") && !text.contains("script") && !text.contains("99"));
        assert_eq!(problem_text(&Asked::default(), None), None);
    }
}
