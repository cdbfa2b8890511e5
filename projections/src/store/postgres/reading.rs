//! What is read of whole builds on PostgreSQL: their digests, each of one moment.

use aisle_domain::stream::Position;
use sqlx::{Connection, Executor, PgConnection, PgPool};

use super::super::Table;
use super::super::checkpoint::{ACTIVE, Line, unsigned};
use super::super::digest::{Digesting, statement};
use super::FOR_ALL;
use crate::projection::Digest;

/// Begins a transaction that sees one state of the database throughout, and reads large tables in
/// the order of their keys as the index has them: sorting a build would take the disk.
pub(in crate::store) const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
     SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off";

/// The digest of a build's rows, of one moment.
pub(in crate::store) async fn digest(
    writers: &PgPool,
    tables: &[&Table],
    build: i64,
) -> Result<Digest, sqlx::Error> {
    let mut connection = snapshot(writers).await?;
    let digest = digest_within(&mut connection, tables, build).await?;
    connection.close().await?;
    Ok(digest)
}

/// The position and the digest of the build that is read, of one moment; none if there is none.
pub(in crate::store) async fn shown(
    writers: &PgPool,
    line: Line,
    tables: &[&Table],
) -> Result<Option<(Position, Digest)>, sqlx::Error> {
    let mut connection = snapshot(writers).await?;
    let active = sqlx::query_as(ACTIVE).bind(line.name).bind(i64::from(line.version));
    let active: Option<(i64, i64)> = active.fetch_optional(&mut connection).await?;
    let Some((build, at)) = active else { return Ok(None) };
    let digest = digest_within(&mut connection, tables, build).await?;
    connection.close().await?;
    Ok(Some((unsigned(at), digest)))
}

/// Beside the pool: a digest takes as long as many commits, which must not wait for it.
async fn snapshot(writers: &PgPool) -> Result<PgConnection, sqlx::Error> {
    let mut connection = PgConnection::connect_with(&writers.connect_options()).await?;
    connection.execute(FOR_ALL).await?;
    connection.execute(SNAPSHOT).await?;
    Ok(connection)
}

async fn digest_within(
    connection: &mut PgConnection,
    tables: &[&Table],
    build: i64,
) -> Result<Digest, sqlx::Error> {
    let mut digesting = Digesting::default();
    for table in tables {
        let statement = statement(table);
        digesting.table(table, sqlx::query(&statement).bind(build).fetch(&mut *connection)).await?;
    }
    Ok(digesting.end())
}
