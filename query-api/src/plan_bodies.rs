//! Seating plans as they are sent: the geometry of [`PlanView`] as JSON, prepared once per plan.
//!
//! Compression is done by whoever serves the router.
//!
//! [`PlanView`]: aisle_domain::plan::PlanView

use aisle_domain::plan::PlanHash;
use aisle_infra::journal::JournalError;
use aisle_infra::plans::{PlanSource, PlanSourceError};
use bytes::Bytes;
use tokio::sync::Mutex;

use crate::bodies::Bodies;

/// How many bytes of plans are kept: some ten bytes a seat where rows are straight, up to 1 MB
/// for the largest.
const MAX_BYTES: usize = 128 << 20;

/// What a plan's body has for a version: it never changes.
const ONLY: u64 = 0;

/// Plans as they are sent.
#[derive(Debug)]
pub(crate) struct PlanBodies {
    bodies: Bodies<PlanHash>,
    /// Held by whoever prepares one: when sales open, thousands miss the same plan at once.
    preparing: Mutex<()>,
}

impl Default for PlanBodies {
    fn default() -> Self {
        Self { bodies: Bodies::new(MAX_BYTES), preparing: Mutex::default() }
    }
}

impl PlanBodies {
    /// The body of a plan, prepared now unless it was before.
    pub(crate) async fn body(
        &self,
        hash: PlanHash,
        source: &dyn PlanSource,
    ) -> Result<Bytes, PlanSourceError> {
        if let Some(body) = self.bodies.find(hash, ONLY) {
            return Ok(body);
        }
        let _preparing = self.preparing.lock().await;
        if let Some(body) = self.bodies.find(hash, ONLY) {
            return Ok(body);
        }
        let body = prepare(hash, source).await?;
        self.bodies.keep(hash, ONLY, body.clone());
        Ok(body)
    }
}

async fn prepare(hash: PlanHash, source: &dyn PlanSource) -> Result<Bytes, PlanSourceError> {
    let plan = source.plan(&hash).await?;
    // Up to 100,000 seats: too long for a thread that others wait for.
    let written = tokio::task::spawn_blocking(move || serde_json::to_vec(&plan.view())).await;
    let unavailable = |error| PlanSourceError::Unavailable(error);
    let written = written.map_err(|error| unavailable(JournalError::unavailable(error)))?;
    let bytes = written.map_err(|error| unavailable(JournalError::unavailable(error)))?;
    Ok(bytes.into())
}
