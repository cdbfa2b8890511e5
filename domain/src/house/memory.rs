//! A house written down and read again: what it held at a position of the journal.
//!
//! It keeps what the facts say and nothing that follows from that: which seats are free, who has
//! how many tickets and which deadlines come next are worked out anew. It does no I/O.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::House;
use super::state::Tracked;
use crate::area::Area;
use crate::booking::Booking;
use crate::event::Event;
use crate::id::{BookingId, EventId};
use crate::plan::{Plan, PlanHash, SeatIndex};
use crate::seat::Seat;

/// The schema of [`HouseMemory`]. It changes with whatever is written differently, the state of
/// an aggregate or the order of a plan's seats: what was written before is then not read any more.
pub const HOUSE_SCHEMA: u32 = 1;

/// What a house holds, to be written down.
#[derive(Debug, Serialize, Deserialize)]
pub struct HouseMemory {
    pub(super) event_id: EventId,
    pub(super) event: Tracked<Event>,
    pub(super) seats: Vec<(SeatIndex, Tracked<Seat>)>,
    pub(super) areas: Vec<(String, Tracked<Area>)>,
    /// By buyer, in the order in which they were made.
    pub(super) bookings: Vec<Vec<(BookingId, Tracked<Booking>)>>,
}

impl HouseMemory {
    /// The event.
    #[must_use]
    pub fn event_id(&self) -> EventId {
        self.event_id
    }

    /// The plan that its seats are of.
    #[must_use]
    pub fn plan(&self) -> Option<PlanHash> {
        self.event.state.details().and_then(|details| details.plan)
    }

    /// The house, of this plan.
    #[must_use]
    pub fn into_house(self, plan: Option<Arc<Plan>>) -> House {
        House::remembering(self, plan)
    }
}
