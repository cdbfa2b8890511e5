//! From a label to its seat.
//!
//! An open-addressing table of seat numbers: the labels stay in the seats and are not stored twice,
//! which a `HashMap` would do. Some 12 bytes a seat.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;

use super::model::Seat;

const EMPTY: u32 = u32::MAX;

/// Finds seats by label. It holds no labels: ask it with the very seats that it was made from.
pub(super) struct LabelIndex {
    slots: Box<[u32]>,
    /// Keyed at random: with a known key a plan could be made in which all labels fall into one
    /// slot. It is no cryptographic key; whoever makes plans is known, and sees no slots.
    hasher: RandomState,
}

impl LabelIndex {
    /// Indexes the seats; of those with the same label, the first.
    pub(super) fn new(seats: &[Seat]) -> LabelIndex {
        let slots = vec![EMPTY; (seats.len() * 2).next_power_of_two()];
        let mut index = LabelIndex { slots: slots.into(), hasher: RandomState::default() };
        for (at, seat) in (0u32..).zip(seats) {
            let slot = index.slot(seats, &seat.label);
            if index.slots[slot] == EMPTY {
                index.slots[slot] = at;
            }
        }
        index
    }

    /// The first seat of this label.
    pub(super) fn find(&self, seats: &[Seat], label: &str) -> Option<u32> {
        let at = self.slots[self.slot(seats, label)];
        (at != EMPTY).then_some(at)
    }

    /// The first two seats that have one label, if any do.
    pub(super) fn duplicate(&self, seats: &[Seat]) -> Option<(u32, u32)> {
        (0u32..).zip(seats).find_map(|(at, seat)| {
            let first = self.find(seats, &seat.label)?;
            (first != at).then_some((first, at))
        })
    }

    /// The slot that holds the label, or the empty one where it would go. Half the slots are empty,
    /// so there is one.
    fn slot(&self, seats: &[Seat], label: &str) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = self.hasher.hash_one(label) as usize & mask;
        while self.slots[slot] != EMPTY && &*seats[self.slots[slot] as usize].label != label {
            slot = (slot + 1) & mask;
        }
        slot
    }
}
