//! From a request to a proposal to a unit of work.

use std::sync::Arc;

use aisle_domain::house::{Command, Context, House, Proposal, StreamKey, Write};
use aisle_domain::id::{BookingId, CommandId, EventId, Subject};
use aisle_domain::plan::Plan;
use aisle_infra::journal::{Idempotency, Metadata, NewFact, UnitOfWork};

use super::ExecuteError;

/// The key of a request that may be repeated.
#[derive(Debug, Clone)]
pub struct Key {
    /// The client's `Idempotency-Key`.
    pub key: String,
    /// Who sent it.
    pub actor: Subject,
    /// SHA-256 over method, path and body.
    pub digest: [u8; 32],
}

/// Where a command comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The command's id.
    pub command_id: CommandId,
    /// The request or process that it belongs to.
    pub correlation_id: String,
    /// What it reacts to.
    pub causation_id: Option<String>,
    /// On whose behalf it is recorded.
    pub actor: Subject,
    /// The key under which its answer is kept.
    pub key: Option<Key>,
}

/// Makes the answer to a command from the house that the command leaves, and the booking that it
/// was about, as JSON text. A hold learns only from its decision how its booking is called.
pub type Answer = Arc<dyn Fn(&House, Option<BookingId>) -> String + Send + Sync>;

/// A command with all that is needed to carry it out.
#[derive(Clone)]
pub struct Request {
    /// The event that it concerns.
    pub event: EventId,
    /// What is asked.
    pub command: Command,
    /// Who asks, and when.
    pub context: Context,
    /// Where it comes from.
    pub origin: Origin,
    /// How its answer is made.
    pub answer: Answer,
}

/// A proposal has something that cannot be written to the journal: the house that made it is not
/// what it should be.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unwritable {
    /// The plan has no such seat.
    #[error("{0:?} of event {1} is no stream")]
    Nameless(StreamKey, EventId),
}

impl From<Unwritable> for ExecuteError {
    fn from(error: Unwritable) -> Self {
        Self::Unwritable(Arc::new(error))
    }
}

/// The unit of work that records a proposal: all of it, or none.
///
/// # Errors
/// If part of it cannot be written.
pub(super) fn unit_of_work(
    proposal: &Proposal,
    plan: Option<&Plan>,
    request: &Request,
    answer: &str,
) -> Result<UnitOfWork, Unwritable> {
    let event = proposal.event_id;
    let name = |key: &StreamKey| {
        key.stream_id(event, plan).ok_or_else(|| Unwritable::Nameless(key.clone(), event))
    };
    let fact =
        |write: &Write| Ok(NewFact::of(name(&write.stream)?, write.sequence, write.fact.clone()));
    let origin = &request.origin;
    Ok(UnitOfWork {
        event_id: Some(event),
        facts: proposal.writes.iter().map(fact).collect::<Result<_, Unwritable>>()?,
        reads: proposal
            .reads
            .iter()
            .map(|(key, at)| Ok((name(key)?, *at)))
            .collect::<Result<_, Unwritable>>()?,
        metadata: Metadata {
            command_id: origin.command_id,
            correlation_id: origin.correlation_id.clone(),
            causation_id: origin.causation_id.clone(),
            actor: origin.actor.clone(),
            traceparent: None,
        }
        .to_json(),
        idempotency: origin.key.as_ref().map(|key| Idempotency {
            key: key.key.clone(),
            actor: key.actor.clone(),
            digest: key.digest,
            answer: answer.to_owned(),
        }),
    })
}

#[cfg(test)]
mod tests {
    use aisle_domain::actor::Actor;
    use aisle_domain::fact::Fact;
    use aisle_domain::plan::SeatIndex;
    use aisle_domain::seat::SeatFact;
    use aisle_domain::testing::{OPENING, at, booking_id, command_id, event_id, plan, subject};

    use super::*;

    fn expiry() -> Request {
        Request {
            event: event_id(1),
            command: Command::Expire { booking: booking_id(1) },
            context: Context { now: at(OPENING), actor: Actor::System },
            origin: Origin {
                command_id: command_id(1),
                correlation_id: "test".to_owned(),
                causation_id: None,
                actor: subject("aisle:system"),
                key: None,
            },
            answer: Arc::new(|_, _| String::new()),
        }
    }

    fn taking(seats: &[u32], beside: &[u32]) -> Proposal {
        let seat = |index: &u32| StreamKey::Seat(SeatIndex(*index));
        let fact = Arc::new(Fact::Seat(SeatFact::Booked { booking_id: booking_id(1) }));
        let write = |index| Write { stream: seat(index), sequence: 1, fact: fact.clone() };
        Proposal {
            event_id: event_id(1),
            writes: seats.iter().map(write).collect(),
            reads: beside.iter().map(|index| (seat(index), 1)).collect(),
        }
    }

    #[test]
    fn what_cannot_be_named_is_not_left_out() {
        let plan = plan(2, 5);
        let beyond = plan.len() as u32;
        let unit = |seats: &[u32], beside: &[u32]| {
            unit_of_work(&taking(seats, beside), Some(&plan), &expiry(), "")
        };
        let whole = unit(&[0, 1], &[2]).unwrap();
        assert_eq!((whole.facts.len(), whole.reads.len()), (2, 1));
        for partial in [unit(&[0, beyond], &[2]), unit(&[0, 1], &[2, beyond])] {
            assert!(matches!(partial, Err(Unwritable::Nameless(..))), "{partial:?}");
        }
    }
}
