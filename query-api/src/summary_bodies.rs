//! Summaries of seat maps as they are sent: prepared once per edition of the map and version of the
//! prices.

use std::sync::Arc;

use aisle_domain::event::EventDetails;
use aisle_domain::id::EventId;
use aisle_domain::plan::Plan;
use aisle_infra::http::problem::Problem;
use aisle_infra::plans::PlanSource;
use aisle_projections::seat_map::{Edition, SeatMapSnapshot};

use crate::encoding::Effort;
use crate::fault;
use crate::kept::Kept;
use crate::prepared::Prepared;
use crate::routes::summary_dto::SummaryDto;

/// How many bytes of summaries are kept. That of a stadium of 147 blocks takes 60 kB.
const MAX_BYTES: usize = 32 << 20;

/// Summaries as they are sent, by the edition of the map and the version of the prices.
pub(crate) type SummaryBodies = Kept<EventId, (Edition, u32)>;

/// None prepared yet.
pub(crate) fn summary_bodies() -> SummaryBodies {
    Kept::new(MAX_BYTES)
}

/// A summary, ready to be sent.
pub(crate) async fn prepare(
    map: Arc<SeatMapSnapshot>,
    terms: Arc<EventDetails>,
    plans: &dyn PlanSource,
) -> Result<Prepared, Problem> {
    let plan = match map.plan {
        Some(hash) => Some(plans.plan(&hash).await.map_err(fault::plan)?),
        None => None,
    };
    // Up to 100,000 seats are counted: too long for a thread that others wait for.
    let counted = tokio::task::spawn_blocking(move || summary(&map, &terms, plan.as_deref()));
    counted.await.map_err(|error| Problem::internal(&error))
}

fn summary(map: &SeatMapSnapshot, terms: &EventDetails, plan: Option<&Plan>) -> Prepared {
    let tag = format!("{}-p{}", map.edition(), terms.price_version);
    // Strings and numbers always serialise.
    let json = serde_json::to_vec(&SummaryDto::new(map, terms, plan)).unwrap_or_default();
    Prepared::new("application/json", &tag, json.into(), Effort::Quick)
}
