//! Where a test's journal lives: it outlasts the processes that a test starts and stops.

use std::path::PathBuf;
use std::sync::Arc;

use aisle_domain::testing::checker::{Report, Row, check};
use aisle_infra::journal::postgres::{PostgresJournal, PostgresOptions};
use aisle_infra::journal::sqlite::SqliteJournal;
use aisle_infra::journal::{JournalStore, RecordedFact};
use aisle_infra::testing::postgres::TestDatabase;
use tempfile::TempDir;

/// A journal's home, gone with the test.
pub(crate) enum Store {
    Sqlite(TempDir),
    Postgres(Box<TestDatabase>),
}

/// How to get there.
#[derive(Clone)]
pub(crate) enum Place {
    Here(Arc<dyn JournalStore>),
    File(PathBuf),
    Url(String),
}

impl Store {
    pub(crate) async fn sqlite() -> Self {
        Self::Sqlite(TempDir::new().unwrap())
    }

    pub(crate) async fn postgres() -> Self {
        Self::Postgres(Box::new(TestDatabase::create().await))
    }

    pub(crate) fn place(&self) -> Place {
        match self {
            Self::Sqlite(home) => Place::File(home.path().join("journal.db")),
            Self::Postgres(database) => Place::Url(database.url()),
        }
    }

    /// Everything that the journal holds, as a process that has just come finds it.
    pub(crate) async fn rows(&self) -> Vec<RecordedFact> {
        self.place().open().await.read(0, usize::MAX).await.unwrap()
    }

    /// What the checker says of the journal.
    pub(crate) async fn report(&self) -> Report {
        check(self.rows().await.iter().map(row))
    }

    pub(crate) async fn close(self) {
        if let Self::Postgres(database) = self {
            database.close().await;
        }
    }
}

impl Place {
    pub(crate) async fn open(&self) -> Arc<dyn JournalStore> {
        match self {
            Self::Here(journal) => journal.clone(),
            Self::File(file) => Arc::new(SqliteJournal::open(file).await.unwrap()),
            Self::Url(url) => {
                Arc::new(PostgresJournal::connect(url, PostgresOptions::default()).await.unwrap())
            }
        }
    }
}

/// A row as the checker takes it. Without its time: that is the store's, and deadlines are held
/// against the test's clock.
fn row(fact: &RecordedFact) -> Row {
    Row {
        position: fact.position,
        stream: fact.stream.clone(),
        sequence: fact.sequence,
        fact: fact.fact.clone(),
        payload: serde_json::from_str(&fact.payload).unwrap(),
        recorded_at: None,
    }
}

/// Runs each of these tests on these stores. Afterwards the journal must be sound.
macro_rules! on_stores {
    ([$($store:ident),+], $tests:tt) => {
        $(crate::store::on_stores!(@ $store $tests);)+
    };
    (@ $store:ident [$($test:ident),+ $(,)?]) => {
        mod $store {
            $(
                #[tokio::test]
                async fn $test() {
                    let store = crate::store::Store::$store().await;
                    super::$test(&store).await;
                    store.report().await.assert_sound();
                    store.close().await;
                }
            )+
        }
    };
}
pub(crate) use on_stores;
