//! Whether taking seats would leave a single free seat between taken ones.
//!
//! For seats that a buyer named; a choice made here minds it by itself. Whether an orphan is a
//! reason to refuse is the caller's policy.

use super::Availability;
use crate::plan::SeatIndex;

/// Whether taking these seats makes an orphan: a free seat that had a free neighbour in its run and
/// then has none. A seat that was single before is nobody's fault, and taking all that is free of a
/// run leaves nothing. Categories do not matter: a free seat of another category is a neighbour.
/// Seats that are not free, or not in the plan, change nothing.
pub fn leaves_orphan(availability: &Availability, seats: &[SeatIndex]) -> bool {
    let mut taken: Vec<u32> =
        seats.iter().filter(|seat| availability.is_free(**seat)).map(|seat| seat.0).collect();
    taken.sort_unstable();
    let left =
        |seat: u32| availability.is_free(SeatIndex(seat)) && taken.binary_search(&seat).is_err();
    taken.iter().any(|seat| {
        let layout = availability.layout();
        let run = &layout.segments()[layout.segment_of(*seat)].run;
        let free = |seat: u32| run.contains(&seat) && left(seat);
        let before = seat
            .checked_sub(1)
            .is_some_and(|single| free(single) && !single.checked_sub(1).is_some_and(free));
        before || (free(seat + 1) && !free(seat + 2))
    })
}

/// The seats beside these ones that [`leaves_orphan`] looks at: up to two on either side.
pub fn looked_at_for_orphans(availability: &Availability, seats: &[SeatIndex]) -> Vec<SeatIndex> {
    let layout = availability.layout();
    let known = seats.iter().map(|seat| seat.0).filter(|seat| *seat < layout.seats());
    let mut beside: Vec<u32> = known
        .flat_map(|seat| {
            let run = &layout.segments()[layout.segment_of(seat)].run;
            run.start.max(seat.saturating_sub(2))..run.end.min(seat + 3)
        })
        .filter(|beside| !seats.contains(&SeatIndex(*beside)))
        .collect();
    beside.sort_unstable();
    beside.dedup();
    beside.into_iter().map(SeatIndex).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Plan, sample};

    fn orphans(row: u32, taken: &[u32], named: &[u32]) -> bool {
        let plan = Plan::from_pretix(&sample::json(&[&[row, 3]])).unwrap();
        let mut availability = Availability::new(&plan);
        taken.iter().for_each(|seat| assert!(availability.take(SeatIndex(*seat))));
        leaves_orphan(&availability, &named.iter().copied().map(SeatIndex).collect::<Vec<_>>())
    }

    #[test]
    fn a_single_seat_at_either_end_or_between_is_an_orphan() {
        assert!(orphans(6, &[], &[1, 2]));
        assert!(orphans(6, &[], &[4]));
        assert!(orphans(6, &[0], &[2]));
        assert!(orphans(6, &[], &[1, 3, 4, 5]));
    }

    #[test]
    fn two_left_or_none_is_no_orphan() {
        assert!(!orphans(6, &[], &[0, 1]));
        assert!(!orphans(6, &[], &[2, 3]));
        assert!(!orphans(6, &[], &[0, 1, 2, 3, 4, 5]));
        assert!(!orphans(6, &[], &[5, 3, 4]), "in any order");
    }

    #[test]
    fn seats_across_the_end_of_a_run_are_no_neighbours() {
        assert!(orphans(3, &[], &[0, 1]), "seat 3 is in the next row");
        assert!(!orphans(3, &[], &[2, 3, 4, 5, 1, 0]));
    }

    #[test]
    fn what_was_single_before_is_not_held_against_the_buyer() {
        assert!(!orphans(6, &[1], &[2, 3, 4, 5]));
        assert!(!orphans(6, &[1], &[1]), "not free, so nothing changes");
        assert!(!orphans(6, &[], &[99]));
    }

    #[test]
    fn two_seats_on_either_side_are_looked_at_and_none_beyond_the_row() {
        let plan = Plan::from_pretix(&sample::json(&[&[6, 3]])).unwrap();
        let beside = |named: &[u32]| -> Vec<u32> {
            let named: Vec<_> = named.iter().copied().map(SeatIndex).collect();
            let looked_at = looked_at_for_orphans(&Availability::new(&plan), &named);
            looked_at.iter().map(|seat| seat.0).collect()
        };
        assert_eq!(beside(&[1, 2]), [0, 3, 4]);
        assert_eq!(beside(&[1, 3]), [0, 2, 4, 5]);
        assert_eq!(beside(&[5]), [3, 4]);
        assert_eq!(beside(&[6, 99]), [7, 8]);
    }
}
