//! What a decision comes to: facts for one or more streams, on stated expectations.

use std::sync::Arc;

use crate::decider::Decider;
use crate::fact::Fact;
use crate::id::{BookingId, EventId};
use crate::plan::{Plan, SeatIndex};
use crate::stream::{Sequence, StreamId};

use super::Refusal;
use super::state::Tracked;

/// A stream within one event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StreamKey {
    /// The event's own.
    Event,
    /// A seat's.
    Seat(SeatIndex),
    /// An area's.
    Area(String),
    /// A booking's.
    Booking(BookingId),
}

impl StreamKey {
    /// The stream's name in the journal; none for a seat that the plan does not have.
    #[must_use]
    pub fn stream_id(&self, event: EventId, plan: Option<&Plan>) -> Option<StreamId> {
        match self {
            Self::Event => Some(StreamId::event(event)),
            Self::Seat(index) => {
                let seat = plan?.seat(*index)?;
                Some(StreamId::seat(event, &seat.label))
            }
            Self::Area(name) => Some(StreamId::area(event, name)),
            Self::Booking(booking) => Some(StreamId::booking(*booking)),
        }
    }
}

/// One fact to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// In which stream.
    pub stream: StreamKey,
    /// At which sequence.
    pub sequence: Sequence,
    /// What. Shared with those who follow the journal.
    pub fact: Arc<Fact>,
}

/// The facts of one command and what they rest on. Without facts, the command was a repetition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The event that all streams belong to.
    pub event_id: EventId,
    /// What is to be recorded, in order.
    pub writes: Vec<Write>,
    /// Streams that were only read, and at which sequence.
    pub reads: Vec<(StreamKey, Sequence)>,
}

impl Proposal {
    pub(super) fn new(event_id: EventId) -> Self {
        Self { event_id, writes: Vec::new(), reads: Vec::new() }
    }

    /// Whether the command was a repetition: there is nothing to record.
    #[must_use]
    pub fn is_repetition(&self) -> bool {
        self.writes.is_empty()
    }

    /// Names a stream that the decision rests on. One that it extends is named by that.
    pub(super) fn rests_on(&mut self, stream: StreamKey, sequence: Sequence) {
        let is_written = self.writes.iter().any(|write| write.stream == stream);
        if !is_written && !self.reads.iter().any(|(read, _)| *read == stream) {
            self.reads.push((stream, sequence));
        }
    }

    /// Has an aggregate decide, and takes its facts in. If it has none, the proposal rests on that:
    /// a seat that need not be released is so only as far as the house knows.
    pub(super) fn ask<A>(
        &mut self,
        stream: StreamKey,
        aggregate: Tracked<&A>,
        command: &A::Command,
        context: &A::Context,
    ) -> Result<(), Refusal>
    where
        A: Decider,
        A::Refusal: Into<Refusal>,
        A::Fact: Into<Fact>,
    {
        let facts = aggregate.state.decide(command, context).map_err(Into::into)?.into_facts();
        if facts.is_empty() {
            self.rests_on(stream.clone(), aggregate.sequence);
        }
        for (sequence, fact) in (aggregate.sequence + 1..).zip(facts) {
            self.writes.push(Write {
                stream: stream.clone(),
                sequence,
                fact: Arc::new(fact.into()),
            });
        }
        Ok(())
    }
}
