//! The plans that a batch of entries needs, fetched before it is folded, so that folding is pure.

use std::collections::HashMap;
use std::sync::Arc;

use aisle_domain::event::EventFact;
use aisle_domain::fact::Fact;
use aisle_domain::id::EventId;
use aisle_domain::plan::{Plan, PlanHash};
use aisle_infra::journal::Entry;

use crate::projection::ProjectionError;
use aisle_infra::plans::{PlanSource, PlanSourceError};

/// The plans of the events of a batch.
#[derive(Clone, Default)]
pub(crate) struct PlansOfBatch {
    by_event: HashMap<EventId, Arc<Plan>>,
}

impl PlansOfBatch {
    /// Fetches the plans of all events of which a seat fact is among the entries. `plan_of` tells
    /// the plan of an event that was created before them.
    pub(crate) async fn fetch(
        source: &dyn PlanSource,
        entries: &[Entry],
        plan_of: impl Fn(EventId) -> Option<PlanHash> + Send,
    ) -> Result<Self, ProjectionError> {
        let mut created = HashMap::new();
        let mut plans = Self::default();
        for entry in entries {
            let Some(event) = entry.event_id() else { continue };
            match &*entry.fact {
                Fact::Event(EventFact::Created(details)) => {
                    created.insert(event, details.plan);
                }
                Fact::Seat(_) if !plans.by_event.contains_key(&event) => {
                    let plan = created.get(&event).copied().unwrap_or_else(|| plan_of(event));
                    if let Some(hash) = plan {
                        let plan = source.plan(&hash).await.map_err(|error| at(entry, error))?;
                        plans.by_event.insert(event, plan);
                    }
                }
                Fact::Event(_) | Fact::Seat(_) | Fact::Area(_) | Fact::Booking(_) => {}
            }
        }
        Ok(plans)
    }

    /// The place of a seat in its event's plan order.
    pub(crate) fn find(&self, event: EventId, label: &str) -> Option<u32> {
        self.by_event.get(&event)?.find(label).map(|seat| seat.0)
    }
}

fn at(entry: &Entry, error: PlanSourceError) -> ProjectionError {
    match error {
        PlanSourceError::Missing(_) | PlanSourceError::Unreadable { .. } => {
            ProjectionError::Poison { position: entry.position(), reason: error.to_string() }
        }
        PlanSourceError::Unavailable(source) => ProjectionError::store(source),
    }
}
