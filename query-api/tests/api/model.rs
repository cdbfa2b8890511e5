//! A read model of a world that can be held up, for what happens between two of them.

use std::time::Duration;

use aisle_domain::stream::{AggregateType, Position};
use aisle_infra::journal::Entry;
use aisle_projections::projection::{Cadence, Digest, Projection, ProjectionError, Visibility};
use aisle_projections::runner::{Progress, RunState, RunnerHandle};
use async_trait::async_trait;
use tokio::sync::watch;

/// Longer than anything takes, on any machine.
const LONG: Duration = Duration::from_secs(30);

/// A read model as it runs.
pub(crate) struct Model {
    progress: watch::Receiver<Progress>,
    wanted: watch::Receiver<Position>,
    may_apply: watch::Sender<bool>,
}

impl Model {
    pub(crate) fn new(runner: RunnerHandle, may_apply: watch::Sender<bool>) -> Self {
        let wanted = runner.wanted.subscribe();
        Self { progress: runner.progress, wanted, may_apply }
    }

    /// From now on it applies nothing.
    pub(crate) fn hold_up(&self) {
        self.may_apply.send_replace(false);
    }

    /// It goes on.
    pub(crate) fn let_go(&self) {
        self.may_apply.send_replace(true);
    }

    /// Returns once somebody waits for it to come as far.
    pub(crate) async fn is_waited_for(&self, position: Position) {
        let mut wanted = self.wanted.clone();
        let waits = wanted.wait_for(|wanted| *wanted >= position);
        tokio::time::timeout(LONG, waits).await.expect("nobody waits for it").unwrap();
    }

    pub(crate) async fn has_stopped(&self) {
        let stopped = |progress: &Progress| progress.state == RunState::Stopped;
        self.progress.clone().wait_for(stopped).await.unwrap();
    }
}

/// A projection that can be held up, and by what.
pub(crate) fn held_up(
    projection: Box<dyn Projection>,
) -> (Box<dyn Projection>, watch::Sender<bool>) {
    let (gate, may_apply) = watch::channel(true);
    (Box::new(HeldUp { projection, may_apply }), gate)
}

struct HeldUp {
    projection: Box<dyn Projection>,
    may_apply: watch::Receiver<bool>,
}

#[async_trait]
impl Projection for HeldUp {
    fn name(&self) -> &'static str {
        self.projection.name()
    }

    fn version(&self) -> u32 {
        self.projection.version()
    }

    fn cadence(&self) -> Cadence {
        self.projection.cadence()
    }

    fn visibility(&self) -> Visibility {
        self.projection.visibility()
    }

    fn reads(&self, aggregate: AggregateType) -> bool {
        self.projection.reads(aggregate)
    }

    async fn checkpoint(&self) -> Result<Position, ProjectionError> {
        self.projection.checkpoint().await
    }

    async fn apply(&mut self, entries: &[Entry]) -> Result<(), ProjectionError> {
        // Whoever held it up is gone if this fails.
        let _ = self.may_apply.wait_for(|may| *may).await.is_ok();
        self.projection.apply(entries).await
    }

    async fn commit(&mut self, position: Position) -> Result<(), ProjectionError> {
        self.projection.commit(position).await
    }

    async fn show(&mut self, position: Position) -> Result<bool, ProjectionError> {
        self.projection.show(position).await
    }

    async fn reload(&mut self) -> Result<Position, ProjectionError> {
        self.projection.reload().await
    }

    async fn digest(&self) -> Result<Digest, ProjectionError> {
        self.projection.digest().await
    }
}
