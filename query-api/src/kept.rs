//! What was prepared, by key: of each its latest version, within a limit of bytes. What was not
//! used for longest goes first.

use std::cmp::Ordering;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use lru::LruCache;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::prepared::Prepared;

/// What is prepared, or is about to be.
#[derive(Debug)]
pub(crate) struct Slot<V> {
    version: V,
    prepared: OnceCell<Prepared>,
    /// What it held when it was weighed last, in bytes.
    weighed: AtomicUsize,
}

/// Prepared bodies of one kind, with the version `V` of each.
#[derive(Debug)]
pub(crate) struct Kept<K: Eq + Hash, V> {
    max_bytes: usize,
    inner: Mutex<Inner<K, V>>,
}

#[derive(Debug)]
struct Inner<K: Eq + Hash, V> {
    slots: LruCache<K, Arc<Slot<V>>>,
    /// The sum of what they weigh.
    bytes: usize,
}

impl<V> Slot<V> {
    fn new(version: V) -> Arc<Self> {
        Arc::new(Self { version, prepared: OnceCell::new(), weighed: AtomicUsize::new(0) })
    }

    /// What is prepared; made now unless it was before. Who asks meanwhile waits, and if it
    /// fails, tries in turn.
    pub(crate) async fn prepared<E>(
        &self,
        prepare: impl Future<Output = Result<Prepared, E>>,
    ) -> Result<&Prepared, E> {
        self.prepared.get_or_try_init(|| prepare).await
    }

    /// What is prepared, if it is.
    pub(crate) fn at_hand(&self) -> Option<&Prepared> {
        self.prepared.get()
    }

    fn held(&self) -> usize {
        self.prepared.get().map_or(0, Prepared::held)
    }

    /// Changes only under the lock of those who keep it.
    fn weighed(&self) -> usize {
        self.weighed.load(Relaxed)
    }
}

impl<K: Copy + Eq + Hash, V: Copy + Ord> Kept<K, V> {
    /// Nothing yet, and never more than so many bytes, but for one that is larger alone.
    pub(crate) fn new(max_bytes: usize) -> Self {
        let inner = Inner { slots: LruCache::unbounded(), bytes: 0 };
        Self { max_bytes, inner: Mutex::new(inner) }
    }

    /// The place of this version, if it has one.
    pub(crate) fn find(&self, key: K, version: V) -> Option<Arc<Slot<V>>> {
        let mut inner = self.inner.lock();
        inner.slots.get(&key).filter(|kept| kept.version == version).cloned()
    }

    /// The place of this version. What is older is dropped; an older one than is kept gets a place
    /// that nobody else sees.
    pub(crate) fn slot(&self, key: K, version: V) -> Arc<Slot<V>> {
        let mut inner = self.inner.lock();
        match inner.slots.get(&key).map(|kept| (kept.version.cmp(&version), kept)) {
            Some((Ordering::Equal, kept)) => return kept.clone(),
            Some((Ordering::Greater, _)) => return Slot::new(version),
            Some((Ordering::Less, _)) | None => {}
        }
        let slot = Slot::new(version);
        let replaced = inner.slots.put(key, slot.clone());
        inner.bytes -= replaced.map_or(0, |replaced| replaced.weighed());
        slot
    }

    /// Takes into account what was made in a place since, and drops what is too much.
    pub(crate) fn weigh(&self, key: K, slot: &Arc<Slot<V>>) {
        if slot.held() == slot.weighed() {
            return;
        }
        let mut inner = self.inner.lock();
        if !inner.slots.peek(&key).is_some_and(|kept| Arc::ptr_eq(kept, slot)) {
            return;
        }
        let held = slot.held();
        inner.bytes = inner.bytes + held - slot.weighed.swap(held, Relaxed);
        while inner.bytes > self.max_bytes && inner.slots.len() > 1 {
            let dropped = inner.slots.pop_lru();
            inner.bytes -= dropped.map_or(0, |(_, dropped)| dropped.weighed());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::encoding::Effort;

    const BODY: usize = 1000;

    async fn prepare(kept: &Kept<char, u64>, key: char, version: u64) {
        let slot = kept.slot(key, version);
        let prepared = slot.prepared(async {
            let body = vec![0; BODY].into();
            Ok::<_, Infallible>(Prepared::new("text/plain", "x", body, Effort::Quick))
        });
        prepared.await.unwrap();
        kept.weigh(key, &slot);
    }

    fn has(kept: &Kept<char, u64>, key: char) -> Option<u64> {
        let inner = kept.inner.lock();
        inner.slots.peek(&key).map(|kept| kept.version)
    }

    #[tokio::test]
    async fn a_newer_version_replaces_an_older_one_and_never_the_other_way_round() {
        let kept = Kept::new(100_000);
        prepare(&kept, 'a', 7).await;
        assert!(Arc::ptr_eq(&kept.slot('a', 7), &kept.slot('a', 7)));
        prepare(&kept, 'a', 8).await;
        let bytes = kept.inner.lock().bytes;
        prepare(&kept, 'a', 7).await;
        assert_eq!((has(&kept, 'a'), kept.inner.lock().bytes), (Some(8), bytes));
        assert!((BODY..2 * BODY).contains(&bytes));
    }

    #[tokio::test]
    async fn beyond_the_limit_the_least_used_goes_first() {
        let kept = Kept::new(3 * (BODY + size_of::<Prepared>()));
        for key in ['a', 'b', 'c'] {
            prepare(&kept, key, 1).await;
        }
        prepare(&kept, 'a', 1).await;
        prepare(&kept, 'd', 1).await;
        assert_eq!(
            ['a', 'b', 'c', 'd'].map(|key| has(&kept, key)),
            [Some(1), None, Some(1), Some(1)]
        );
    }

    #[tokio::test]
    async fn who_asks_while_it_is_made_gets_the_same() {
        let kept = Kept::<char, u64>::new(BODY);
        let (slot, made) = (kept.slot('a', 1), std::sync::atomic::AtomicU32::new(0));
        let ask = || {
            slot.prepared(async {
                tokio::task::yield_now().await;
                made.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                Ok::<_, Infallible>(Prepared::new("text/plain", "x", vec![].into(), Effort::Quick))
            })
        };
        let (one, two) = tokio::join!(ask(), ask());
        assert!(std::ptr::eq(one.unwrap(), two.unwrap()));
        assert_eq!(made.into_inner(), 1);
    }
}
