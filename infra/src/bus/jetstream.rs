//! The bus between processes: reads a cell's JetStream stream, which a relay feeds.
//!
//! It needs neither to be there. While NATS or the relay is away, it reads the journal itself, and
//! what comes through the stream later is dropped by its position. It stores nothing: where to begin
//! is told to it at the start.

use std::sync::Arc;
use std::time::Duration;

use aisle_domain::stream::Position;
use async_nats::Client;
use async_nats::jetstream::consumer::push::Ordered;
use async_nats::jetstream::message::Message;
use futures::StreamExt as _;
use futures::stream::ReadyChunks;
use tokio::sync::{broadcast, watch};
use tokio_util::sync::CancellationToken;

use super::jetstream_seek::Source;
use super::{Batch, Bus, Subscription};
use crate::journal::{JournalError, JournalStore, RecordedFact};
use crate::relay::Cell;
use crate::relay::cloud_event;

/// The most messages, or rows, handed on at once.
const BATCH: usize = 500;

/// How many batches a reader may lie behind before it loses some.
const KEPT_BATCHES: usize = 64;

/// How long the stream may lie behind the journal with nothing coming in. A relay that is replaced
/// takes some seconds, and pages should not wait for it.
const LAG: Duration = Duration::from_secs(1);

/// How long to wait after the journal failed.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// Live facts from another process.
pub struct JetStreamBus {
    sender: broadcast::Sender<Batch>,
}

impl JetStreamBus {
    /// Starts the task that follows a cell's stream from a position on, until the token is
    /// cancelled. It waits for a stream that is not there yet. Where the stream lags behind the
    /// journal, because NATS or the relay is away, the journal is read instead.
    #[must_use]
    pub fn start(
        nats: Client,
        cell: Cell,
        journal: Arc<dyn JournalStore>,
        after: Position,
        stop: CancellationToken,
    ) -> Arc<Self> {
        let (sender, _) = broadcast::channel(KEPT_BATCHES);
        let bus = Arc::new(Self { sender: sender.clone() });
        let source = Source::new(nats, cell);
        let head = journal.watch_head();
        let follower = Follower { source, journal, head, at: after, sender, says_lag: true };
        tokio::spawn(async move {
            stop.run_until_cancelled_owned(follower.run()).await;
        });
        bus
    }
}

impl Bus for JetStreamBus {
    fn subscribe(&self) -> Subscription {
        Subscription::new(self.sender.subscribe())
    }
}

struct Follower {
    source: Source,
    journal: Arc<dyn JournalStore>,
    head: watch::Receiver<Position>,
    at: Position,
    sender: broadcast::Sender<Batch>,
    /// Whether the next lag is worth a line in the log: the first since the stream was in time.
    says_lag: bool,
}

impl Follower {
    async fn run(mut self) {
        loop {
            let messages = self.bridge().await;
            self.follow(messages.ready_chunks(BATCH)).await;
            let said = std::mem::replace(&mut self.says_lag, false);
            if said {
                tracing::warn!(at = self.at, "JetStream lags behind the journal; reading that");
            }
        }
    }

    /// Reads the journal until the stream can be followed.
    async fn bridge(&mut self) -> Ordered {
        let source = self.source.clone();
        let mut opening = std::pin::pin!(source.open(self.at));
        loop {
            self.read_journal_to_its_end().await;
            tokio::select! {
                biased;
                messages = &mut opening => return messages,
                // Gives up after as long as it takes a lost hint to matter.
                _ = tokio::time::timeout(LAG, self.head.changed()) => {}
            }
        }
    }

    /// Hands on what comes through the stream, until it ends or lags behind the journal.
    async fn follow(&mut self, mut messages: ReadyChunks<Ordered>) {
        loop {
            let chunk = tokio::select! {
                chunk = messages.next() => chunk,
                () = lags(self.head.clone(), self.at) => return,
            };
            let Some(chunk) = chunk else { return };
            let mut rows = Vec::with_capacity(chunk.len());
            for message in chunk {
                match message {
                    Ok(message) => rows.extend(read(&message)),
                    Err(error) => {
                        tracing::debug!(%error, "the consumer of the stream has trouble");
                    }
                }
            }
            self.says_lag |= rows.last().is_some_and(|row| row.position > self.at);
            self.hand_on(rows);
        }
    }

    /// Stops early if the journal fails, for the stream may be there again first.
    async fn read_journal_to_its_end(&mut self) {
        loop {
            match self.read_journal().await {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, at = self.at, "the bus cannot read the journal");
                    return tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
    }

    /// Returns how many rows there were.
    async fn read_journal(&mut self) -> Result<usize, JournalError> {
        // Seen before reading: what is appended after the read is a change again.
        self.head.borrow_and_update();
        let rows = self.journal.read(self.at, BATCH).await?;
        let count = rows.len();
        self.hand_on(rows);
        Ok(count)
    }

    /// Sends on what is new. Rows that do not follow each other go into separate batches, so that
    /// their readers see the hole.
    fn hand_on(&mut self, rows: Vec<RecordedFact>) {
        let mut run: Vec<RecordedFact> = Vec::with_capacity(rows.len());
        for row in rows {
            if row.position <= self.at {
                continue;
            }
            if row.position != self.at + 1 {
                self.send(std::mem::take(&mut run));
            }
            self.at = row.position;
            run.push(row);
        }
        self.send(run);
    }

    fn send(&self, rows: Vec<RecordedFact>) {
        for batch in Batch::decode(rows) {
            // Fails if nobody listens; then nobody misses it.
            let _ = self.sender.send(batch);
        }
    }
}

/// Waits until the journal has been ahead of a position for too long.
async fn lags(mut head: watch::Receiver<Position>, at: Position) {
    let is_ahead = head.wait_for(|head| *head > at).await.is_ok();
    if is_ahead {
        tokio::time::sleep(LAG).await;
    } else {
        // The journal gives no more hints: nothing is known to be missing.
        std::future::pending().await
    }
}

/// The fact in a message. One that makes no sense leaves a hole, and its readers turn to the
/// journal.
fn read(message: &Message) -> Option<RecordedFact> {
    cloud_event::decode(&message.payload)
        .inspect_err(|error| {
            let subject = message.subject.as_str();
            tracing::warn!(%error, subject, "passing over a message that no relay sent");
        })
        .ok()
}
