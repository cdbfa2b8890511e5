//! The house of a fixture: a sample plan cut to the capacity of its ground.

use std::collections::HashMap;
use std::sync::Arc;

use aisle_domain::event::AreaSpec;
use aisle_domain::plan::{Plan, PlanError};
use aisle_infra::journal::{JournalError, JournalStore};

/// The category and name of places that no sample plan has seats for.
const STANDING: &str = "Standing";

/// A seating plan and the areas beside it.
#[derive(Clone)]
pub(super) struct House {
    pub(super) plan: Arc<Plan>,
    pub(super) areas: Vec<AreaSpec>,
}

/// Why there is no house.
#[derive(Debug, thiserror::Error)]
pub enum HouseError {
    /// A plan makes no sense.
    #[error("the seating plan {name} is wrong at {}: {}", .source.path, .source.problem)]
    Plan {
        /// Which plan.
        name: String,
        /// What is wrong.
        #[source]
        source: PlanError,
    },
    /// There is no plan at all.
    #[error("no seating plan was given")]
    NoPlans,
    /// The plans cannot be kept.
    #[error("the journal failed")]
    Journal(#[from] JournalError),
}

/// Makes houses from sample plans, each size once.
pub struct Houses {
    /// Smallest first.
    samples: Vec<Arc<Plan>>,
    /// The one for grounds of unknown capacity.
    usual: Arc<Plan>,
    made: HashMap<Option<u32>, House>,
}

impl Houses {
    /// Houses cut from these plans, given as name and pretix JSON. Grounds of unknown capacity
    /// get the plan named `usual`, or else the largest.
    ///
    /// # Errors
    /// If there is no plan, or one makes no sense.
    pub fn from_plans(plans: &[(String, Vec<u8>)], usual: &str) -> Result<Self, HouseError> {
        let mut samples = Vec::new();
        let mut named = None;
        for (name, json) in plans {
            let plan = Plan::from_pretix(json)
                .map_err(|source| HouseError::Plan { name: name.clone(), source })?;
            let plan = Arc::new(plan);
            if name == usual {
                named = Some(plan.clone());
            }
            samples.push(plan);
        }
        samples.sort_by_key(|plan| plan.len());
        let usual = named.or_else(|| samples.last().cloned()).ok_or(HouseError::NoPlans)?;
        Ok(Self { samples, usual, made: HashMap::new() })
    }

    /// The house for a ground of this capacity; its plan is kept in the journal's store.
    pub(super) async fn of(
        &mut self,
        capacity: Option<u32>,
        journal: &Arc<dyn JournalStore>,
    ) -> Result<House, HouseError> {
        if let Some(house) = self.made.get(&capacity) {
            return Ok(house.clone());
        }
        let house = self.make(capacity.filter(|capacity| *capacity > 0));
        journal.keep_plan(&house.plan.hash(), &house.plan.canonical_json()).await?;
        self.made.insert(capacity, house.clone());
        Ok(house)
    }

    /// The smallest sample that is large enough, cut to size; beyond the largest, places to stand.
    fn make(&self, capacity: Option<u32>) -> House {
        let Some(capacity) = capacity else {
            return House { plan: self.usual.clone(), areas: Vec::new() };
        };
        let large_enough = self.samples.iter().find(|plan| plan.len() >= capacity as usize);
        match large_enough {
            Some(sample) => {
                let name = format!("{capacity} seats");
                House { plan: Arc::new(sample.sized(capacity, &name)), areas: Vec::new() }
            }
            None => {
                let plan = self.samples.last().unwrap_or(&self.usual).clone();
                let seats = u32::try_from(plan.len()).unwrap_or(u32::MAX);
                let standing = AreaSpec {
                    name: STANDING.to_owned(),
                    category: STANDING.to_owned(),
                    capacity: capacity.saturating_sub(seats).max(1),
                };
                House { plan, areas: vec![standing] }
            }
        }
    }
}

impl House {
    /// All categories, those of the plan first.
    pub(super) fn categories(&self) -> Vec<String> {
        let of_plan = self.plan.categories().iter().map(|category| category.name.to_string());
        of_plan.chain(self.areas.iter().map(|area| area.category.clone())).collect()
    }

    /// Categories that say that they are for those who need them.
    pub(super) fn accessible_categories(&self) -> Vec<String> {
        let is_accessible = |name: &String| {
            let name = name.to_lowercase();
            ["wheelchair", "accessible", "rollstuhl"].iter().any(|word| name.contains(word))
        };
        self.categories().into_iter().filter(is_accessible).collect()
    }
}
