//! From a request to a proposal to a unit of work.

use std::sync::Arc;

use aisle_domain::house::{Command, Context, House, Proposal};
use aisle_domain::id::{BookingId, CommandId, EventId, Subject};
use aisle_domain::plan::Plan;
use aisle_infra::journal::{Idempotency, Metadata, NewFact, UnitOfWork};

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

/// The unit of work that records a proposal.
pub(super) fn unit_of_work(
    proposal: &Proposal,
    plan: Option<&Plan>,
    request: &Request,
    answer: &str,
) -> UnitOfWork {
    let event = proposal.event_id;
    let fact = |write: &aisle_domain::house::Write| {
        let stream = write.stream.stream_id(event, plan)?;
        Some(NewFact::of(stream, write.sequence, write.fact.clone()))
    };
    let reads = proposal.reads.iter();
    let origin = &request.origin;
    UnitOfWork {
        event_id: Some(event),
        facts: proposal.writes.iter().filter_map(fact).collect(),
        reads: reads.filter_map(|(key, at)| Some((key.stream_id(event, plan)?, *at))).collect(),
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
    }
}
