//! The read store on SQLite, for those who keep it: a commit is one transaction of a few
//! statements, and rows are fetched one index look-up each.
//!
//! It asks for nothing that depends on statistics. What readers ask is not here.

use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, Transaction};

use super::digest::{Digesting, statement};
use super::table::chunk;
use super::{Table, Value, Write};
use crate::projection::Digest;

pub(super) fn settled(options: AnyPoolOptions) -> AnyPoolOptions {
    let options = options.after_connect(|connection, _| {
        Box::pin(async move {
            connection.execute("PRAGMA journal_mode = WAL").await?;
            connection.execute("PRAGMA synchronous = NORMAL").await?;
            Ok(())
        })
    });
    options.after_release(|connection, _| Box::pin(is_usable(connection)))
}

/// A full disk makes SQLite roll back by itself. sqlx then believes the transaction open for ever,
/// and no other can be begun on that connection. The ping comes after what is still to be done.
async fn is_usable(connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// Writes rows into a build, over those of the same keys.
pub(super) async fn write(
    write: &Write,
    build: i64,
    tx: &mut Transaction<'_, Any>,
) -> Result<(), sqlx::Error> {
    for mut rest in [&write.rows[..], &write.new] {
        while !rest.is_empty() {
            let (rows, more) = rest.split_at(chunk(rest.len()));
            upsert(write.table, rows, build, tx).await?;
            rest = more;
        }
    }
    Ok(())
}

async fn upsert(
    table: &Table,
    rows: &[Vec<Value>],
    build: i64,
    tx: &mut Transaction<'_, Any>,
) -> Result<(), sqlx::Error> {
    let statement = table.upsert(rows.len());
    let mut query = sqlx::query(&statement);
    for row in rows {
        query = query.bind(build);
        query = row.iter().fold(query, |query, value| value.bind_to(query));
    }
    query.execute(&mut **tx).await.map(drop)
}

/// The rows of a build with these keys, which go as one list: `CROSS JOIN` is SQLite's word for
/// looking up the right side for each row of the left.
pub(super) async fn select(
    pool: &AnyPool,
    table: &Table,
    build: i64,
    keys: &[String],
) -> Result<Vec<(String, String)>, sqlx::Error> {
    let statement = select_statement(table);
    let list = serde_json::Value::from(keys).to_string();
    sqlx::query_as(&statement).bind(build).bind(list).fetch_all(pool).await
}

/// The digest of a build's rows, as a transaction sees them.
pub(super) async fn digest(
    tx: &mut Transaction<'_, Any>,
    tables: &[&Table],
    build: i64,
) -> Result<Digest, sqlx::Error> {
    let mut digesting = Digesting::default();
    for table in tables {
        let statement = statement(table);
        digesting.table(table, sqlx::query(&statement).bind(build).fetch(&mut **tx)).await?;
    }
    Ok(digesting.end())
}

fn select_statement(table: &Table) -> String {
    format!(
        "SELECT found.key, found.data FROM json_each($2) AS wanted CROSS JOIN {} AS found \
         WHERE found.build = $1 AND found.key = wanted.value",
        table.name,
    )
}

#[cfg(test)]
mod tests {
    use sqlx::Row;

    use super::super::Store;
    use super::*;

    #[tokio::test]
    async fn keys_are_looked_up_in_the_index_of_a_table_without_statistics() {
        static TABLE: Table = Table { name: "read_x_v1", columns: &[], indexes: &[] };
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("read.sqlite").display());
        let store = Store::open(&url).await.unwrap();
        store.create(&[&TABLE]).await.unwrap();
        let explain = format!("EXPLAIN QUERY PLAN {}", select_statement(&TABLE));
        let steps = sqlx::query(&explain).bind(1_i64).bind("[]").fetch_all(store.pool()).await;
        let steps: Vec<String> = steps.unwrap().iter().map(|step| step.get(3)).collect();
        let by_index = |step: &String| step.contains("INDEX") && step.contains("build=? AND key=?");
        assert!(steps.iter().any(by_index), "{steps:?}");
    }
}
