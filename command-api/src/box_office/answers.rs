//! The answers that this process gave lately under an idempotency key.
//!
//! It makes a repeated request wait for the first and then share its answer, without asking the
//! journal. The journal keeps the answers themselves, and checks them in the append.

use std::num::NonZeroUsize;
use std::sync::Arc;

use aisle_domain::id::Subject;
use aisle_infra::journal::StoredAnswer;
use lru::LruCache;
use parking_lot::Mutex;

/// How many keys are remembered: at some 300 bytes each, 10 MB.
const MAX_KEYS: NonZeroUsize = NonZeroUsize::new(32_768).expect("not zero");

type Slot = Arc<tokio::sync::Mutex<Option<StoredAnswer>>>;

/// The answers that this process gave lately.
pub(super) struct Answers(Mutex<LruCache<(Subject, String), Slot>>);

impl Default for Answers {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MAX_KEYS)))
    }
}

impl Answers {
    /// The place of an actor's key. Whoever locks it first carries the command out.
    pub(super) fn slot(&self, actor: &Subject, key: &str) -> Slot {
        let mut slots = self.0.lock();
        slots.get_or_insert((actor.clone(), key.to_owned()), Slot::default).clone()
    }
}
