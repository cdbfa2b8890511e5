//! Which seats and places of an event are held, for its row in the index: one word a seat, changed
//! in place.
//!
//! It does not count what is taken; the row does. Written, it is in order, whatever the order in
//! which things happened: two builds over the same facts must be the same.

use std::collections::{HashMap, HashSet};

use aisle_domain::id::BookingId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is held of one event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Holds {
    /// The labels of the seats. A seat is held for one booking at a time, so whose does not matter.
    seats: HashSet<Box<str>>,
    /// By area, how many places each booking holds.
    places: HashMap<Box<str>, HashMap<BookingId, u32>>,
}

impl Holds {
    pub(super) fn is_empty(&self) -> bool {
        self.seats.is_empty() && self.places.is_empty()
    }

    /// Returns whether it was not held before.
    pub(super) fn hold_seat(&mut self, seat: &str) -> bool {
        self.seats.insert(seat.into())
    }

    /// Returns whether it was held.
    pub(super) fn end_seat(&mut self, seat: &str) -> bool {
        self.seats.remove(seat)
    }

    /// Returns how many places the booking held of the area before.
    pub(super) fn hold_places(&mut self, area: &str, booking: BookingId, count: u32) -> u32 {
        let holds = match self.places.get_mut(area) {
            Some(holds) => holds,
            None => self.places.entry(area.into()).or_default(),
        };
        holds.insert(booking, count).unwrap_or(0)
    }

    /// Returns how many places the booking held of the area.
    pub(super) fn end_places(&mut self, area: &str, booking: BookingId) -> u32 {
        let Some(holds) = self.places.get_mut(area) else { return 0 };
        let held = holds.remove(&booking).unwrap_or(0);
        if holds.is_empty() {
            self.places.remove(area);
        }
        held
    }
}

/// How holds are written.
#[derive(Serialize, Deserialize)]
struct Stored<S, A> {
    seats: Vec<S>,
    /// Area, booking, count.
    places: Vec<(A, BookingId, u32)>,
}

impl Serialize for Holds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seats: Vec<&str> = self.seats.iter().map(|seat| &**seat).collect();
        seats.sort_unstable();
        let mut places: Vec<(&str, BookingId, u32)> = Vec::new();
        for (area, holds) in &self.places {
            places.extend(holds.iter().map(|(booking, count)| (&**area, *booking, *count)));
        }
        places.sort_unstable();
        Stored { seats, places }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Holds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Stored::<Box<str>, Box<str>>::deserialize(deserializer)?;
        let mut holds = Self { seats: stored.seats.into_iter().collect(), ..Self::default() };
        for (area, booking, count) in stored.places {
            holds.hold_places(&area, booking, count);
        }
        Ok(holds)
    }
}
