//! Who waits for something to change: woken once the change can be read, and told nothing but its
//! position.
//!
//! Changes that come while a watcher is busy are one to it. Nobody pays for what is not watched.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use aisle_domain::stream::Position;
use parking_lot::Mutex;
use tokio::sync::watch;

/// All who watch things of one kind.
#[derive(Debug)]
pub(super) struct Watchers<K> {
    watched: Mutex<HashMap<K, watch::Sender<Position>>>,
}

/// Watches one thing until it is dropped.
#[derive(Debug)]
pub struct Watch<K: Copy + Eq + Hash> {
    key: K,
    /// None only while it is dropped.
    changes: Option<watch::Receiver<Position>>,
    watchers: Arc<Watchers<K>>,
}

impl<K> Default for Watchers<K> {
    fn default() -> Self {
        Self { watched: Mutex::default() }
    }
}

impl<K: Copy + Eq + Hash> Watchers<K> {
    /// Begins to watch: what changes from now on is told.
    pub(super) fn watch(self: &Arc<Self>, key: K) -> Watch<K> {
        let mut watched = self.watched.lock();
        let sender = watched.entry(key).or_insert_with(|| watch::channel(0).0);
        let changes = Some(sender.subscribe());
        Watch { key, changes, watchers: self.clone() }
    }

    /// Wakes those who watch what changed.
    pub(super) fn tell(&self, changed: impl IntoIterator<Item = (K, Position)>) {
        let watched = self.watched.lock();
        if watched.is_empty() {
            return;
        }
        for (key, position) in changed {
            if let Some(sender) = watched.get(&key) {
                sender.send_replace(position);
            }
        }
    }
}

impl<K: Copy + Eq + Hash> Watch<K> {
    /// Returns with the position of the latest change once there is one that was not told yet.
    /// Nothing is lost if the future is dropped.
    pub async fn changed(&mut self) -> Position {
        if let Some(changes) = &mut self.changes
            && changes.changed().await.is_ok()
        {
            return *changes.borrow_and_update();
        }
        // Watched things keep their sender, so nobody comes here.
        std::future::pending().await
    }
}

impl<K: Copy + Eq + Hash> Drop for Watch<K> {
    fn drop(&mut self) {
        let mut watched = self.watchers.watched.lock();
        self.changes = None;
        if watched.get(&self.key).is_some_and(|sender| sender.receiver_count() == 0) {
            watched.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn a_watcher_is_told_of_its_own_thing_and_the_latest_change_only() {
        let watchers = Arc::new(Watchers::default());
        watchers.tell([('a', 1)]);
        let mut watch = watchers.watch('a');
        assert_eq!(watch.changed().now_or_never(), None);
        watchers.tell([('a', 2), ('b', 3), ('a', 4)]);
        assert_eq!(watch.changed().now_or_never(), Some(4));
        assert_eq!(watch.changed().now_or_never(), None);
    }

    #[tokio::test]
    async fn nothing_is_kept_of_what_nobody_watches_any_more() {
        let watchers = Arc::new(Watchers::default());
        let (one, two) = (watchers.watch('a'), watchers.watch('a'));
        drop(one);
        assert_eq!(watchers.watched.lock().len(), 1);
        drop(two);
        assert!(watchers.watched.lock().is_empty());
    }
}
