//! Seating plans as they are sent: the geometry of [`PlanView`] as JSON, row by row, prepared once
//! per plan and coding.
//!
//! [`PlanView`]: aisle_domain::plan::PlanView

use aisle_domain::plan::PlanHash;
use aisle_infra::journal::JournalError;
use aisle_infra::plans::{PlanSource, PlanSourceError};

use crate::encoding::Effort;
use crate::kept::Kept;
use crate::prepared::Prepared;

/// How many bytes of plans are kept. One of a stadium of 60,000 seats in curved rows is 0.9 MB of
/// JSON, and 230 kB in all codings, which are what is kept.
const MAX_BYTES: usize = 64 << 20;

/// Plans as they are sent. A plan has no versions.
pub(crate) type PlanBodies = Kept<PlanHash, ()>;

/// None prepared yet.
pub(crate) fn plan_bodies() -> PlanBodies {
    Kept::new(MAX_BYTES)
}

/// A plan, ready to be sent.
pub(crate) async fn prepare(
    hash: PlanHash,
    source: &dyn PlanSource,
) -> Result<Prepared, PlanSourceError> {
    let plan = source.plan(&hash).await?;
    // Up to 100,000 seats: too long for a thread that others wait for.
    let written = tokio::task::spawn_blocking(move || {
        let json = serde_json::to_vec(&plan.view())?.into();
        let tag = hash.to_string();
        Ok::<_, serde_json::Error>(Prepared::new("application/json", &tag, json, Effort::Thorough))
    });
    let unavailable = PlanSourceError::Unavailable;
    let written = written.await.map_err(|error| unavailable(JournalError::unavailable(error)))?;
    written.map_err(|error| unavailable(JournalError::unavailable(error)))
}
