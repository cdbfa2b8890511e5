//! Names and the places where they are found, in memory.
//!
//! Most names have one place, so the first is kept apart from the others. It does not know what a
//! place is, only that a later one is added later.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::hash::{BuildHasherDefault, Hasher};

use super::lag::Entry;
use super::names::Name;

/// Names and their places.
#[derive(Debug, Default)]
pub(super) struct Places {
    first: HashMap<Name, i64, AsItIs>,
    /// The second and later ones, in order.
    others: HashMap<Name, Vec<i64>, AsItIs>,
    len: usize,
}

impl Places {
    pub(super) fn with_capacity(names: usize) -> Self {
        Self {
            first: HashMap::with_capacity_and_hasher(names, AsItIs::default()),
            ..Self::default()
        }
    }

    /// How many places there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds a place, later than all others of its name.
    pub(super) fn add(&mut self, (name, place): Entry) {
        self.len += 1;
        match self.first.entry(name) {
            Slot::Vacant(first) => {
                first.insert(place);
            }
            Slot::Occupied(_) => self.others.entry(name).or_default().push(place),
        }
    }

    /// The last place of a name before another place.
    pub(super) fn last_before(&self, name: Name, place: i64) -> Option<i64> {
        let first = self.first.get(&name).filter(|first| **first < place)?;
        let others = self.others.get(&name).map_or(&[][..], |others| others);
        let before = others.partition_point(|other| *other < place);
        Some(before.checked_sub(1).map_or(*first, |last| others[last]))
    }

    /// The places of a name from one on, in order.
    pub(super) fn from(&self, name: Name, place: i64) -> impl Iterator<Item = i64> {
        let others = self.others.get(&name).into_iter().flatten();
        self.first.get(&name).into_iter().chain(others).copied().filter(move |at| *at >= place)
    }

    /// All of them, by name and then by place.
    pub(super) fn in_order(&self) -> Vec<Entry> {
        let others =
            self.others.iter().flat_map(|(name, of)| of.iter().map(|place| (*name, *place)));
        let first = self.first.iter().map(|(name, place)| (*name, *place));
        let mut entries = first.chain(others).collect::<Vec<_>>();
        entries.sort_unstable();
        entries
    }

    /// Forgets all places before one.
    pub(super) fn forget_before(&mut self, place: i64) {
        let mut kept = self.in_order();
        kept.retain(|(_, at)| *at >= place);
        *self = Self::default();
        kept.into_iter().for_each(|entry| self.add(entry));
    }
}

/// Names are hashes already, and of a kind that nobody can choose.
type AsItIs = BuildHasherDefault<Itself>;

#[derive(Debug, Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_i64(&mut self, name: i64) {
        self.0 = name.cast_unsigned();
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_in_all_its_places() {
        let mut places = Places::with_capacity(3);
        [(7, 1), (-9, 2), (7, 3), (7, 5)].into_iter().for_each(|entry| places.add(entry));
        let before = |place| places.last_before(7, place);
        assert_eq!([1, 2, 3, 5, 6].map(before), [None, Some(1), Some(1), Some(3), Some(5)]);
        assert_eq!(places.from(7, 2).collect::<Vec<_>>(), [3, 5]);
        assert_eq!(places.last_before(8, 9), None);
        assert_eq!(places.in_order(), [(-9, 2), (7, 1), (7, 3), (7, 5)]);
        places.forget_before(2);
        assert_eq!((places.len(), places.last_before(7, 5)), (3, Some(3)));
        assert_eq!(places.last_before(7, 3), None);
    }
}
