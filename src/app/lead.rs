//! One of several processes works, the others stand by.
//!
//! The election is a lock of PostgreSQL that ends with its connection. It only spares work: what
//! must not be done twice guards itself.

use std::io;
use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tokio_util::sync::CancellationToken;

/// How often whoever stands by tries.
const TRY_EVERY: Duration = Duration::from_millis(500);

/// How often whoever works asks whether the lock is held still.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// How long the database may take to say so.
const PATIENCE: Duration = Duration::from_secs(5);

/// A process that is frozen or cut off does not ask: PostgreSQL ends its connection.
const SILENCE: &str = "SET idle_session_timeout = '5s'";

/// Has work done whenever this process is the one that does it. `work` is told to end by its token,
/// and begun again when it ended by itself.
pub(super) async fn while_leading<F, W>(url: &str, name: &str, stop: &CancellationToken, work: F)
where
    F: Fn(CancellationToken) -> W,
    W: Future<Output = ()>,
{
    while !stop.is_cancelled() {
        let Some(mut lock) = stop.run_until_cancelled(elected(url, name)).await else { return };
        tracing::info!(name, "working");
        let term = stop.child_token();
        let work = work(term.clone());
        tokio::pin!(work);
        tokio::select! {
            () = &mut work => {}
            () = lost(&mut lock) => {
                tracing::warn!(name, "no longer the one that works");
                term.cancel();
                work.await;
            }
        }
        // Another may take over at once, rather than when the server misses us.
        let _ = tokio::time::timeout(PATIENCE, lock.close()).await;
    }
}

/// Returns with the lock, which lasts as long as the connection. One connection asks for it again and
/// again while somebody else has it.
async fn elected(url: &str, name: &str) -> PgConnection {
    let (mut kept, mut failing) = (None, false);
    loop {
        let tried = tokio::time::timeout(PATIENCE, try_lock(kept.take(), url, name)).await;
        let silent = |_| Err(sqlx::Error::Io(io::ErrorKind::TimedOut.into()));
        match tried.unwrap_or_else(silent) {
            Ok((connection, Vote::Won)) => return connection,
            Ok((connection, Vote::Lost)) => (kept, failing) = (Some(connection), false),
            Err(error) if failing => tracing::debug!(name, %error, "cannot stand for election"),
            Err(error) => {
                failing = true;
                tracing::warn!(name, %error, "cannot stand for election");
            }
        }
        tokio::time::sleep(TRY_EVERY).await;
    }
}

/// Who has the lock.
enum Vote {
    /// Whoever asked for it.
    Won,
    /// Somebody else.
    Lost,
}

async fn try_lock(
    kept: Option<PgConnection>,
    url: &str,
    name: &str,
) -> Result<(PgConnection, Vote), sqlx::Error> {
    // Of this schema: several installations may share a database.
    const SQL: &str = "SELECT pg_try_advisory_lock(\
         hashtextextended('aisle/' || current_schema() || '/' || $1, 0))";
    let mut connection = match kept {
        Some(connection) => connection,
        None => candidate(url).await?,
    };
    let won: bool = sqlx::query_scalar(SQL).bind(name).fetch_one(&mut connection).await?;
    Ok((connection, if won { Vote::Won } else { Vote::Lost }))
}

async fn candidate(url: &str) -> Result<PgConnection, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::query(SILENCE).execute(&mut connection).await?;
    Ok(connection)
}

/// Returns once the connection, and with it the lock, is gone.
async fn lost(connection: &mut PgConnection) {
    loop {
        tokio::time::sleep(ASK_EVERY).await;
        let asked = sqlx::query("SELECT 1").execute(&mut *connection);
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(_)) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aisle_infra::testing::postgres::TestDatabase;
    use tokio::sync::mpsc;

    use super::*;

    /// Longer than anything takes, on any machine.
    const LONG: Duration = Duration::from_secs(30);

    /// The connections of those who stand for election, the one that has the lock among them.
    async fn connections(admin: &mut PgConnection) -> BTreeSet<i32> {
        let others = "SELECT pid FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid() \
                      AND backend_type = 'client backend'";
        let pids: Vec<i32> = sqlx::query_scalar(others).fetch_all(admin).await.unwrap();
        pids.into_iter().collect()
    }

    #[tokio::test]
    async fn who_stands_by_does_so_on_one_connection_until_its_turn() {
        let database = TestDatabase::create().await;
        let mut admin = database.connect().await;
        let (says, mut said) = mpsc::unbounded_channel();
        let stands = |name: &'static str| {
            let (url, says, stop) = (database.url(), says.clone(), CancellationToken::new());
            let until = stop.clone();
            let standing = tokio::spawn(async move {
                let work = |term: CancellationToken| {
                    says.send(name).unwrap();
                    async move { term.cancelled().await }
                };
                while_leading(&url, "work", &until, work).await;
            });
            (standing, stop)
        };
        let (first, stop_first) = stands("first");
        assert_eq!(tokio::time::timeout(LONG, said.recv()).await.unwrap(), Some("first"));
        let (second, stop_second) = stands("second");
        let mut seen = connections(&mut admin).await;
        while seen.len() < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            seen = connections(&mut admin).await;
        }
        for _ in 0..4 {
            tokio::time::sleep(TRY_EVERY / 2).await;
            assert_eq!(connections(&mut admin).await, seen);
        }
        assert!(said.try_recv().is_err(), "both work");
        stop_first.cancel();
        first.await.unwrap();
        assert_eq!(tokio::time::timeout(LONG, said.recv()).await.unwrap(), Some("second"));
        stop_second.cancel();
        second.await.unwrap();
        database.close().await;
    }
}
