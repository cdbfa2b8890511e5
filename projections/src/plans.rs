//! Where a seat stands in plan order: what read models need to know of seating plans.

use std::collections::HashMap;
use std::sync::Arc;

use aisle_domain::event::EventFact;
use aisle_domain::fact::Fact;
use aisle_domain::id::EventId;
use aisle_domain::plan::PlanHash;
use aisle_infra::journal::Entry;
use async_trait::async_trait;

use crate::projection::ProjectionError;

/// The seats of a plan, in plan order.
pub trait SeatOrder: Send + Sync {
    /// How many there are.
    fn seats(&self) -> u32;

    /// The place of a seat, from 0.
    fn find(&self, label: &str) -> Option<u32>;
}

/// Why the seats of a plan cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PlanSourceError {
    /// The journal keeps no readable plan under this hash. Trying again will not help.
    #[error("there is no readable seating plan {hash}: {reason}")]
    Missing {
        /// The plan.
        hash: PlanHash,
        /// What is wrong.
        reason: String,
    },
    /// The store of plans failed. Trying again may help.
    #[error("seating plans cannot be read now")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Where plans come from.
#[async_trait]
pub trait PlanSource: Send + Sync + 'static {
    /// The seats of a plan.
    ///
    /// # Errors
    /// If there is no such plan, or it cannot be read now.
    async fn seat_order(&self, hash: &PlanHash) -> Result<Arc<dyn SeatOrder>, PlanSourceError>;
}

/// The seat orders that a batch of entries needs.
#[derive(Clone, Default)]
pub(crate) struct Orders {
    by_event: HashMap<EventId, Arc<dyn SeatOrder>>,
}

impl Orders {
    /// Fetches the orders of all events of which a seat fact is among the entries. `plan_of` tells
    /// the plan of an event that was created before them.
    pub(crate) async fn fetch(
        source: &dyn PlanSource,
        entries: &[Entry],
        plan_of: impl Fn(EventId) -> Option<PlanHash> + Send,
    ) -> Result<Self, ProjectionError> {
        let mut created = HashMap::new();
        let mut orders = Self::default();
        for entry in entries {
            let Some(event) = entry.event_id() else { continue };
            match &entry.fact {
                Fact::Event(EventFact::Created(details)) => {
                    created.insert(event, details.plan);
                }
                Fact::Seat(_) if !orders.by_event.contains_key(&event) => {
                    let plan = created.get(&event).copied().unwrap_or_else(|| plan_of(event));
                    if let Some(hash) = plan {
                        let order = source.seat_order(&hash).await;
                        orders.by_event.insert(event, order.map_err(|e| at(entry, e))?);
                    }
                }
                Fact::Event(_) | Fact::Seat(_) | Fact::Area(_) | Fact::Booking(_) => {}
            }
        }
        Ok(orders)
    }

    /// The place of a seat in its event's plan.
    pub(crate) fn find(&self, event: EventId, label: &str) -> Option<u32> {
        self.by_event.get(&event).and_then(|order| order.find(label))
    }
}

fn at(entry: &Entry, error: PlanSourceError) -> ProjectionError {
    match error {
        PlanSourceError::Missing { .. } => {
            ProjectionError::Poison { position: entry.position(), reason: error.to_string() }
        }
        PlanSourceError::Unavailable(source) => ProjectionError::Store(source),
    }
}
