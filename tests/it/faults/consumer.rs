//! A consumer of what is published, as `docs/asyncapi.yaml` tells it to be: it drops what is not
//! after the last position that it has, and nothing else.
//!
//! It remembers no place in the stream: whenever it is cut off it begins from the first message.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aisle_domain::testing::checker::Row;
use aisle_infra::journal::RecordedFact;
use aisle_infra::relay::{Cell, cloud_event};
use aisle_infra::testing::nats_server::connect;
use async_nats::jetstream::{self, consumer::pull};
use futures::StreamExt as _;
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use crate::support::eventually;

/// After so much silence it begins anew: nobody says that a server has died.
const SILENCE: Duration = Duration::from_secs(2);

/// Reads the stream of the default cell.
pub(crate) struct Consumer {
    rows: Arc<Mutex<Vec<RecordedFact>>>,
    task: AbortOnDropHandle<()>,
}

impl Consumer {
    /// Begins to read at one of these servers.
    pub(crate) async fn at(servers: &str) -> Self {
        let (client, rows) = (connect(servers).await, Arc::default());
        let task = AbortOnDropHandle::new(tokio::spawn(consume(client, Arc::clone(&rows))));
        Self { rows, task }
    }

    /// Waits until it has everything that was in the journal, as it is there.
    pub(crate) async fn has_all(&self, journal: &[Row]) {
        eventually("everything to be published", async || {
            assert!(!self.task.is_finished(), "the stream has what makes no sense");
            self.rows.lock().unwrap().len() >= journal.len()
        })
        .await;
        let rows = self.rows.lock().unwrap();
        for (published, fact) in rows.iter().zip(journal) {
            assert_eq!(published.position, fact.position);
            assert_eq!((&published.stream, published.sequence), (&fact.stream, fact.sequence));
            let payload: serde_json::Value = serde_json::from_str(&published.payload).unwrap();
            assert_eq!((&published.fact, &payload), (&fact.fact, &fact.payload));
        }
    }
}

async fn consume(client: async_nats::Client, rows: Arc<Mutex<Vec<RecordedFact>>>) {
    loop {
        if let Err(error) = read(&client, &rows).await {
            tracing::debug!(error, "begins anew");
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// Reads from the first message on until it is cut off.
async fn read(
    client: &async_nats::Client,
    rows: &Mutex<Vec<RecordedFact>>,
) -> Result<(), async_nats::Error> {
    let stream = jetstream::new(client.clone()).get_stream(Cell::default().stream()).await?;
    let config = pull::OrderedConfig::default();
    let mut messages = stream.create_consumer(config).await?.messages().await?;
    while let Some(message) = timeout(SILENCE, messages.next()).await? {
        take(cloud_event::decode(&message?.payload)?, &mut rows.lock().unwrap());
    }
    Ok(())
}

fn take(row: RecordedFact, rows: &mut Vec<RecordedFact>) {
    let last = rows.last().map_or(0, |row| row.position);
    if row.position > last {
        assert_eq!(row.position, last + 1, "something is missing, or out of order");
        rows.push(row);
    }
}
