//! Where ids come from: drawn, or derived from a name.
//!
//! It does not know what the ids are for; `aisle_domain::id` gives them their types.

#[cfg(any(test, feature = "testing"))]
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

/// The root of all ids that Aisle derives. Never changes: ids derived before a restart must be
/// derived again after it.
const AISLE: Uuid = Uuid::from_u128(0x6a1f_5e0c_93d4_5b7e_8c21_0d9e_4f3b_a761);

/// Makes fresh ids.
pub trait Ids: Send + Sync + 'static {
    /// An id that was not made before.
    fn next(&self) -> Uuid;
}

/// Ids of version 7: random, but ordered by time, so that they are kind to indexes.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "this is the source that the others are sent to")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// The id of a name within a namespace: the same for the same two, always (a UUID of version 5).
///
/// So a process manager names its commands: `derive_id("payment", "<booking>:<position>")`.
#[must_use]
pub fn derive_id(namespace: &str, name: &str) -> Uuid {
    // Hashed in two steps, so that ("a", "b:c") and ("a:b", "c") are two ids.
    Uuid::new_v5(&Uuid::new_v5(&AISLE, namespace.as_bytes()), name.as_bytes())
}

/// The same ids in the same order for the same seed.
#[cfg(any(test, feature = "testing"))]
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    made: AtomicU64,
}

#[cfg(any(test, feature = "testing"))]
impl SeededIds {
    /// Ids that follow from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, made: AtomicU64::new(0) }
    }
}

#[cfg(any(test, feature = "testing"))]
impl Ids for SeededIds {
    fn next(&self) -> Uuid {
        let made = self.made.fetch_add(1, Ordering::Relaxed);
        derive_id("seeded", &format!("{}:{made}", self.seed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_id_is_what_it_was_in_every_earlier_version() {
        let id = derive_id("payment", "018f3c5e:42");
        assert_eq!(id.to_string(), "ce601a50-a79f-5468-a05c-1210040c7ed3");
        assert_ne!(derive_id("a", "b:c"), derive_id("a:b", "c"));
    }

    #[test]
    fn seeded_ids_repeat_with_the_seed_and_differ_without() {
        let three = |seed| {
            let ids = SeededIds::new(seed);
            [ids.next(), ids.next(), ids.next()]
        };
        assert_eq!(three(1), three(1));
        assert_ne!(three(1), three(2));
        assert_ne!(three(1)[0], three(1)[1]);
    }

    #[test]
    fn random_ids_differ() {
        assert_ne!(RandomIds.next(), RandomIds.next());
    }
}
