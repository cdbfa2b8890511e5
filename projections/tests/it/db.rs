//! A read store for one test: a SQLite file, or a database of its own on the private PostgreSQL.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;

/// A database that ends with the test.
pub(crate) struct Db {
    url: String,
    place: Place,
}

enum Place {
    Sqlite { _folder: TempDir },
    Postgres { server: String, name: String },
}

impl Db {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("read.sqlite").display());
        Self { url, place: Place::Sqlite { _folder: folder } }
    }

    pub(crate) async fn postgres() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = server();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("aisle_projections_{}_{count}", std::process::id());
        run(&server, &format!("DROP DATABASE IF EXISTS {name}")).await;
        run(&server, &format!("CREATE DATABASE {name}")).await;
        let (base, _) = server.rsplit_once('/').expect("the URL names a database");
        Self { url: format!("{base}/{name}"), place: Place::Postgres { server, name } }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn remove(self) {
        if let Place::Postgres { server, name } = self.place {
            run(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the harness is told where the server is")]
fn server() -> String {
    std::env::var("AISLE_TEST_POSTGRES")
        .expect("AISLE_TEST_POSTGRES is not set: tests/run starts a PostgreSQL and sets it")
}

async fn run(server: &str, statement: &str) {
    let mut connection = PgConnection::connect(server).await.unwrap();
    connection.execute(statement).await.unwrap();
    connection.close().await.unwrap();
}

/// Makes of each function `async fn(&str)` a test on SQLite and one on PostgreSQL.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $test() {
                let db = crate::db::Db::sqlite();
                super::$test(db.url()).await;
                db.remove().await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test]
            async fn $test() {
                let db = crate::db::Db::postgres().await;
                super::$test(db.url()).await;
                db.remove().await;
            })*
        }
    };
}
pub(crate) use on_both;
