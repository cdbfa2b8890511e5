//! What a fact says, carried beside its payload: whoever decided it knows, and those in the same
//! process who follow the journal need not read the payload again.
//!
//! It is never stored.

use std::sync::Arc;

use aisle_domain::fact::{Fact, VERSION};
use aisle_domain::stream::{Sequence, StreamId};

use super::NewFact;

/// What a fact says, where that is known without its payload.
///
/// It tells nothing that the payload does not, so two of them never differ.
#[derive(Debug, Clone, Default)]
pub struct Meaning(Option<Arc<Fact>>);

impl Meaning {
    /// The fact, if it is known.
    pub(super) fn known(&self) -> Option<Arc<Fact>> {
        self.0.clone()
    }
}

impl NewFact {
    /// A fact that was decided, as it is to be stored.
    #[must_use]
    pub fn of(stream: StreamId, sequence: Sequence, fact: Arc<Fact>) -> Self {
        let payload = fact.encode();
        Self {
            stream,
            sequence,
            fact: fact.name().to_owned(),
            version: VERSION.to_owned(),
            payload: payload.unwrap_or_else(|_| unreachable!("string keys, finite numbers")),
            meaning: Meaning(Some(fact)),
        }
    }
}

impl PartialEq for Meaning {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Meaning {}
