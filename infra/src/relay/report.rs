//! What a relay tells of itself: its status, and a line in the log when that matters.

use aisle_domain::stream::Position;
use tokio::sync::watch;

use super::Trouble;

/// What a relay is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RelayState {
    /// It waits: for another relay to end, for PostgreSQL, or for NATS.
    #[default]
    Standby,
    /// It publishes, or would if there were anything new.
    Active,
}

/// How far a relay is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RelayStatus {
    /// What it is about.
    pub state: RelayState,
    /// Up to where everything is in the stream. Of a relay that stands by, the checkpoint, which
    /// trails by half a second.
    pub published: Position,
    /// How many messages this relay has had acknowledged since it started.
    pub published_total: u64,
}

/// Keeps the status. It logs trouble when it begins and when it is over, not while it lasts.
pub(super) struct Report {
    status: watch::Sender<RelayStatus>,
    in_trouble: bool,
}

impl Report {
    pub(super) fn new(status: watch::Sender<RelayStatus>) -> Self {
        Self { status, in_trouble: false }
    }

    pub(super) fn watch(&self) -> watch::Receiver<RelayStatus> {
        self.status.subscribe()
    }

    pub(super) fn total(&self) -> u64 {
        self.status.borrow().published_total
    }

    pub(super) fn published_so_far(&self) -> Position {
        self.status.borrow().published
    }

    pub(super) fn standing_by(&self, checkpoint: Position) {
        self.status.send_modify(|status| status.published = checkpoint);
    }

    pub(super) fn active(&self, after: Position) {
        self.status.send_modify(|status| {
            status.state = RelayState::Active;
            status.published = after;
        });
        if !self.in_trouble {
            tracing::info!(after, "the relay is active");
        }
    }

    pub(super) fn published(&mut self, position: Position) {
        self.status.send_modify(|status| {
            status.published = position;
            status.published_total += 1;
        });
        if std::mem::take(&mut self.in_trouble) {
            tracing::info!(position, "the relay publishes again");
        }
    }

    pub(super) fn trouble(&mut self, trouble: &Trouble) {
        self.status.send_modify(|status| status.state = RelayState::Standby);
        let error = trouble.chain();
        if std::mem::replace(&mut self.in_trouble, true) {
            tracing::debug!(error, "the relay still does not publish");
        } else {
            tracing::warn!(error, "the relay does not publish; commands go on, and it tries again");
        }
    }
}
