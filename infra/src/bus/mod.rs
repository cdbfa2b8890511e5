//! The bus: new facts on their way to whoever reads them, decoded once and shared.
//!
//! It promises order and nothing else. A subscription may begin anywhere, and one that is too
//! slow loses batches: its reader sees by the positions that something is missing and reads the
//! journal. So no bus needs to be reliable for a read model to be right.
//!
//! [`InProcessBus`] reads the journal, [`JetStreamBus`] what a relay publishes. Both are held to one
//! contract, in `infra/tests/relay/bus.rs`.

mod batch;
mod in_process;
mod jetstream;
mod jetstream_seek;
mod shared;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

pub use self::batch::{Batch, Unreadable};
pub use self::in_process::InProcessBus;
pub use self::jetstream::JetStreamBus;
pub use self::shared::SharedReads;

/// Where live facts come from. Object-safe: readers hold an `Arc<dyn Bus>`.
pub trait Bus: Send + Sync + 'static {
    /// The facts from about now on.
    fn subscribe(&self) -> Subscription;

    /// Where those who catch up share their reading of the journal, if they can.
    fn shared_reads(&self) -> Option<&SharedReads> {
        None
    }
}

/// One reader's end of the bus.
pub struct Subscription {
    batches: broadcast::Receiver<Batch>,
}

impl Subscription {
    /// The end of a channel on which a bus sends its batches in order.
    #[must_use]
    pub fn new(batches: broadcast::Receiver<Batch>) -> Self {
        Self { batches }
    }

    /// The next batch; none once the bus is no more. What was lost for slowness is passed over.
    /// Nothing is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Batch> {
        loop {
            match self.batches.recv().await {
                Ok(batch) => return Some(batch),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// The next batch if it is there already.
    pub fn try_next(&mut self) -> Option<Batch> {
        loop {
            match self.batches.try_recv() {
                Ok(batch) => return Some(batch),
                Err(TryRecvError::Lagged(_)) => {}
                Err(TryRecvError::Empty | TryRecvError::Closed) => return None,
            }
        }
    }
}
