//! Publishes the journal from a position on, with many acknowledgements in flight.
//!
//! Each message names the sequence that the stream must have before it. So messages get into the
//! stream in order or not at all, whatever becomes of the connection, and a relay that was
//! replaced without noticing gets nothing in.

use std::sync::Arc;
use std::time::Duration;

use aisle_domain::stream::Position;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::PublishAckFuture;
use async_nats::jetstream::message::PublishMessage;
use async_nats::{HeaderMap, HeaderValue};
use tokio::sync::{mpsc, watch};

use super::cloud_event::{self, CONTENT_TYPE};
use super::{Cell, Trouble, stream};
use crate::journal::{JournalStore, RecordedFact};

/// The most rows read at once.
const READ_ROWS: usize = 500;

/// How long a hint of the journal is waited for before it is asked anyway: hints may get lost.
const ASK_ANYWAY: Duration = Duration::from_secs(1);

/// What publishes.
pub(super) struct Publisher {
    pub(super) cell: Cell,
    pub(super) journal: Arc<dyn JournalStore>,
    pub(super) jetstream: Context,
    pub(super) in_flight: usize,
}

/// A message that is not acknowledged yet.
struct Sent {
    position: Position,
    acknowledgement: PublishAckFuture,
}

impl Publisher {
    /// Publishes what comes after a position, into a stream that ends at a sequence, until it
    /// fails. Tells what is in the stream as it is acknowledged.
    pub(super) async fn run(
        &self,
        after: Position,
        last_sequence: u64,
        published: impl FnMut(Position),
    ) -> Trouble {
        let (sender, receiver) = mpsc::channel(self.in_flight.max(1));
        // Both in one task: who drops it stops both, at once.
        tokio::select! {
            trouble = self.send(after, last_sequence, sender) => trouble,
            trouble = confirm(receiver, published) => trouble,
        }
    }

    async fn send(
        &self,
        mut at: Position,
        mut last_sequence: u64,
        sent: mpsc::Sender<Sent>,
    ) -> Trouble {
        let mut head = self.journal.watch_head();
        loop {
            // Seen before reading: what is appended after the read is a change again.
            head.borrow_and_update();
            let rows = match self.journal.read(at, READ_ROWS).await {
                Ok(rows) => rows,
                Err(error) => return Trouble::Journal(error),
            };
            if rows.is_empty() {
                wait_for_more(&mut head).await;
            }
            for row in rows {
                at = row.position;
                match self.publish(&row, last_sequence).await {
                    // The other end goes with this future.
                    Ok(message) => drop(sent.send(message).await),
                    Err(trouble) => return trouble,
                }
                last_sequence += 1;
            }
        }
    }

    async fn publish(&self, row: &RecordedFact, last_sequence: u64) -> Result<Sent, Trouble> {
        let event = cloud_event::encode(&self.cell, row)
            .map_err(|error| Trouble::Unsendable(row.position, error))?;
        let mut headers = HeaderMap::new();
        headers.insert("Content-Type", CONTENT_TYPE);
        // A client may have sent anything by that name; what cannot be a header is none.
        if let Some(Ok(traceparent)) = event.traceparent.map(|text| text.parse::<HeaderValue>()) {
            headers.insert("traceparent", traceparent);
        }
        let message = PublishMessage::build()
            .payload(event.json.into())
            .headers(headers)
            .message_id(self.cell.message_id(row.position))
            .expected_stream(self.cell.stream())
            .expected_last_sequence(last_sequence);
        let subject = self.cell.subject(row);
        let acknowledgement = self.jetstream.send_publish(subject, message).await;
        let acknowledgement = acknowledgement.map_err(Trouble::nats)?;
        Ok(Sent { position: row.position, acknowledgement })
    }
}

/// Waits for the acknowledgements, in order. A message that the stream has already, which is
/// possible shortly after another relay sent it, is as good as published.
async fn confirm(mut sent: mpsc::Receiver<Sent>, mut published: impl FnMut(Position)) -> Trouble {
    while let Some(Sent { position, acknowledgement }) = sent.recv().await {
        match acknowledgement.await {
            Ok(_) => published(position),
            Err(error) if stream::is_out_of_step(&error) => return Trouble::OutOfStep(position),
            Err(error) => return Trouble::nats(error),
        }
    }
    // The sender has ended; its trouble is the one to tell.
    std::future::pending().await
}

async fn wait_for_more(head: &mut watch::Receiver<Position>) {
    let hint = tokio::time::timeout(ASK_ANYWAY, head.changed()).await;
    // A journal that gives no more hints is asked at intervals.
    if matches!(hint, Ok(Err(_))) {
        tokio::time::sleep(ASK_ANYWAY).await;
    }
}
