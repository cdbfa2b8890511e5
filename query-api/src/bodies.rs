//! Bodies prepared once and sent many times: one per key, of its latest version, within a limit
//! of bytes. What came first goes first.
//!
//! It makes none: who misses one makes it and puts it in. Two who miss at once both do.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use bytes::Bytes;
use parking_lot::RwLock;

/// Bodies by key.
#[derive(Debug)]
pub(crate) struct Bodies<K> {
    max_bytes: usize,
    kept: RwLock<Kept<K>>,
}

#[derive(Debug)]
struct Kept<K> {
    by_key: HashMap<K, Body>,
    /// The keys as they came.
    order: VecDeque<K>,
    bytes: usize,
}

#[derive(Debug)]
struct Body {
    version: u64,
    bytes: Bytes,
}

impl<K: Copy + Eq + Hash> Bodies<K> {
    /// None yet, and never more than so many bytes, but for a single larger one.
    pub(crate) fn new(max_bytes: usize) -> Self {
        let kept = Kept { by_key: HashMap::new(), order: VecDeque::new(), bytes: 0 };
        Self { max_bytes, kept: RwLock::new(kept) }
    }

    /// The body of this key and version.
    pub(crate) fn find(&self, key: K, version: u64) -> Option<Bytes> {
        let kept = self.kept.read();
        let body = kept.by_key.get(&key).filter(|body| body.version == version)?;
        Some(body.bytes.clone())
    }

    /// Keeps a body in place of an older version.
    pub(crate) fn keep(&self, key: K, version: u64, bytes: Bytes) {
        let mut kept = self.kept.write();
        if kept.by_key.get(&key).is_some_and(|body| body.version > version) {
            return;
        }
        kept.bytes += bytes.len();
        match kept.by_key.insert(key, Body { version, bytes }) {
            Some(replaced) => kept.bytes -= replaced.bytes.len(),
            None => kept.order.push_back(key),
        }
        while kept.bytes > self.max_bytes && kept.order.len() > 1 {
            kept.drop_first();
        }
    }
}

impl<K: Eq + Hash> Kept<K> {
    fn drop_first(&mut self) {
        let dropped = self.order.pop_front().and_then(|key| self.by_key.remove(&key));
        self.bytes -= dropped.map_or(0, |body| body.bytes.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(length: usize) -> Bytes {
        vec![0; length].into()
    }

    #[test]
    fn a_body_is_found_by_its_key_and_version_only() {
        let bodies = Bodies::new(100);
        bodies.keep('a', 7, body(10));
        assert_eq!(bodies.find('a', 7), Some(body(10)));
        assert_eq!((bodies.find('a', 6), bodies.find('b', 7)), (None, None));
    }

    #[test]
    fn a_newer_version_replaces_an_older_one_and_never_the_other_way_round() {
        let bodies = Bodies::new(100);
        bodies.keep('a', 7, body(10));
        bodies.keep('a', 8, body(20));
        bodies.keep('a', 7, body(30));
        assert_eq!(bodies.find('a', 8), Some(body(20)));
        assert_eq!(bodies.kept.read().bytes, 20);
    }

    #[test]
    fn beyond_the_limit_the_first_go_first() {
        let bodies = Bodies::new(25);
        for key in ['a', 'b', 'c'] {
            bodies.keep(key, 1, body(10));
        }
        assert_eq!(bodies.find('a', 1), None);
        assert!(bodies.find('b', 1).is_some() && bodies.find('c', 1).is_some());
        bodies.keep('d', 1, body(1000));
        assert_eq!((bodies.find('c', 1), bodies.find('d', 1)), (None, Some(body(1000))));
        assert_eq!(bodies.kept.read().bytes, 1000);
    }
}
