//! Seating plans: kept in the journal's store under their hash, parsed once and shared by both
//! sides.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::journal::{JournalError, JournalStore};
use aisle_domain::plan::{Plan, PlanError, PlanHash};
use async_trait::async_trait;
use parking_lot::Mutex;

/// How many seats the plans kept parsed have together. A plan takes some 100 bytes a seat, so
/// this is 200 MB at most; a plan that every event of a house shares counts once.
const KEPT_SEATS: usize = 2_000_000;

/// Where plans come from.
#[async_trait]
pub trait PlanSource: Send + Sync + 'static {
    /// The plan of this hash.
    ///
    /// # Errors
    /// If there is no such plan, or it cannot be read now.
    async fn plan(&self, hash: &PlanHash) -> Result<Arc<Plan>, PlanSourceError>;
}

/// Why a plan cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PlanSourceError {
    /// Nobody kept a plan under this hash. Trying again will not help.
    #[error("there is no seating plan {0}")]
    Missing(PlanHash),
    /// What is kept under this hash is no plan. Trying again will not help.
    #[error("the seating plan {hash} cannot be read")]
    Unreadable {
        /// The plan.
        hash: PlanHash,
        /// What is wrong with it.
        #[source]
        source: PlanError,
    },
    /// The store of plans failed. Trying again may help.
    #[error("seating plans cannot be read now")]
    Unavailable(#[source] JournalError),
}

/// The plans kept by the journal.
pub struct JournalPlans {
    journal: Arc<dyn JournalStore>,
    /// The last used at the back.
    kept: Mutex<VecDeque<Arc<Plan>>>,
}

impl JournalPlans {
    /// The plans of this journal.
    #[must_use]
    pub fn new(journal: Arc<dyn JournalStore>) -> Self {
        Self { journal, kept: Mutex::default() }
    }

    /// Keeps a plan for good. Keeping it twice is no error.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn put(&self, plan: Arc<Plan>) -> Result<PlanHash, JournalError> {
        let hash = plan.hash();
        if self.kept(&hash).is_none() {
            self.journal.keep_plan(&hash, &plan.canonical_json()).await?;
            self.keep(plan);
        }
        Ok(hash)
    }

    fn kept(&self, hash: &PlanHash) -> Option<Arc<Plan>> {
        let mut kept = self.kept.lock();
        let place = kept.iter().position(|plan| plan.hash() == *hash)?;
        let plan = kept.remove(place)?;
        kept.push_back(plan.clone());
        Some(plan)
    }

    fn keep(&self, plan: Arc<Plan>) {
        let mut kept = self.kept.lock();
        kept.push_back(plan);
        let mut seats: usize = kept.iter().map(|plan| plan.len()).sum();
        while seats > KEPT_SEATS && kept.len() > 1 {
            seats -= kept.pop_front().map_or(0, |plan| plan.len());
        }
    }
}

#[async_trait]
impl PlanSource for JournalPlans {
    async fn plan(&self, hash: &PlanHash) -> Result<Arc<Plan>, PlanSourceError> {
        if let Some(plan) = self.kept(hash) {
            return Ok(plan);
        }
        let hash = *hash;
        let json = self.journal.plan(&hash).await.map_err(PlanSourceError::Unavailable)?;
        let json = json.ok_or(PlanSourceError::Missing(hash))?;
        // Up to 100,000 seats: too long for a thread that others wait for.
        let parsed = tokio::task::spawn_blocking(move || Plan::from_pretix(&json)).await;
        let parsed = parsed
            .map_err(|error| PlanSourceError::Unavailable(JournalError::unavailable(error)))?;
        let unreadable = |source| PlanSourceError::Unreadable { hash, source };
        let plan = Arc::new(parsed.map_err(unreadable)?);
        self.keep(plan.clone());
        Ok(plan)
    }
}
