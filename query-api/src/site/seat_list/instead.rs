//! Seats like those that somebody else took: as many, of the same category, the nearest that are
//! free, side by side if there are any. A page without scripts offers them to be held by one press.
//!
//! It holds nothing: whoever takes them up may be too late again, and is offered others.

use std::collections::{BTreeMap, BTreeSet};

use aisle_domain::best_available::{Availability, leaves_orphan};
use aisle_domain::event::{EventDetails, SeatingRule};
use aisle_domain::plan::{CategoryIndex, Plan, SeatIndex};
use aisle_domain::policy::is_accessible;
use aisle_projections::seat_map::{SeatMapSnapshot, SeatState};
use fluent_bundle::FluentValue;

use super::forms::most_at_once;
use super::problem::seat_name;
use super::total;
use crate::site::text;

/// Seats to take instead.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Offer {
    /// Which they are, in words.
    pub(super) text: String,
    /// What the button says.
    pub(super) take: String,
    /// Their labels.
    pub(super) seats: Vec<String>,
    /// Whether one of them is kept for those who say that they need it, as one that was wished for.
    pub(super) is_accessible: bool,
}

/// The seats of an event as they are now.
pub(super) struct House<'a> {
    pub(super) plan: &'a Plan,
    pub(super) map: &'a SeatMapSnapshot,
    pub(super) details: &'a EventDetails,
    /// What others took, although the map may not show it yet.
    pub(super) taken: &'a BTreeSet<SeatIndex>,
}

impl Offer {
    /// As many seats as were wished for, where some of those were taken: of each category of which
    /// one is gone others, the rest as they were. None if there are not as many, or if nobody could
    /// have wished for as many: looking for them in a large house is work.
    pub(super) fn in_place_of(wished: &BTreeSet<SeatIndex>, house: &House<'_>) -> Option<Self> {
        if wished.is_empty() || wished.len() > most_at_once(house.details) as usize {
            return None;
        }
        let mut groups: BTreeMap<CategoryIndex, Vec<SeatIndex>> = BTreeMap::new();
        for seat in wished {
            groups.entry(house.plan.seat(*seat)?.category).or_default().push(*seat);
        }
        let kept_whole = house.kept_whole();
        let (mut seats, mut are_apart) = (Vec::new(), groups.len() > 1);
        for (category, group) in groups {
            total(house.details, house.name(category))?;
            if group.iter().all(|seat| house.is_free(*seat)) {
                seats.extend(group);
            } else if let Some(together) = house.together(category, &group, kept_whole.as_ref()) {
                seats.extend(together);
            } else {
                are_apart = true;
                seats.extend(house.apart(category, &group, kept_whole.as_ref())?);
            }
        }
        let pattern = if are_apart { "seats-instead-apart" } else { "seats-instead" };
        Some(house.offer(pattern, &seats))
    }
}

impl House<'_> {
    fn offer(&self, pattern: &str, seats: &[SeatIndex]) -> Offer {
        let names: Vec<String> =
            seats.iter().filter_map(|seat| seat_name(self.plan, *seat)).collect();
        let count = FluentValue::from(seats.len());
        let seats: Vec<_> = seats.iter().filter_map(|seat| self.plan.seat(*seat)).collect();
        let values = [("count", count.clone()), ("seats", names.join("; ").into())];
        Offer {
            text: text::say_with(pattern, &values),
            take: text::say_with("seats-instead-take", &[("count", count)]),
            is_accessible: seats
                .iter()
                .any(|seat| is_accessible(self.details, self.name(seat.category))),
            seats: seats.iter().map(|seat| seat.label.to_string()).collect(),
        }
    }

    fn name(&self, category: CategoryIndex) -> &str {
        &self.plan.categories()[usize::from(category.0)].name
    }

    /// The nearest that are side by side, and may be taken by the rules of the event.
    fn together(
        &self,
        category: CategoryIndex,
        like: &[SeatIndex],
        kept_whole: Option<&Availability>,
    ) -> Option<Vec<SeatIndex>> {
        let layout = self.plan.layout();
        let segments = layout.segments().iter().filter(|segment| segment.category == category);
        let wanted = like.len() as u32;
        let windows = segments.flat_map(|segment| {
            let last = (segment.seats.end + 1).saturating_sub(wanted);
            (segment.seats.start..last).map(|first| first..first + wanted)
        });
        let is_free =
            |seats: &std::ops::Range<u32>| seats.clone().all(|seat| self.is_free(SeatIndex(seat)));
        let mut free: Vec<Vec<SeatIndex>> =
            windows.filter(is_free).map(|seats| seats.map(SeatIndex).collect()).collect();
        let middle = self.middle(like);
        free.sort_by_cached_key(|seats| distance(self.middle(seats), middle));
        free.into_iter().find(|seats| may_be_taken(seats, kept_whole))
    }

    /// The nearest, wherever they are.
    fn apart(
        &self,
        category: CategoryIndex,
        like: &[SeatIndex],
        kept_whole: Option<&Availability>,
    ) -> Option<Vec<SeatIndex>> {
        let middle = self.middle(like);
        let all = (0..).map(SeatIndex).zip(self.plan.seats());
        let alike = all.filter(|(place, seat)| seat.category == category && self.is_free(*place));
        let mut seats: Vec<SeatIndex> = alike.map(|(place, _)| place).collect();
        seats.sort_by_cached_key(|seat| distance(self.middle(&[*seat]), middle));
        seats.truncate(like.len());
        (seats.len() == like.len() && may_be_taken(&seats, kept_whole)).then_some(seats)
    }

    fn is_free(&self, seat: SeatIndex) -> bool {
        self.map.state(seat.0) == SeatState::Free && !self.taken.contains(&seat)
    }

    /// What is free, where nobody may leave a single seat of it; none where anybody may.
    fn kept_whole(&self) -> Option<Availability> {
        if self.details.seating_rule == SeatingRule::AvoidOrphans {
            return None;
        }
        let mut availability = Availability::new(self.plan);
        let seats = (0..self.map.seats).map(SeatIndex);
        seats.filter(|seat| !self.is_free(*seat)).for_each(|seat| {
            availability.take(seat);
        });
        Some(availability)
    }

    /// The point in the middle of some seats, of which there is at least one.
    fn middle(&self, seats: &[SeatIndex]) -> (f64, f64) {
        let points = seats.iter().filter_map(|seat| self.plan.seat(*seat));
        let (x, y) = points.fold((0.0, 0.0), |(x, y), seat| (x + seat.x(), y + seat.y()));
        (x / seats.len() as f64, y / seats.len() as f64)
    }
}

/// Whether taking them leaves no single seat where that is not allowed.
fn may_be_taken(seats: &[SeatIndex], kept_whole: Option<&Availability>) -> bool {
    kept_whole.is_none_or(|free| !leaves_orphan(free, seats))
}

/// How far two points are apart: the bits of the square, which are in order as it is not negative.
fn distance(one: (f64, f64), other: (f64, f64)) -> u64 {
    ((one.0 - other.0).powi(2) + (one.1 - other.1).powi(2)).to_bits()
}
