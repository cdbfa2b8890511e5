//! Says why a form came back, in words for buyers.

use aisle_domain::plan::Plan;

use super::Asked;
use super::words;

/// More seats than anybody can hold at once are no answer of ours.
const MOST_NAMED: usize = 20;

/// What is said of the problem that the address names, if it names one.
pub(super) fn problem_text(asked: &Asked, plan: Option<&Plan>) -> Option<String> {
    let code = asked.problem.as_deref().filter(|code| !code.is_empty())?;
    let labels = asked.seats.as_deref().unwrap_or_default().split(',').take(MOST_NAMED);
    // Only seats that are there are named: an address cannot put words into our mouth.
    let names: Vec<String> =
        labels.filter_map(|label| plan.and_then(|plan| seat_name(plan, label))).collect();
    Some(words::problem(code, &names))
}

fn seat_name(plan: &Plan, label: &str) -> Option<String> {
    let seat = plan.seat(plan.find(label)?)?;
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
