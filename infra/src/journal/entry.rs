//! A recorded fact together with what it means, decoded once and shared by all who read it.

use std::sync::Arc;

use aisle_domain::fact::{DecodeError, Fact};
use aisle_domain::id::{BookingId, EventId};
use aisle_domain::stream::{AggregateType, Position};

use super::RecordedFact;

/// A recorded fact and its meaning.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The row of the journal.
    pub recorded: Arc<RecordedFact>,
    /// What it says.
    pub fact: Arc<Fact>,
}

impl Entry {
    /// Decodes a row, unless it is known what it says.
    ///
    /// # Errors
    /// If the row says something that this Aisle does not know.
    pub fn decode(recorded: impl Into<Arc<RecordedFact>>) -> Result<Self, DecodeError> {
        let recorded: Arc<RecordedFact> = recorded.into();
        let fact = match recorded.meaning.known() {
            Some(fact) => fact,
            None => {
                let aggregate = recorded.stream.aggregate;
                Arc::new(Fact::decode(aggregate, &recorded.version, &recorded.payload)?)
            }
        };
        Ok(Self { recorded, fact })
    }

    /// Its place in the journal.
    #[must_use]
    pub fn position(&self) -> Position {
        self.recorded.position
    }

    /// The ticketed event that it belongs to: as recorded, else from the name of its stream.
    #[must_use]
    pub fn event_id(&self) -> Option<EventId> {
        let stream = &self.recorded.stream;
        let from_stream = || match stream.aggregate {
            AggregateType::Event => stream.id.parse().ok(),
            AggregateType::Seat | AggregateType::Area => {
                stream.id.split(':').next().and_then(|id| id.parse().ok())
            }
            AggregateType::Booking => None,
        };
        self.recorded.event_id.or_else(from_stream)
    }

    /// The booking whose stream it is in, if it is a booking's.
    #[must_use]
    pub fn booking_id(&self) -> Option<BookingId> {
        match self.recorded.stream.aggregate {
            AggregateType::Booking => self.recorded.stream.id.parse().ok(),
            AggregateType::Event | AggregateType::Seat | AggregateType::Area => None,
        }
    }
}
