//! Writes houses down, one after another and beside what else goes on.
//!
//! No command waits for it, and what it does not get to costs the next start some reading. In a
//! rush many houses are worth a snapshot all the time; then it rests for longer than it writes, and
//! what it writes next is the more worth while.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aisle_domain::id::EventId;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::folding::Folding;

/// How many times as long as writing a house took it rests before the next one: of houses that are
/// written quickly, it takes a fortieth of one processor at the most.
const REST: u32 = 39;

/// The longest rest. While it rests more is left to be read, so the next house would take longer, and
/// so would its rest: a stadium that sells out in seconds would not be written down before it is over.
const LONGEST_REST: Duration = Duration::from_secs(3);

/// How long a house that could not be written waits for its next turn at least.
const AGAIN: Duration = Duration::from_secs(1);

/// Takes orders to write houses down. Ends with its last clone.
#[derive(Clone)]
pub(super) struct Scribe {
    orders: mpsc::UnboundedSender<EventId>,
    ordered: Ordered,
    _writing: Arc<AbortOnDropHandle<()>>,
}

/// The houses whose turn has not come: none is ordered twice.
type Ordered = Arc<Mutex<HashSet<EventId>>>;

impl Scribe {
    pub(super) fn start(folding: Folding) -> Self {
        let (orders, next) = mpsc::unbounded_channel();
        let ordered = Ordered::default();
        let writing = tokio::spawn(write(folding, next, ordered.clone()));
        Self { orders, ordered, _writing: Arc::new(AbortOnDropHandle::new(writing)) }
    }

    /// This house is worth a snapshot.
    pub(super) fn write_down(&self, event: EventId) {
        if self.ordered.lock().insert(event) {
            // Fails if the runtime ends; then nothing is written any more.
            let _ = self.orders.send(event);
        }
    }
}

async fn write(folding: Folding, mut next: mpsc::UnboundedReceiver<EventId>, ordered: Ordered) {
    while let Some(event) = next.recv().await {
        ordered.lock().remove(&event);
        let began = Instant::now();
        match folding.write_down(event).await {
            Ok(()) => tokio::time::sleep(rest_after(began.elapsed())).await,
            Err(error) => {
                tracing::warn!(%event, %error, "the house was not written down");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

fn rest_after(writing: Duration) -> Duration {
    (writing * REST).min(LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rests_longer_than_it_writes_but_never_for_long() {
        assert_eq!(rest_after(Duration::from_millis(40)), Duration::from_millis(1_560));
        assert_eq!(rest_after(Duration::from_secs(12)), LONGEST_REST);
    }
}
