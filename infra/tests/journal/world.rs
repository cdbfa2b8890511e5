//! A journal per test, on each of the stores, and units of work in few words.

use std::sync::Arc;

use aisle_domain::id::{EventId, Subject};
use aisle_domain::stream::{AggregateType, Sequence, StreamId};
use aisle_infra::journal::memory::MemoryJournal;
use aisle_infra::journal::postgres::{PostgresJournal, PostgresOptions};
use aisle_infra::journal::sqlite::{SqliteJournal, SqliteOptions};
use aisle_infra::journal::{
    Appended, Idempotency, JournalStore, Meaning, NewFact, RecordedFact, Rejection, UnitOfWork,
};
use aisle_infra::testing::postgres::TestDatabase;
use tempfile::TempDir;
use uuid::Uuid;

/// A fresh journal, gone with the test.
pub(crate) struct World {
    pub(crate) journal: Arc<dyn JournalStore>,
    home: Home,
}

enum Home {
    Memory,
    Sqlite(TempDir, SqliteOptions),
    Postgres(Box<TestDatabase>),
}

impl Home {
    async fn open(&self) -> Arc<dyn JournalStore> {
        match self {
            Self::Memory => Arc::new(MemoryJournal::new()),
            Self::Sqlite(home, options) => {
                let file = home.path().join("journal.db");
                Arc::new(SqliteJournal::open_with(file, *options).await.unwrap())
            }
            Self::Postgres(home) => Arc::new(connect(home).await),
        }
    }
}

impl World {
    pub(crate) async fn memory() -> Self {
        Self { journal: Arc::new(MemoryJournal::new()), home: Home::Memory }
    }

    /// Finds nearly everything in memory.
    pub(crate) async fn sqlite() -> Self {
        Self::on_sqlite(SqliteOptions::default()).await
    }

    /// Finds nearly everything in its indexes, and some of it on the way there.
    pub(crate) async fn indexing() -> Self {
        Self::on_sqlite(SqliteOptions { gathered: 8, ..SqliteOptions::default() }).await
    }

    async fn on_sqlite(options: SqliteOptions) -> Self {
        let home = Home::Sqlite(TempDir::new().unwrap(), options);
        Self { journal: home.open().await, home }
    }

    /// Reads everything back from the database.
    pub(crate) async fn postgres() -> Self {
        Self::on_postgres(PostgresOptions { remembered: 0, ..PostgresOptions::default() }).await
    }

    /// Remembers what it appended, as processes do, but little of it.
    pub(crate) async fn remembering() -> Self {
        Self::on_postgres(PostgresOptions { remembered: 5, ..PostgresOptions::default() }).await
    }

    async fn on_postgres(options: PostgresOptions) -> Self {
        let home = TestDatabase::create().await;
        let journal = PostgresJournal::connect(&home.url(), options).await.unwrap();
        Self { journal: Arc::new(journal), home: Home::Postgres(Box::new(home)) }
    }

    /// Another journal on the same rows, as another process has it.
    pub(crate) async fn another(&self) -> Arc<dyn JournalStore> {
        match &self.home {
            Home::Memory => Arc::clone(&self.journal),
            home => home.open().await,
        }
    }

    pub(crate) fn database(&self) -> &TestDatabase {
        match &self.home {
            Home::Postgres(database) => database,
            Home::Memory | Home::Sqlite(..) => panic!("this world has no PostgreSQL database"),
        }
    }

    pub(crate) async fn close(self) {
        drop(self.journal);
        if let Home::Postgres(database) = self.home {
            database.close().await;
        }
    }

    /// Appends one unit of work.
    pub(crate) async fn append(&self, unit: UnitOfWork) -> Result<Appended, Rejection> {
        self.journal.append(&[unit]).await.unwrap().remove(0)
    }

    /// Everything that the journal holds.
    pub(crate) async fn everything(&self) -> Vec<RecordedFact> {
        self.journal.read(0, usize::MAX).await.unwrap()
    }
}

pub(crate) async fn connect(database: &TestDatabase) -> PostgresJournal {
    PostgresJournal::connect(&database.url(), PostgresOptions::default()).await.unwrap()
}

/// Runs each of these tests on these stores.
macro_rules! on_stores {
    ([$($store:ident),+], $tests:tt) => {
        $(on_stores!(@ $store $tests);)+
    };
    (@ $store:ident [$($test:ident),+ $(,)?]) => {
        mod $store {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    let world = crate::world::World::$store().await;
                    super::$test(&world).await;
                    world.close().await;
                }
            )+
        }
    };
}
pub(crate) use on_stores;

pub(crate) fn event(number: u128) -> EventId {
    EventId(Uuid::from_u128(number))
}

pub(crate) fn actor(name: &str) -> Subject {
    Subject::try_new(name).unwrap()
}

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId { aggregate: AggregateType::Seat, id: name.to_owned() }
}

pub(crate) fn fact(name: &str, sequence: Sequence) -> NewFact {
    NewFact {
        stream: stream(name),
        sequence,
        fact: "held".to_owned(),
        version: "1.0".to_owned(),
        payload: serde_json::json!({ "in": name, "at": sequence }).to_string(),
        meaning: Meaning::default(),
    }
}

/// A unit of work with these facts, each a stream and its sequence.
pub(crate) fn unit<const N: usize>(facts: [(&str, Sequence); N]) -> UnitOfWork {
    UnitOfWork {
        event_id: Some(event(1)),
        facts: facts.iter().map(|(name, sequence)| fact(name, *sequence)).collect(),
        reads: Vec::new(),
        metadata: r#"{"actor":"somebody"}"#.to_owned(),
        idempotency: None,
    }
}

/// The unit, having also read a stream.
pub(crate) fn reading(mut unit: UnitOfWork, name: &str, sequence: Sequence) -> UnitOfWork {
    unit.reads.push((stream(name), sequence));
    unit
}

/// The unit, sent under a key.
pub(crate) fn keyed(mut unit: UnitOfWork, by: &str, key: &str, answer: &str) -> UnitOfWork {
    unit.idempotency = Some(Idempotency {
        key: key.to_owned(),
        actor: actor(by),
        digest: [answer.len() as u8; 32],
        answer: format!(r#"{{"answer":"{answer}"}}"#),
    });
    unit
}

pub(crate) fn conflict(name: &str) -> Result<Appended, Rejection> {
    Err(Rejection::Conflict(stream(name)))
}

/// What was appended, by position.
pub(crate) fn position(outcome: &Result<Appended, Rejection>) -> Option<u64> {
    outcome.as_ref().ok().map(|appended| appended.position)
}
