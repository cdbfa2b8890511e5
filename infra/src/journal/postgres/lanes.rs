//! Connections that go from one statement to the next without the pool's round trip in between.
//!
//! sqlx asks a connection that comes back to its pool whether it is still alive: one more round trip
//! for every statement, which for the journal's lookups is as dear as the statement itself. So one
//! that has just answered is kept here for whoever comes next. The pool still opens them, and
//! limits how many there are.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

use crate::db::{FRESH, in_time};

/// A pool with some of its connections kept at hand.
#[derive(Debug)]
pub(super) struct Lanes {
    pool: PgPool,
    /// How many are kept at the most; the pool has more, for those who take from it directly.
    at_most: usize,
    /// How long a statement may take.
    patience: Duration,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    idle: Vec<(PoolConnection<Postgres>, Instant)>,
    /// How many wait for a connection of the pool: they get what is done with first.
    waiting: usize,
}

/// One who waits for the pool, until it has what it waits for or gives up.
struct Waiting<'a>(&'a Lanes);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.kept.lock().waiting -= 1;
    }
}

impl Lanes {
    pub(super) fn new(pool: PgPool, at_most: u32, patience: Duration) -> Self {
        Self { pool, at_most: at_most as usize, patience, kept: Mutex::default() }
    }

    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// What a statement answers. If it fails, takes too long, or is given up half-way, its
    /// connection goes to the pool, which finds out whether it is still good.
    pub(super) async fn run<T>(
        &self,
        statement: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let mut connection = self.take().await?;
        let answer = in_time(self.patience, statement(&mut connection)).await;
        match answer {
            Ok(_) => self.keep(connection),
            // Whatever befell this one, the others may have met with as well.
            Err(sqlx::Error::Io(_)) => self.let_go(),
            Err(_) => {}
        }
        answer
    }

    async fn take(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        let waiting = {
            let mut kept = self.kept.lock();
            while let Some((connection, since)) = kept.idle.pop() {
                if since.elapsed() <= FRESH {
                    return Ok(connection);
                }
            }
            kept.waiting += 1;
            Waiting(self)
        };
        let connection = self.pool.acquire().await;
        drop(waiting);
        connection
    }

    /// Keeps a connection that has answered its statement to the end.
    fn keep(&self, connection: PoolConnection<Postgres>) {
        let mut kept = self.kept.lock();
        if kept.waiting == 0 && kept.idle.len() < self.at_most {
            kept.idle.push((connection, Instant::now()));
        }
    }

    /// Gives what is kept back to the pool.
    fn let_go(&self) {
        let idle = std::mem::take(&mut self.kept.lock().idle);
        drop(idle);
    }

    /// Closes all connections once what is under way has ended.
    pub(super) async fn close(&self) {
        self.let_go();
        self.pool.close().await;
    }
}

impl Drop for Lanes {
    /// Closes what is kept at once: going back to the pool takes a runtime, which may be gone.
    fn drop(&mut self) {
        for (connection, _) in self.kept.get_mut().idle.drain(..) {
            drop(connection.detach());
        }
    }
}
