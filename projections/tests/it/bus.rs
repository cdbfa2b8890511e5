//! A bus on which tests send what they please: too little, twice, in pieces.

use std::ops::RangeInclusive;
use std::sync::Arc;

use aisle_domain::stream::Position;
use aisle_infra::bus::{Batch, Bus, Subscription};
use aisle_infra::journal::JournalStore;
use tokio::sync::broadcast;

use crate::journal::VecJournal;

pub(crate) struct HandBus {
    sender: broadcast::Sender<Batch>,
}

impl HandBus {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { sender: broadcast::channel(16).0 })
    }

    /// Sends a part of the journal.
    pub(crate) async fn send(&self, journal: &VecJournal, part: RangeInclusive<Position>) {
        let count = part.end() - part.start() + 1;
        let rows = journal.read(part.start() - 1, count as usize).await.unwrap();
        for batch in Batch::decode(rows) {
            assert!(self.sender.send(batch).is_ok(), "nobody listens");
        }
    }
}

impl Bus for HandBus {
    fn subscribe(&self) -> Subscription {
        Subscription::new(self.sender.subscribe())
    }
}
