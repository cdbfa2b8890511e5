//! The role that keeps the read models in tables: one process works, the others stand by. Of two
//! programs that keep different versions of a read model one process of each works.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use aisle_infra::bus::Bus;
use aisle_infra::journal::JournalStore;
use aisle_infra::plans::JournalPlans;
use aisle_projections::projection::Projection;
use aisle_projections::runner::{Freshness, Runner};
use aisle_projections::seat_map::{SeatMap, SeatMaps};
use aisle_projections::views::Views;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::StartError;
use super::health::Standing;
use super::lead::while_leading;
use super::reading::not_ahead;

/// How long to wait after the read models could not be opened.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What the read models are made from and kept in.
pub(super) struct Projecting {
    pub(super) views: Views,
    pub(super) journal: Arc<dyn JournalStore>,
    pub(super) bus: Arc<dyn Bus>,
    pub(super) database_url: String,
    /// How fresh they are, while this process keeps them.
    pub(super) freshness: watch::Sender<Option<Freshness>>,
}

impl Projecting {
    /// Works whenever it is its turn, until told to stop.
    pub(super) async fn run(self, stop: CancellationToken) {
        let versions = Views::versions().into_iter().chain([SeatMap::stored_version()]);
        while_leading(&self.database_url, &lock(versions), &stop, |term| self.keep(term)).await;
    }

    async fn keep(&self, term: CancellationToken) {
        match self.projections().await {
            Ok(projections) => self.drive(projections, &term).await,
            Err(error) => {
                let cause = error.source().map(ToString::to_string);
                tracing::error!(%error, cause, "the read models cannot be kept");
                term.run_until_cancelled(tokio::time::sleep(AFTER_FAILURE)).await;
            }
        }
    }

    async fn projections(&self) -> Result<Vec<Box<dyn Projection>>, StartError> {
        let plans = Arc::new(JournalPlans::new(self.journal.clone()));
        let mut projections =
            self.views.projections(plans.clone()).await.map_err(StartError::read_model)?;
        // For query processes to begin with.
        let seat_map = SeatMap::open(self.views.store(), plans, SeatMaps::default()).await;
        projections.push(Box::new(seat_map.map_err(StartError::read_model)?));
        for projection in &projections {
            not_ahead(&**projection, &*self.journal).await?;
        }
        Ok(projections)
    }

    async fn drive(&self, projections: Vec<Box<dyn Projection>>, term: &CancellationToken) {
        let mut freshness = Freshness::default();
        let mut tasks = Vec::new();
        for projection in projections {
            let (journal, bus) = (self.journal.clone(), self.bus.clone());
            let runner = Runner::spawn(projection, journal, bus, term.clone());
            freshness.watch(&runner);
            tasks.push(runner.join);
        }
        self.freshness.send_replace(Some(freshness));
        // One that cannot go on has said so; the others do not wait for it.
        term.cancelled().await;
        for task in tasks {
            let _ = task.await.inspect_err(|error| tracing::error!(%error, "a runner broke off"));
        }
        self.freshness.send_replace(None);
    }
}

/// The lock of whoever works. A program with a new version of a read model must build it while the
/// old one is kept; what both keep, the store lets only one write at a time.
fn lock(versions: impl Iterator<Item = (&'static str, u32)>) -> String {
    let versions: Vec<String> =
        versions.map(|(name, version)| format!("{name}-{version}")).collect();
    format!("project/{}", versions.join(","))
}

/// What is said on `/readyz`: who stands by is ready.
pub(super) fn report(freshness: Option<&Freshness>) -> (Standing, Value) {
    let Some(freshness) = freshness else {
        return (Standing::Ready, json!({"status": "standby"}));
    };
    let projections: Vec<Value> = freshness
        .progress()
        .into_iter()
        .map(|(name, progress)| {
            json!({"name": name, "applied": progress.applied, "head": progress.head})
        })
        .collect();
    match freshness.caught_up() {
        true => (Standing::Ready, json!({"status": "active", "projections": projections})),
        false => (Standing::NotReady, json!({"status": "behind", "projections": projections})),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_stand_by_for_those_that_keep_the_same_versions_only() {
        let ours = [("bookings", 1), ("sales", 2)];
        assert_eq!(lock(ours.into_iter()), "project/bookings-1,sales-2");
        assert_ne!(lock(ours.into_iter()), lock([("bookings", 2), ("sales", 2)].into_iter()));
    }
}
