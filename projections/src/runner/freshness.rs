//! How fresh the read models are: for reading one's own writes, and for readiness.

use std::collections::BTreeMap;
use std::time::Duration;

use aisle_domain::stream::Position;
use tokio::sync::watch;

use super::{Progress, RunState, RunnerHandle};

/// The progress of all projections of this process, by name.
#[derive(Debug, Clone, Default)]
pub struct Freshness {
    runners: BTreeMap<&'static str, Watched>,
}

#[derive(Debug, Clone)]
struct Watched {
    progress: watch::Receiver<Progress>,
    wanted: watch::Sender<Position>,
}

/// A projection did not get there in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("applied up to position {applied} only")]
pub struct Stale {
    /// How far it is.
    pub applied: Position,
}

impl Freshness {
    /// Adds a running projection.
    pub fn watch(&mut self, runner: &RunnerHandle) {
        let (progress, wanted) = (runner.progress.clone(), runner.wanted.clone());
        self.runners.insert(runner.name, Watched { progress, wanted });
    }

    /// Waits until reads of a projection see a position, which they do the sooner for it. Returns
    /// up to where they see.
    ///
    /// # Errors
    /// If that takes longer than the timeout, can never be, or there is no such projection here.
    pub async fn wait_for(
        &self,
        name: &str,
        position: Position,
        timeout: Duration,
    ) -> Result<Position, Stale> {
        let Some(runner) = self.runners.get(name) else { return Err(Stale { applied: 0 }) };
        let mut progress = runner.progress.clone();
        if progress.borrow().applied < position {
            runner.wanted.send_if_modified(|wanted| {
                let rises = *wanted < position;
                *wanted = position.max(*wanted);
                rises
            });
        }
        let settled = |now: &Progress| now.applied >= position || now.state.is_final();
        // On timeout, or if the runner is gone, what was said last decides.
        let _ = tokio::time::timeout(timeout, progress.wait_for(settled)).await.is_ok();
        let applied = progress.borrow().applied;
        if applied >= position { Ok(applied) } else { Err(Stale { applied }) }
    }

    /// Up to where reads of a projection see; none if there is no such projection here.
    #[must_use]
    pub fn applied(&self, name: &str) -> Option<Position> {
        self.runners.get(name).map(|runner| runner.progress.borrow().applied)
    }

    /// Whether every projection has caught up with the journal and follows it live.
    #[must_use]
    pub fn caught_up(&self) -> bool {
        // A runner that is gone without a word panicked; what it said last is no longer so.
        let runs = |progress: &watch::Receiver<Progress>| progress.has_changed().is_ok();
        let is_live =
            |progress: &watch::Receiver<Progress>| progress.borrow().state == RunState::Live;
        self.runners.values().all(|it| runs(&it.progress) && is_live(&it.progress))
    }

    /// How far each projection is.
    #[must_use]
    pub fn progress(&self) -> Vec<(&'static str, Progress)> {
        self.runners.iter().map(|(name, it)| (*name, it.progress.borrow().clone())).collect()
    }
}
