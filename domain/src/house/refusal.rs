//! Why a house says no.

use jiff::Timestamp;

use super::command::Counted;
use crate::area::AreaRefusal;
use crate::booking::BookingRefusal;
use crate::event::EventRefusal;
use crate::seat::SeatRefusal;

/// Why a house says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The event says no.
    #[error(transparent)]
    Event(#[from] EventRefusal),
    /// The booking says no.
    #[error(transparent)]
    Booking(#[from] BookingRefusal),
    /// A seat says no on its own account; several at once are [`Refusal::SeatsTaken`].
    #[error(transparent)]
    Seat(#[from] SeatRefusal),
    /// The area says no.
    #[error(transparent)]
    Area(#[from] AreaRefusal),
    /// None asked for, or more than one booking may have.
    #[error("a booking has 1 to {max} seats or places")]
    SeatCount {
        /// What says how many.
        counted: Counted,
        /// The most.
        max: u32,
    },
    /// The same seat twice.
    #[error("the same seat is named more than once: {}", .seats.join(", "))]
    RepeatedSeats {
        /// Which.
        seats: Vec<String>,
    },
    /// The plan has no such seats.
    #[error("the event has no such seats: {}", .seats.join(", "))]
    UnknownSeats {
        /// Which.
        seats: Vec<String>,
    },
    /// The event has no such area.
    #[error("the event has no area `{area}`")]
    UnknownArea {
        /// Which.
        area: String,
    },
    /// The event has no such category, or none at that price.
    #[error("nothing of that category and price is on sale")]
    NothingLikeIt,
    /// Some of the seats have no price.
    #[error("these seats are not on sale: {}", .seats.join(", "))]
    NotForSale {
        /// Which.
        seats: Vec<String>,
    },
    /// Some of the seats are kept for those who need them.
    #[error("these seats are kept for people who need an accessible place: {}", .seats.join(", "))]
    KeptAccessible {
        /// Which.
        seats: Vec<String>,
    },
    /// Somebody else has some of the seats.
    #[error("these seats are taken: {}", .seats.join(", "))]
    SeatsTaken {
        /// Which.
        seats: Vec<String>,
    },
    /// Not as many seats are left, or not side by side.
    #[error("there are not {count} such seats left")]
    NoneLeft {
        /// How many were asked for.
        count: u32,
    },
    /// The buyer would have too many.
    #[error("a buyer can have {limit} tickets of this event and has {already}")]
    LimitPerBuyer {
        /// The most that one buyer can have.
        limit: u32,
        /// How many the buyer has.
        already: u32,
    },
    /// A single seat would be left between taken ones.
    #[error("this choice would leave a single seat over")]
    LeavesOrphan,
    /// The event has started.
    #[error("tickets can be given back until the event starts")]
    TooLateToCancel {
        /// When it did.
        started_at: Timestamp,
    },
}
