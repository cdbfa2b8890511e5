//! Seating plans, kept in the journal's store under their hash and parsed once.

use std::num::NonZeroUsize;
use std::sync::Arc;

use aisle_domain::plan::{Plan, PlanHash};
use aisle_infra::journal::JournalStore;
use lru::LruCache;
use parking_lot::Mutex;

use super::ExecuteError;

/// How many parsed plans are kept: a plan of 60,000 seats takes some 10 MB.
const MAX_PLANS: NonZeroUsize = NonZeroUsize::new(64).expect("not zero");

/// The seating plans.
pub struct Plans {
    journal: Arc<dyn JournalStore>,
    parsed: Mutex<LruCache<PlanHash, Arc<Plan>>>,
}

impl Plans {
    /// The plans that this journal keeps.
    #[must_use]
    pub fn new(journal: Arc<dyn JournalStore>) -> Self {
        Self { journal, parsed: Mutex::new(LruCache::new(MAX_PLANS)) }
    }

    /// Keeps a plan.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn keep(&self, plan: Arc<Plan>) -> Result<PlanHash, ExecuteError> {
        let hash = plan.hash();
        if self.parsed.lock().get(&hash).is_none() {
            self.journal.keep_plan(&hash, &plan.canonical_json()).await?;
            self.parsed.lock().put(hash, plan);
        }
        Ok(hash)
    }

    /// The plan of this hash, if it was kept.
    ///
    /// # Errors
    /// If the store fails or holds what is no plan.
    pub async fn plan(&self, hash: &PlanHash) -> Result<Option<Arc<Plan>>, ExecuteError> {
        if let Some(plan) = self.parsed.lock().get(hash) {
            return Ok(Some(plan.clone()));
        }
        let Some(json) = self.journal.plan(hash).await? else { return Ok(None) };
        let plan = Plan::from_pretix(&json)
            .map_err(|error| ExecuteError::Unreadable(format!("plan {hash}: {error}")))?;
        let plan = Arc::new(plan);
        self.parsed.lock().put(*hash, plan.clone());
        Ok(Some(plan))
    }
}
