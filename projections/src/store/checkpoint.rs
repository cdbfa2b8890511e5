//! The table of checkpoints: up to where each build of each projection goes, and which build is
//! read.
//!
//! A checkpoint moves by compare-and-set in the transaction of the rows that it stands for. So of
//! two runners of one projection only one can write at a time, and neither can count twice.

use aisle_domain::stream::Position;
use sqlx::{Any, AnyConnection, Row, Transaction};

use super::{Store, Value};

pub(super) const CREATE: &str = "CREATE TABLE IF NOT EXISTS read_checkpoints (\
     name TEXT NOT NULL, version BIGINT NOT NULL, build BIGINT NOT NULL, \
     position BIGINT NOT NULL, active BIGINT NOT NULL, PRIMARY KEY (name, version, build))";

pub(super) const ONE_ACTIVE: &str = "CREATE UNIQUE INDEX IF NOT EXISTS \
     read_checkpoints_one_active ON read_checkpoints (name, version) WHERE active = 1";

/// The build that is read of the projection with name `$1` and version `$2`.
pub(crate) const ACTIVE_BUILD: &str =
    "(SELECT build FROM read_checkpoints WHERE name = $1 AND version = $2 AND active = 1)";

/// The same, and up to where it goes.
pub(super) const ACTIVE: &str = "SELECT build, position FROM read_checkpoints \
     WHERE name = $1 AND version = $2 AND active = 1";

/// A projection as its checkpoints know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) version: u32,
}

/// A step of a build's checkpoint.
#[derive(Debug, Clone, Copy)]
pub(super) struct Move {
    pub(super) build: i64,
    /// Where it is thought to be.
    pub(super) from: Position,
    pub(super) to: Position,
}

impl Line {
    /// The build that is read, and up to where it goes.
    pub(super) async fn active(
        self,
        connection: &mut AnyConnection,
    ) -> Result<Option<(i64, Position)>, sqlx::Error> {
        let row = sqlx::query(ACTIVE)
            .bind(self.name)
            .bind(i64::from(self.version))
            .fetch_optional(connection)
            .await?;
        row.map(|row| Ok((row.try_get(0)?, unsigned(row.try_get(1)?)))).transpose()
    }

    /// Up to where a build goes, if there is one of this number.
    pub(super) async fn position(
        self,
        store: &Store,
        build: i64,
    ) -> Result<Option<Position>, sqlx::Error> {
        const SQL: &str = "SELECT position FROM read_checkpoints \
             WHERE name = $1 AND version = $2 AND build = $3";
        let row = sqlx::query(SQL)
            .bind(self.name)
            .bind(i64::from(self.version))
            .bind(build)
            .fetch_optional(store.pool())
            .await?;
        row.map(|row| row.try_get(0).map(unsigned)).transpose()
    }

    /// Makes the first build, at position 0, unless there is one.
    pub(super) async fn found(self, store: &Store) -> Result<(), sqlx::Error> {
        const SQL: &str = "INSERT INTO read_checkpoints (name, version, build, position, active) \
             VALUES ($1, $2, 1, 0, 1) ON CONFLICT DO NOTHING";
        let insert = sqlx::query(SQL).bind(self.name).bind(i64::from(self.version));
        insert.execute(store.pool()).await.map(drop)
    }

    /// Adds an empty build that nobody reads yet, of a number that none has that is remembered.
    pub(super) async fn add(self, tx: &mut Transaction<'_, Any>) -> Result<i64, sqlx::Error> {
        const SQL: &str = "INSERT INTO read_checkpoints (name, version, build, position, active) \
             SELECT $1, $2, MAX(build) + 1, 0, 0 FROM read_checkpoints \
             WHERE name = $1 AND version = $2 RETURNING build";
        let insert = sqlx::query(SQL).bind(self.name).bind(i64::from(self.version));
        insert.fetch_one(&mut **tx).await?.try_get(0)
    }

    /// Moves a build's checkpoint, if it is where it is thought to be.
    pub(super) async fn advance(
        self,
        step: Move,
        tx: &mut Transaction<'_, Any>,
    ) -> Result<bool, sqlx::Error> {
        const SQL: &str = "UPDATE read_checkpoints SET position = $1 \
             WHERE name = $2 AND version = $3 AND build = $4 AND position = $5";
        let query = Value::position(step.to).bind_to(sqlx::query(SQL));
        let query = query.bind(self.name).bind(i64::from(self.version)).bind(step.build);
        let done = Value::position(step.from).bind_to(query).execute(&mut **tx).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Makes a build the one that is read and forgets the checkpoints of all others, whose runners
    /// notice when they commit. Returns where this build is and where the furthest other one was;
    /// none if there is no such build. To be rolled back if that does not suit.
    pub(super) async fn swap(
        self,
        build: i64,
        tx: &mut Transaction<'_, Any>,
    ) -> Result<Option<(Position, Position)>, sqlx::Error> {
        const FORGET: &str = "DELETE FROM read_checkpoints \
             WHERE name = $1 AND version = $2 AND build <> $3 RETURNING position";
        const ACTIVATE: &str = "UPDATE read_checkpoints SET active = 1 \
             WHERE name = $1 AND version = $2 AND build = $3 RETURNING position";
        let mut furthest = [None, None];
        for (statement, furthest) in [FORGET, ACTIVATE].into_iter().zip(&mut furthest) {
            let query = sqlx::query(statement).bind(self.name).bind(i64::from(self.version));
            for row in query.bind(build).fetch_all(&mut **tx).await? {
                *furthest = (*furthest).max(Some(unsigned(row.try_get(0)?)));
            }
        }
        let [others, this] = furthest;
        Ok(this.map(|this| (this, others.unwrap_or(0))))
    }

    /// Forgets the builds that nobody reads, but for this one.
    pub(super) async fn forget_idle(
        self,
        but: i64,
        tx: &mut Transaction<'_, Any>,
    ) -> Result<(), sqlx::Error> {
        const SQL: &str = "DELETE FROM read_checkpoints \
             WHERE name = $1 AND version = $2 AND active = 0 AND build <> $3";
        let query = sqlx::query(SQL).bind(self.name).bind(i64::from(self.version));
        query.bind(but).execute(&mut **tx).await.map(drop)
    }

    /// Forgets a build, unless it is read.
    pub(super) async fn forget(self, build: i64, store: &Store) -> Result<(), sqlx::Error> {
        const SQL: &str = "DELETE FROM read_checkpoints \
             WHERE name = $1 AND version = $2 AND active = 0 AND build = $3";
        let query = sqlx::query(SQL).bind(self.name).bind(i64::from(self.version));
        query.bind(build).execute(store.pool()).await.map(drop)
    }
}

pub(super) fn unsigned(position: i64) -> Position {
    Position::try_from(position).unwrap_or(0)
}
