//! Who has made bookings: each name once, however many they are.

use super::super::numbered::{Named, Number, Numbered};
use crate::id::Subject;

/// All buyers of an event.
pub(super) type Buyers = Numbered<Buyer>;

/// A buyer, and the first and last of their bookings. Each booking says which comes next.
#[derive(Debug, Clone)]
pub(super) struct Buyer {
    pub(super) subject: Subject,
    pub(super) first: Number,
    pub(super) last: Number,
}

impl Named for Buyer {
    type Name = Subject;

    fn name(&self) -> &Subject {
        &self.subject
    }
}
