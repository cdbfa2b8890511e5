//! Writes houses down, one after another and beside what else goes on.
//!
//! No command waits for it, and what it does not get to costs the next start some reading.

use std::sync::Arc;

use aisle_domain::id::EventId;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::folding::Folding;

/// Takes orders to write houses down. Ends with its last clone.
#[derive(Clone)]
pub(super) struct Scribe {
    orders: mpsc::UnboundedSender<EventId>,
    _writing: Arc<AbortOnDropHandle<()>>,
}

impl Scribe {
    pub(super) fn start(folding: Folding) -> Self {
        let (orders, mut ordered) = mpsc::unbounded_channel();
        let writing = tokio::spawn(async move {
            while let Some(event) = ordered.recv().await {
                if let Err(error) = folding.write_down(event).await {
                    tracing::warn!(%event, %error, "the house was not written down");
                }
            }
        });
        Self { orders, _writing: Arc::new(AbortOnDropHandle::new(writing)) }
    }

    /// This house is worth a snapshot.
    pub(super) fn write_down(&self, event: EventId) {
        // Fails if the runtime ends; then nothing is written any more.
        let _ = self.orders.send(event);
    }
}
