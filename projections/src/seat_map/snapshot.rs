//! What is read of seat maps: immutable snapshots, shared and replaced whole.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aisle_domain::id::{BookingId, EventId};
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::Position;
use bytes::Bytes;
use parking_lot::RwLock;

use super::occupancy::Occupancy;
use super::states::{SeatState, packed_len, state_in};
use super::watch::{Watch, Watchers};

/// How many bytes of states are compared at once.
const COMPARED: usize = 32;

/// The number of the build that no rebuild made.
const FIRST_BUILD: i64 = 1;

/// Which map of an event's seats one is. A later one is better: it knows more, or the same from a
/// build that was put in place of another, which may have been wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edition {
    /// The number of the build, the same in every process.
    build: i64,
    version: Position,
}

/// The seats of one event at one position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatMapSnapshot {
    /// Whose.
    pub event_id: EventId,
    /// The position of the last fact that changed it.
    pub version: Position,
    /// The plan whose order the seats are in, if the event has reserved seats.
    pub plan: Option<PlanHash>,
    /// How many seats the plan has.
    pub seats: u32,
    /// How many of them are held.
    pub held: u32,
    /// How many of them are sold.
    pub sold: u32,
    /// The general-admission areas, by name.
    pub areas: Vec<AreaSnapshot>,
    /// Two bits a seat; empty as long as nobody ever took one.
    states: Bytes,
    /// The build that says so.
    build: i64,
}

/// The places of one area at one position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AreaSnapshot {
    /// The area's name.
    pub name: String,
    /// How many places it has.
    pub capacity: u32,
    /// How many of them are held.
    pub held: u32,
    /// How many of them are sold.
    pub sold: u32,
}

/// The seat maps of all events, as far as this process has read. A cheap handle: clones share.
#[derive(Debug, Clone, Default)]
pub struct SeatMaps {
    maps: Arc<RwLock<HashMap<EventId, Arc<SeatMapSnapshot>>>>,
    watched: Arc<Watchers<EventId>>,
    watched_bookings: Arc<Watchers<BookingId>>,
    told_of_bookings: Arc<AtomicU64>,
}

impl SeatMaps {
    /// The seat map of an event, as of now; none if there is no such event.
    #[must_use]
    pub fn snapshot(&self, event: EventId) -> Option<Arc<SeatMapSnapshot>> {
        self.maps.read().get(&event).cloned()
    }

    /// Watches the seat map of an event.
    #[must_use]
    pub fn watch(&self, event: EventId) -> Watch<EventId> {
        self.watched.watch(event)
    }

    /// Watches a booking. It is none of the seat map's business; but of all read models this one
    /// hears of facts first, and who shows a booking need not read the journal beside it. The
    /// table of bookings may take a moment longer to show what this tells of, and what was told
    /// before: see [`Self::told_of_bookings`].
    #[must_use]
    pub fn watch_booking(&self, booking: BookingId) -> Watch<BookingId> {
        self.watched_bookings.watch(booking)
    }

    /// Up to where bookings have been told of. Who begins to watch one reads it as of then at least:
    /// of what happened before nobody is told any more.
    #[must_use]
    pub fn told_of_bookings(&self) -> Position {
        self.told_of_bookings.load(Ordering::Acquire)
    }

    /// Shows all of these at once: no reader sees half of a unit of work.
    pub(super) fn publish(&self, snapshots: Vec<SeatMapSnapshot>) {
        let changed: Vec<_> = snapshots.iter().map(|map| (map.event_id, map.version)).collect();
        let snapshots: Vec<_> = snapshots.into_iter().map(Arc::new).collect();
        let mut maps = self.maps.write();
        maps.extend(snapshots.into_iter().map(|snapshot| (snapshot.event_id, snapshot)));
        drop(maps);
        self.watched.tell(changed);
    }

    /// Something happened to these bookings, and nothing else up to a position.
    pub(super) fn tell_of_bookings(
        &self,
        touched: impl IntoIterator<Item = (BookingId, Position)>,
        up_to: Position,
    ) {
        // Before anybody is woken: who comes too late for that sees it.
        self.told_of_bookings.fetch_max(up_to, Ordering::AcqRel);
        self.watched_bookings.tell(touched);
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.build, self.version)
    }
}

impl SeatMapSnapshot {
    pub(super) fn of(event_id: EventId, occupancy: &Occupancy, build: i64) -> Self {
        let area = |(name, area): (&String, &super::occupancy::AreaOccupancy)| AreaSnapshot {
            name: name.clone(),
            capacity: area.capacity,
            held: area.held,
            sold: area.sold,
        };
        Self {
            event_id,
            version: occupancy.version,
            plan: occupancy.plan,
            seats: occupancy.seats,
            held: occupancy.held,
            sold: occupancy.sold,
            areas: occupancy.areas.iter().map(area).collect(),
            states: occupancy.states.to_bytes(),
            build,
        }
    }

    /// Which map of the event this is: no two of one edition say different things.
    #[must_use]
    pub fn edition(&self) -> Edition {
        Edition { build: self.build, version: self.version }
    }

    /// Whether a rebuild made it, so that another map of this version may have been shown before.
    #[must_use]
    pub fn is_rebuilt(&self) -> bool {
        self.build > FIRST_BUILD
    }

    /// Whether it says the same of the same seats and places, whichever build says so.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let (now, before) = (Self { build: 0, ..self.clone() }, Self { build: 0, ..other.clone() });
        now == before
    }

    /// How many seats can be held.
    #[must_use]
    pub fn free(&self) -> u32 {
        self.seats.saturating_sub(self.held).saturating_sub(self.sold)
    }

    /// The state of a seat by its place in plan order.
    #[must_use]
    pub fn state(&self, seat: u32) -> SeatState {
        state_in(&self.states, seat)
    }

    /// The seats whose state is another than in an older map of the same event, in plan order,
    /// with their state now.
    #[must_use]
    pub fn changed_since(&self, older: &Self) -> Vec<(u32, SeatState)> {
        let (now, before) = (self.packed(), older.packed());
        let pairs = now.chunks(COMPARED).zip(before.chunks(COMPARED)).zip(0_u32..);
        let differing = pairs.filter(|((now, before), _)| now != before);
        let seats_of = |part: u32| {
            let seats = COMPARED as u32 * 4;
            part * seats..(part + 1) * seats
        };
        let seats = differing.flat_map(|(_, part)| seats_of(part));
        let changed = seats.filter(|seat| self.state(*seat) != older.state(*seat));
        changed.map(|seat| (seat, self.state(seat))).collect()
    }

    /// The states of all seats: four to a byte, seat `i` in byte `i / 4`, in the two bits from
    /// `2 * (i % 4)` up. Copies nothing unless nobody ever took a seat.
    #[must_use]
    pub fn packed(&self) -> Bytes {
        match self.states.is_empty() {
            true => Bytes::from(vec![0; packed_len(self.seats)]),
            false => self.states.clone(),
        }
    }
}

impl AreaSnapshot {
    /// How many places can be held.
    #[must_use]
    pub fn free(&self) -> u32 {
        self.capacity.saturating_sub(self.held).saturating_sub(self.sold)
    }
}
