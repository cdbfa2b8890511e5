//! What drives a projection: first through the journal, then live, one task each.
//!
//! One that cannot go on stops by itself, loudly; the others do not notice. The runner reads no
//! clock but for waiting, and it never asks what a projection shows.

mod drive;
mod feed;
mod freshness;
mod progress;

use std::sync::Arc;

use aisle_domain::stream::Position;
use aisle_infra::bus::Bus;
use aisle_infra::journal::JournalStore;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use self::drive::Drive;
pub(crate) use self::feed::{Feed, Taken};
pub use self::freshness::{Freshness, Stale};
pub use self::progress::{Progress, RunState};
use crate::projection::Projection;

/// The most facts read from the journal, or gathered from the bus, before a commit: few enough
/// that a batch's rows fit comfortably into memory, enough that a commit's cost is spread thin.
pub(crate) const BATCH: usize = 2_000;

/// Starts projections.
pub struct Runner;

/// A running projection.
pub struct RunnerHandle {
    /// Its name.
    pub name: &'static str,
    /// How far it is.
    pub progress: watch::Receiver<Progress>,
    /// Raised by those who wait to read a position: then it is shown sooner.
    pub wanted: watch::Sender<Position>,
    /// Its task: ends once stopped, after a last commit, or when it cannot go on.
    pub join: JoinHandle<()>,
}

impl Runner {
    /// Drives a projection in a task of its own until the token is cancelled.
    #[must_use]
    pub fn spawn(
        projection: Box<dyn Projection>,
        journal: Arc<dyn JournalStore>,
        bus: Arc<dyn Bus>,
        stop: CancellationToken,
    ) -> RunnerHandle {
        let name = projection.name();
        let (sender, progress) = watch::channel(Progress::default());
        let (wanted, wishes) = watch::channel(0);
        let drive = Drive::new(Feed::new(projection), journal, bus, sender, wishes, stop);
        RunnerHandle { name, progress, wanted, join: tokio::spawn(drive.run()) }
    }
}
