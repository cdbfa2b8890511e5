//! Things with a number each, in the order in which they came: a number of four bytes stands for a
//! name of many.
//!
//! Nothing is ever taken out.

use std::hash::{BuildHasher, Hash};
use std::num::NonZeroU32;
use std::ops::{Index, IndexMut};

use foldhash::quality::RandomState;
use hashbrown::HashTable;

/// What has a name that no other has.
pub(super) trait Named {
    type Name: Hash + Eq;

    fn name(&self) -> &Self::Name;
}

/// A number, from 1 on: where there may be none, that takes no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Number(NonZeroU32);

impl Number {
    /// That of the thing at this place.
    pub(super) fn of(place: usize) -> Self {
        let number = u32::try_from(place + 1).ok().and_then(NonZeroU32::new);
        number.map_or_else(|| unreachable!("a house has not that many of anything"), Self)
    }

    fn place(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// The things, and which number each name has.
#[derive(Debug, Clone)]
pub(super) struct Numbered<T> {
    things: Vec<T>,
    numbers: HashTable<Number>,
    hashes: RandomState,
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        let (things, numbers) = (Vec::new(), HashTable::new());
        Self { things, numbers, hashes: RandomState::default() }
    }
}

impl<T: Named> Numbered<T> {
    pub(super) fn find(&self, name: &T::Name) -> Option<Number> {
        let is_it = |number: &Number| self[*number].name() == name;
        self.numbers.find(self.hashes.hash_one(name), is_it).copied()
    }

    /// The number of a name; if it has none, what is made has the next one.
    pub(super) fn find_or_add(&mut self, name: &T::Name, make: impl FnOnce() -> T) -> Number {
        if let Some(number) = self.find(name) {
            return number;
        }
        let number = Number::of(self.things.len());
        self.things.push(make());
        let (things, hashes) = (&self.things, &self.hashes);
        let hash_of = |number: &Number| hashes.hash_one(things[number.place()].name());
        self.numbers.insert_unique(hashes.hash_one(name), number, hash_of);
        number
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.things.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.things.len()
    }

    /// How many bytes it takes, but for what its things point to.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.things.capacity() * size_of::<T>() + self.numbers.allocation_size()
    }
}

impl<T> Index<Number> for Numbered<T> {
    type Output = T;

    fn index(&self, number: Number) -> &T {
        &self.things[number.place()]
    }
}

impl<T> IndexMut<Number> for Numbered<T> {
    fn index_mut(&mut self, number: Number) -> &mut T {
        &mut self.things[number.place()]
    }
}
