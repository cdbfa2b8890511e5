//! A journal on PostgreSQL, what is appended to it, and what a consumer of the stream sees.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use aisle_domain::id::{EventId, Subject};
use aisle_domain::stream::{Position, StreamId};
use aisle_infra::journal::postgres::{PostgresJournal, PostgresOptions};
use aisle_infra::journal::{JournalStore, Meaning, Metadata, NewFact, RecordedFact, UnitOfWork};
use aisle_infra::relay::{Cell, Relay, RelayConfig, RelayState, RelayStatus, cloud_event};
use aisle_infra::testing::postgres::TestDatabase;
use async_nats::jetstream;
use sqlx::{Executor, PgConnection};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Far longer than it ever takes: what is not there by then never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A cell without its NATS.
pub(crate) struct World {
    pub(crate) journal: Arc<dyn JournalStore>,
    pub(crate) cell: Cell,
    pub(crate) database: TestDatabase,
    seats: AtomicU64,
}

impl World {
    pub(crate) async fn create() -> Self {
        let database = TestDatabase::create().await;
        let options = PostgresOptions { readers: 2, ..PostgresOptions::default() };
        let journal = PostgresJournal::connect(&database.url(), options).await.unwrap();
        let cell = Cell::try_new("test-1").unwrap();
        Self { journal: Arc::new(journal), cell, database, seats: AtomicU64::new(0) }
    }

    pub(crate) fn config(&self) -> RelayConfig {
        RelayConfig::new(self.cell.clone(), self.database.url().into())
    }

    pub(crate) fn relay(&self, nats: &async_nats::Client) -> Relay {
        let stop = CancellationToken::new();
        Relay::start(self.config(), Arc::clone(&self.journal), nats.clone(), stop)
    }

    /// Appends so many facts, three to a unit of work. Returns the head.
    pub(crate) async fn append(&self, facts: u64) -> Position {
        append(&*self.journal, &self.seats, facts).await
    }

    pub(crate) async fn everything(&self) -> Vec<RecordedFact> {
        self.journal.read(0, usize::MAX).await.unwrap()
    }

    /// A connection to look at the database, or to do harm in it.
    pub(crate) async fn admin(&self) -> PgConnection {
        self.database.connect().await
    }

    pub(crate) async fn checkpoint(&self) -> Position {
        let mut admin = self.admin().await;
        let found: Option<i64> = sqlx::query_scalar("select position from relay_checkpoint")
            .fetch_optional(&mut admin)
            .await
            .unwrap();
        found.unwrap_or(0).unsigned_abs()
    }

    /// Cuts the connections by which relays have the lock, or wait for it.
    pub(crate) async fn cut_locks(&self) {
        let cut = "select pg_terminate_backend(pid) from pg_stat_activity
                   where datname = current_database() and application_name = 'aisle-relay'";
        self.admin().await.execute(cut).await.unwrap();
    }

    /// Waits until no relay has the lock.
    pub(crate) async fn lock_is_free(&self) {
        let mut admin = self.admin().await;
        let holders = "select count(*) from pg_locks where locktype = 'advisory' and granted
                       and database = (select oid from pg_database where datname = current_database())";
        let free = async {
            while sqlx::query_scalar::<_, i64>(holders).fetch_one(&mut admin).await.unwrap() > 0 {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, free).await.expect("the lock is free");
    }

    /// Waits until a relay says that everything is in the stream, and checks that it is.
    pub(crate) async fn is_published(&self, nats: &async_nats::Client, relays: &[&Relay]) {
        let head = self.journal.head().await.unwrap();
        let published = async {
            while !relays.iter().any(|relay| relay.status().borrow().published >= head) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, published).await.expect("the relay gets to the head");
        let stream = Published::read(nats, &self.cell).await;
        assert_eq!(stream.rows, self.everything().await);
    }
}

/// What is in a cell's stream.
pub(crate) struct Published {
    pub(crate) messages: Vec<jetstream::message::StreamMessage>,
    pub(crate) rows: Vec<RecordedFact>,
}

impl Published {
    pub(crate) async fn read(nats: &async_nats::Client, cell: &Cell) -> Self {
        let stream = stream(nats, cell).await;
        let state = stream.get_info().await.unwrap().state;
        let mut messages = Vec::new();
        for sequence in state.first_sequence.max(1)..=state.last_sequence {
            messages.push(stream.get_raw_message(sequence).await.unwrap());
        }
        let decode = |message: &jetstream::message::StreamMessage| {
            cloud_event::decode(&message.payload).unwrap()
        };
        Self { rows: messages.iter().map(decode).collect(), messages }
    }
}

/// A cell's stream, once it is there.
pub(crate) async fn stream(nats: &async_nats::Client, cell: &Cell) -> jetstream::stream::Stream {
    let jetstream = jetstream::new(nats.clone());
    let there = async {
        loop {
            match jetstream.get_stream(cell.stream()).await {
                Ok(stream) => return stream,
                Err(_) => sleep(Duration::from_millis(50)).await,
            }
        }
    };
    timeout(PATIENCE, there).await.expect("the stream")
}

/// Waits until a relay's status is so.
pub(crate) async fn until(
    relay: &mut watch::Receiver<RelayStatus>,
    is_so: impl FnMut(&RelayStatus) -> bool,
) -> RelayStatus {
    let status = timeout(PATIENCE, relay.wait_for(is_so)).await;
    *status.expect("the relay gets there").expect("the relay is there")
}

pub(crate) async fn is_active(relay: &Relay) {
    until(&mut relay.status(), |status| status.state == RelayState::Active).await;
}

pub(crate) fn event() -> EventId {
    EventId(Uuid::from_u128(0xe))
}

/// Appends so many facts, three to a unit of work, each of another seat. Returns the head.
pub(crate) async fn append(journal: &dyn JournalStore, seats: &AtomicU64, facts: u64) -> Position {
    let mut left = facts;
    while left > 0 {
        let size = left.min(3);
        let first = seats.fetch_add(size, Relaxed);
        let labels = first..first + size;
        let facts = labels.map(|seat| held(&format!("{}-{}", seat / 10, seat % 10))).collect();
        let outcome = journal.append(&[unit(facts)]).await.unwrap().remove(0);
        outcome.expect("nobody else appends to these seats");
        left -= size;
    }
    journal.head().await.unwrap()
}

pub(crate) fn unit(facts: Vec<NewFact>) -> UnitOfWork {
    let metadata = Metadata {
        command_id: Uuid::from_u128(0xc).into(),
        correlation_id: "request-1".to_owned(),
        causation_id: None,
        actor: Subject::try_new("ann").unwrap(),
        traceparent: Some(TRACE.to_owned()),
    };
    let metadata = metadata.to_json();
    UnitOfWork { event_id: Some(event()), facts, reads: Vec::new(), metadata, idempotency: None }
}

/// The first fact of a seat.
pub(crate) fn held(seat: &str) -> NewFact {
    NewFact {
        stream: StreamId::seat(event(), seat),
        sequence: 1,
        fact: "held".to_owned(),
        version: "1".to_owned(),
        payload: r#"{"held":{"booking_id":"0000000b-0000-8000-8000-000000000001","until":"2026-11-23T10:10:00Z"}}"#.to_owned(),
        meaning: Meaning::default(),
    }
}
