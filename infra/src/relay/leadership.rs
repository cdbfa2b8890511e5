//! Which relay of a cell is the active one: whoever holds an advisory lock of PostgreSQL.
//!
//! The lock belongs to a connection of its own, which is written to twice a second. If it falls
//! silent, because the relay is stopped, cut off or dead, the server ends it and the lock is free.
//! A relay that has not noticed yet is fenced off by the stream, not by this.

use std::time::Duration;

use aisle_domain::stream::Position;
use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::{Cell, RelayStatus};
use crate::secret::Secret;

/// How often the holder shows that it lives, and how often the others try for the lock.
const BEAT: Duration = Duration::from_millis(500);

/// How long PostgreSQL may take to answer; beyond that the lock counts as lost.
const ANSWER: Duration = Duration::from_secs(2);

/// After how much silence the server ends the connection. With [`BEAT`], the next relay is active
/// within some three and a half seconds. In milliseconds, as PostgreSQL takes it.
const SILENCE_MS: &str = "3000";

/// Why the lock cannot be had, or not any more.
#[derive(Debug, thiserror::Error)]
pub(super) enum LockError {
    /// PostgreSQL cannot be reached, or has ended the connection.
    #[error("PostgreSQL, which keeps the relay's lock, is not available")]
    Database(#[from] sqlx::Error),
    /// It does not answer.
    #[error("PostgreSQL, which keeps the relay's lock, does not answer")]
    Silent(#[from] tokio::time::error::Elapsed),
}

/// A connection that has the lock, or is after it. Dropping it gives the lock back.
pub(super) struct Contender {
    connection: PgConnection,
    cell: Cell,
}

impl Contender {
    pub(super) async fn connect(database: &Secret<String>, cell: &Cell) -> Result<Self, LockError> {
        let server: PgConnectOptions = database.expose().parse()?;
        let session = server.application_name("aisle-relay").options([
            ("idle_session_timeout", SILENCE_MS),
            // The same for a peer that is gone without a word: 1 s of silence, then two probes.
            ("tcp_keepalives_idle", "1"),
            ("tcp_keepalives_interval", "1"),
            ("tcp_keepalives_count", "2"),
            ("tcp_user_timeout", SILENCE_MS),
        ]);
        let connection = timeout(ANSWER, session.connect()).await??;
        Ok(Self { connection, cell: cell.clone() })
    }

    /// Waits for the lock. Returns the checkpoint, and tells it meanwhile as it moves.
    pub(super) async fn win(
        &mut self,
        mut tell: impl FnMut(Position),
    ) -> Result<Position, LockError> {
        loop {
            let (won, checkpoint) = timeout(ANSWER, self.try_lock()).await??;
            if won {
                return Ok(checkpoint);
            }
            tell(checkpoint);
            sleep(BEAT).await;
        }
    }

    /// Keeps the lock, saving how far the stream is, until the lock is lost.
    pub(super) async fn keep(&mut self, status: watch::Receiver<RelayStatus>) -> LockError {
        let mut saved = None;
        loop {
            sleep(BEAT).await;
            let position = status.borrow().published;
            let beat = async {
                match saved {
                    Some(known) if known == position => self.ping().await,
                    _ => self.save(position).await,
                }
            };
            match timeout(ANSWER, beat).await {
                Ok(Ok(())) => saved = Some(position),
                Ok(Err(error)) => return error.into(),
                Err(late) => return late.into(),
            }
        }
    }

    async fn try_lock(&mut self) -> Result<(bool, Position), sqlx::Error> {
        let (won, checkpoint): (bool, i64) = sqlx::query_as(
            "select pg_try_advisory_lock($1),
                    coalesce((select position from relay_checkpoint where cell = $2), 0)",
        )
        .bind(key(&self.cell))
        .bind(self.cell.as_str())
        .fetch_one(&mut self.connection)
        .await?;
        Ok((won, checkpoint.unsigned_abs()))
    }

    async fn ping(&mut self) -> Result<(), sqlx::Error> {
        sqlx::query("select 1").execute(&mut self.connection).await.map(drop)
    }

    /// The checkpoint never goes back by itself. An operator may set it back, with no relay
    /// active, to have everything published again into an empty stream.
    async fn save(&mut self, position: Position) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into relay_checkpoint as kept (cell, position, saved_at) values ($1, $2, now())
             on conflict (cell) do update
             set position = excluded.position, saved_at = excluded.saved_at
             where excluded.position > kept.position",
        )
        .bind(self.cell.as_str())
        .bind(i64::try_from(position).unwrap_or(i64::MAX))
        .execute(&mut self.connection)
        .await
        .map(drop)
    }
}

/// The key of a cell's lock: advisory locks are named by a number.
fn key(cell: &Cell) -> i64 {
    let digest = Sha256::digest(format!("aisle relay {cell}"));
    let mut key = [0; 8];
    key.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(key)
}
