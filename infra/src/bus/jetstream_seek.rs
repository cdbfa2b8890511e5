//! Where in a stream a position is, and a consumer that begins there.
//!
//! Sequences of a stream and positions of the journal rise together, but need not be the same: a
//! stream may have begun late, or anew.

use std::time::Duration;

use aisle_domain::stream::Position;
use async_nats::Client;
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::push::{Ordered, OrderedConfig};
use async_nats::jetstream::stream::Stream;

use crate::relay::Cell;
use crate::relay::stream::{NatsFailure, jetstream, position_at};

/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause: it is what a server that is back is left waiting for.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A cell's stream.
#[derive(Clone)]
pub(super) struct Source {
    nats: Client,
    jetstream: Context,
    cell: Cell,
}

impl Source {
    pub(super) fn new(nats: Client, cell: Cell) -> Self {
        // A bus publishes nothing, so nothing waits to be acknowledged.
        Self { jetstream: jetstream(nats.clone(), 1), nats, cell }
    }

    /// The messages after a position, in order. Tries until there is such a stream.
    pub(super) async fn open(&self, after: Position) -> Ordered {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.try_open(after).await {
                Ok(messages) => return messages,
                Err(error) => tracing::debug!(error, "the stream cannot be read yet"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn try_open(&self, after: Position) -> Result<Ordered, NatsFailure> {
        let stream = self.jetstream.get_stream(self.cell.stream()).await?;
        let start_sequence = first_after(&stream, &self.cell, after).await?;
        let config = OrderedConfig {
            deliver_subject: self.nats.new_inbox(),
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence },
            ..OrderedConfig::default()
        };
        Ok(stream.create_consumer(config).await?.messages().await?)
    }
}

/// The sequence of the first message after a position, or of one before that: beginning too early
/// is made good by dropping what is known.
async fn first_after(stream: &Stream, cell: &Cell, after: Position) -> Result<u64, NatsFailure> {
    let state = &stream.cached_info().state;
    // It is within low..=high. The end is looked at first: that is where most begin.
    let (mut low, mut high) = (state.first_sequence.max(1), state.last_sequence + 1);
    let mut probe = state.last_sequence;
    while low < high {
        match position_at(stream, cell, probe).await? {
            Some(position) if position <= after => low = probe + 1,
            // One that was deleted says nothing; to be safe, it is passed to the left.
            Some(_) | None => high = probe,
        }
        probe = low + (high - low) / 2;
    }
    Ok(low)
}
