//! Free seats side by side, and how a group fits among them.
//!
//! An opening ends where the category changes; whether a seat next to it would be left single also
//! depends on the free seats beyond that, so an opening knows how many there are. One or two is all
//! that matters: beyond two, nothing is left single.

use super::PartySize;

/// A maximal stretch of free seats in one segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Opening {
    /// Its first seat, a place in plan order.
    pub(super) start: u32,
    /// The seat after its last.
    pub(super) end: u32,
    /// Free seats of other categories next to its first seat: 0, 1, or 2 for more.
    pub(super) left: u32,
    /// As `left`, after its last seat.
    pub(super) right: u32,
}

/// How a group may stand in an opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placing {
    /// Anywhere.
    Any,
    /// So that no single free seat is left beside it.
    Clean,
}

impl Opening {
    /// The group sizes that fit, in either placing.
    pub(super) fn sizes(self) -> Sizes {
        let most = (self.end - self.start).min(u32::from(PartySize::MAX));
        let fits = (1..=most).map(|size| Sizes::of(size, Placing::Any));
        let clean = (1..=most).filter(|size| self.has_clean(*size));
        fits.chain(clean.map(|size| Sizes::of(size, Placing::Clean)))
            .fold(Sizes::NONE, Sizes::union)
    }

    /// The start of the group that is nearest to the middle of the row; `middle` is twice its
    /// place. One seat off is better than an odd number of seats left on both sides: most parties
    /// are pairs, and they would end with two single seats.
    pub(super) fn place(self, size: u32, middle: u32, placing: Placing) -> Option<u32> {
        let last = self.end.checked_sub(size).filter(|last| *last >= self.start)?;
        let ideal = (middle.saturating_sub(size) / 2).clamp(self.start, last);
        // At most two starts are not clean, and those leave odd numbers: so the best one is near.
        let near = (ideal.saturating_sub(2).max(self.start))..=(ideal + 2).min(last);
        let allowed = |start: &u32| placing == Placing::Any || self.is_clean(*start, size);
        near.filter(allowed).min_by_key(|start| self.cost(*start, size, middle))
    }

    /// In half seats: how far off the middle, and a seat and a half for odd numbers left on both
    /// sides.
    fn cost(self, start: u32, size: u32, middle: u32) -> u32 {
        let (before, after) = self.beside(start, size);
        (2 * start + size).abs_diff(middle) + 3 * (before % 2) * (after % 2)
    }

    /// The largest group of at most `most` that may stand here.
    pub(super) fn largest(self, most: u32, placing: Placing) -> Option<u32> {
        let most = most.min(self.end - self.start);
        (1..=most).rev().find(|size| placing == Placing::Any || self.has_clean(*size))
    }

    fn has_clean(self, size: u32) -> bool {
        // Of three starts at most two are not clean.
        let last = self.end - size;
        (self.start..=last.min(self.start + 2)).any(|start| self.is_clean(start, size))
    }

    fn is_clean(self, start: u32, size: u32) -> bool {
        let (before, after) = self.beside(start, size);
        before != 1 && after != 1
    }

    /// The free seats left on both sides of a group.
    fn beside(self, start: u32, size: u32) -> (u32, u32) {
        (start - self.start + self.left, self.end - (start + size) + self.right)
    }
}

/// A set of group sizes with the placing in which they fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes(u64);

impl Sizes {
    /// No size fits.
    pub(super) const NONE: Sizes = Sizes(0);

    /// One size (1 to [`PartySize::MAX`]) in one placing.
    pub(super) fn of(size: u32, placing: Placing) -> Sizes {
        match placing {
            Placing::Any => Sizes(1 << (size - 1)),
            Placing::Clean => Sizes(1 << (size + 31)),
        }
    }

    /// What fits in either.
    pub(super) fn union(self, other: Sizes) -> Sizes {
        Sizes(self.0 | other.0)
    }

    /// Whether they have anything in common.
    pub(super) fn has_any(self, other: Sizes) -> bool {
        self.0 & other.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn opening(length: u32) -> Opening {
        Opening { start: 10, end: 10 + length, left: 0, right: 0 }
    }

    #[test]
    fn one_seat_short_of_an_opening_always_leaves_an_orphan() {
        for size in 1..=20 {
            assert_eq!(opening(size + 1).place(size, 0, Placing::Clean), None);
            assert_eq!(opening(size).place(size, 0, Placing::Clean), Some(10));
            assert_eq!(opening(size + 2).place(size, 0, Placing::Clean), Some(10));
        }
    }

    #[test]
    fn free_seats_of_another_category_beside_it_count() {
        let beside = |left| Opening { left, ..opening(2) };
        assert_eq!(
            beside(1).place(2, 0, Placing::Clean),
            None,
            "the one beside it would be left single"
        );
        assert_eq!(beside(2).place(2, 0, Placing::Clean), Some(10));
        assert_eq!(beside(1).place(1, 0, Placing::Clean), Some(11));
    }

    #[test]
    fn groups_stand_near_the_middle() {
        assert_eq!(opening(20).place(4, 40, Placing::Any), Some(18));
        assert_eq!(opening(5).place(2, 25, Placing::Any), Some(11));
        assert_eq!(
            opening(5).place(2, 25, Placing::Clean),
            Some(10),
            "11 and 12 leave a single seat"
        );
        assert_eq!(opening(3).place(4, 0, Placing::Any), None);
        assert_eq!(
            opening(20).place(2, 40, Placing::Any),
            Some(18),
            "8 and 10 are left, not 9 and 9"
        );
    }

    proptest! {
        #[test]
        fn shortcuts_agree_with_trying_every_start(
            length in 1..26u32, left in 0..3u32, right in 0..3u32, size in 1..=20u32, middle in 0..90u32,
        ) {
            let opening = Opening { left, right, ..opening(length) };
            for placing in [Placing::Any, Placing::Clean] {
                let starts = (opening.start..opening.end).filter(|start| {
                    start + size <= opening.end && (placing == Placing::Any || opening.is_clean(*start, size))
                });
                let best = starts.map(|start| opening.cost(start, size, middle)).min();
                let placed = opening.place(size, middle, placing);
                prop_assert_eq!(placed.map(|start| opening.cost(start, size, middle)), best);
                prop_assert_eq!(opening.sizes().has_any(Sizes::of(size, placing)), best.is_some());
            }
        }
    }
}
