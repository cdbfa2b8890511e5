//! Streams: the domain events of one aggregate, and how a stream is named.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{BookingId, EventId};

/// The kinds of aggregate, which are the kinds of stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AggregateType {
    /// The happening on sale.
    Event,
    /// One reserved seat of one event.
    Seat,
    /// One general-admission area of one event.
    Area,
    /// A customer's order.
    Booking,
}

impl AggregateType {
    /// All kinds, in the order of their declaration.
    pub const ALL: [Self; 4] = [Self::Event, Self::Seat, Self::Area, Self::Booking];

    /// The name in the journal, the API and the subjects of the bus.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Seat => "seat",
            Self::Area => "area",
            Self::Booking => "booking",
        }
    }
}

impl fmt::Display for AggregateType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no kind of aggregate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an aggregate type: event, seat, area or booking")]
pub struct UnknownAggregateType(pub String);

impl FromStr for AggregateType {
    type Err = UnknownAggregateType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| UnknownAggregateType(text.to_owned()))
    }
}

/// The name of a stream: the kind of its aggregate and the aggregate's id.
///
/// The id is the UUID of an event or booking; a seat's is `event id:seat label`, an area's
/// `event id:area name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StreamId {
    /// The kind of aggregate.
    pub aggregate: AggregateType,
    /// Its id within the kind.
    pub id: String,
}

impl StreamId {
    /// The stream of an event.
    #[must_use]
    pub fn event(event: EventId) -> Self {
        Self { aggregate: AggregateType::Event, id: event.to_string() }
    }

    /// The stream of a seat of an event.
    #[must_use]
    pub fn seat(event: EventId, label: &str) -> Self {
        Self { aggregate: AggregateType::Seat, id: within(event, label) }
    }

    /// The stream of a general-admission area of an event.
    #[must_use]
    pub fn area(event: EventId, name: &str) -> Self {
        Self { aggregate: AggregateType::Area, id: within(event, name) }
    }

    /// The stream of a booking.
    #[must_use]
    pub fn booking(booking: BookingId) -> Self {
        Self { aggregate: AggregateType::Booking, id: booking.to_string() }
    }

    /// The seat label or area name: what follows the event's id. Empty for other kinds.
    #[must_use]
    pub fn local_name(&self) -> &str {
        self.id.split_once(':').map_or("", |(_, name)| name)
    }
}

/// `event id:name`. Every hold writes some, so it is put together by hand.
fn within(event: EventId, name: &str) -> String {
    let mut buffer = Uuid::encode_buffer();
    let event: &str = event.0.hyphenated().encode_lower(&mut buffer);
    [event, ":", name].concat()
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.aggregate, self.id)
    }
}

/// Place in a stream. The first domain event of a stream has sequence 1, as in cqrs-es;
/// 0 says that the stream does not exist yet.
pub type Sequence = u64;

/// Place in the journal: gap-free, in commit order, starting at 1. 0 is before everything.
pub type Position = u64;
