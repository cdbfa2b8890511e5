//! A table that is copied in no time, however much is in it: it lies in parts, and each part is
//! shared by all copies until one of them changes it.
//!
//! Who keeps a copy for long pays for it: the other one copies each part that it changes meanwhile,
//! one at a time.

use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use foldhash::HashMap;
use foldhash::quality::FixedState;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Into how many parts a table is cut. A million entries make parts of 250, of which a batch of 512
/// facts changes 480: together an eighth of the table. The copy of an empty part is a null pointer's.
const PARTS: usize = 4_096;

/// A hash table in parts. An empty one has none.
#[derive(Debug, Clone)]
pub(super) struct Parted<K, V> {
    parts: Vec<Option<Arc<HashMap<K, V>>>>,
    len: usize,
}

impl<K, V> Default for Parted<K, V> {
    fn default() -> Self {
        Self { parts: Vec::new(), len: 0 }
    }
}

impl<K, V> Parted<K, V> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// What has become empty costs nothing to walk, nor does a part of it more than a look.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        let parts = if self.len == 0 { &[][..] } else { &self.parts };
        parts.iter().flatten().flat_map(|part| part.iter())
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Hash + Eq + Clone, V: Clone> Parted<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.parts.get(place(key))?.as_ref()?.get(key)
    }

    pub(super) fn contains_key(&self, key: &K) -> bool {
        self.get(key).is_some()
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.parts.is_empty() {
            self.parts.resize(PARTS, None);
        }
        let part = self.parts[place(&key)].get_or_insert_default();
        if Arc::make_mut(part).insert(key, value).is_none() {
            self.len += 1;
        }
    }

    /// Looks first: what is not there is no reason to copy a part.
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let part = self.parts.get_mut(place(key))?.as_mut()?;
        if !part.contains_key(key) {
            return None;
        }
        Arc::make_mut(part).get_mut(key)
    }

    /// Looks first: what is not there is no reason to copy a part. A part that becomes empty goes.
    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let slot = self.parts.get_mut(place(key))?;
        let part = slot.as_mut()?;
        if !part.contains_key(key) {
            return None;
        }
        self.len -= 1;
        let part = Arc::make_mut(part);
        let removed = part.remove(key);
        if part.is_empty() {
            *slot = None;
        }
        removed
    }
}

fn place(key: &impl Hash) -> usize {
    let hash = FixedState::default().hash_one(key);
    // The lowest bits of it: far fewer than a usize has.
    (hash % PARTS as u64) as usize
}

impl<K: Hash + Eq + Clone, V: Clone> FromIterator<(K, V)> for Parted<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut parted = Self::default();
        entries.into_iter().for_each(|(key, value)| parted.insert(key, value));
        parted
    }
}

impl<K: Hash + Eq + Clone, V: Clone + PartialEq> PartialEq for Parted<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

/// It is written as any table is: that it lies in parts is nobody's business.
impl<K: Serialize, V: Serialize> Serialize for Parted<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, K, V> Deserialize<'de> for Parted<K, V>
where
    K: Deserialize<'de> + Hash + Eq + Clone,
    V: Deserialize<'de> + Clone,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(HashMap::<K, V>::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many parts of two tables are not one and the same.
    fn apart(one: &Parted<u32, u32>, other: &Parted<u32, u32>) -> usize {
        let pairs = one.parts.iter().zip(&other.parts);
        let is_one = |(one, other): &(&Option<Arc<_>>, &Option<Arc<_>>)| match (one, other) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        pairs.filter(|pair| !is_one(pair)).count()
    }

    #[test]
    fn a_copy_shares_all_parts_but_those_that_are_changed_afterwards() {
        let mut table: Parted<u32, u32> = (0..100_000).map(|n| (n, n)).collect();
        let copy = table.clone();
        assert_eq!(apart(&table, &copy), 0);
        assert_eq!((table.remove(&200_000), table.get_mut(&200_000)), (None, None));
        assert_eq!(apart(&table, &copy), 0, "nothing was changed");

        table.insert(7, 8);
        assert_eq!(table.remove(&7), Some(8));
        assert_eq!(apart(&table, &copy), 1);
        assert_eq!((table.len(), table.get(&7)), (99_999, None));
        assert_eq!((copy.len(), copy.get(&7)), (100_000, Some(&7)));
        if let Some(value) = table.get_mut(&9) {
            *value = 10;
        }
        assert_eq!((table.get(&9), copy.get(&9)), (Some(&10), Some(&9)));
    }

    #[test]
    fn nothing_is_left_of_parts_that_become_empty() {
        let mut table: Parted<u32, u32> = (0..10_000).map(|n| (n, n)).collect();
        let copy = table.clone();
        assert!((0..10_000).all(|n| table.remove(&n) == Some(n)));
        assert_eq!((table.len(), table.iter().count()), (0, 0));
        assert_eq!(table.parts.iter().flatten().count(), 0);
        assert_eq!(copy.iter().count(), 10_000);
    }

    #[test]
    fn it_is_written_and_read_as_any_table() {
        let table: Parted<u32, u32> = (0..100).map(|n| (n, n + 1)).collect();
        let plain: HashMap<u32, u32> = (0..100).map(|n| (n, n + 1)).collect();
        let written = serde_json::to_value(&table).unwrap();
        assert_eq!(written, serde_json::to_value(&plain).unwrap());
        assert_eq!(serde_json::from_value::<Parted<u32, u32>>(written).unwrap(), table);
        let mut other = table.clone();
        other.insert(0, 0);
        assert_ne!(other, table);
    }
}
