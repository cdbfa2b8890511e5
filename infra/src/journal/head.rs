//! The head as far as this process knows it.
//!
//! It only ever rises, and is a hint: who wants to be sure asks the store.

use aisle_domain::stream::Position;
use tokio::sync::watch;

use super::{Appended, Rejection};

/// The known head, to be raised and watched. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct KnownHead(watch::Sender<Position>);

impl KnownHead {
    pub(super) fn new(head: Position) -> Self {
        Self(watch::Sender::new(head))
    }

    /// Raises it; a position below the known head changes nothing and wakes nobody.
    pub(super) fn raise(&self, head: Position) {
        self.0.send_if_modified(|known| {
            let rises = head > *known;
            *known = head.max(*known);
            rises
        });
    }

    /// Raises it to what a batch has just appended.
    pub(super) fn raise_to(&self, outcomes: &[Result<Appended, Rejection>]) {
        let last = outcomes.iter().rev().find_map(|outcome| outcome.as_ref().ok());
        if let Some(appended) = last {
            self.raise(appended.position);
        }
    }

    pub(super) fn known(&self) -> Position {
        *self.0.borrow()
    }

    pub(super) fn watch(&self) -> watch::Receiver<Position> {
        self.0.subscribe()
    }
}
