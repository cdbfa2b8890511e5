//! The read store on PostgreSQL, for those who keep it: a commit is one statement, or a transaction
//! with a `COPY` where many rows are new, and rows are fetched one index look-up each.
//!
//! Neither depends on statistics. A plan is kept as long as its connection, and a table that was
//! empty when it was made is full a minute later: `key IN (…)` was planned as a filter over all
//! rows of the build and stayed so. What readers ask is not here.

mod copy;
mod reading;

use std::time::Duration;

use aisle_infra::db::{in_time, wary};
use sqlx::any::AnyPoolOptions;
use sqlx::postgres::{PgArguments, PgPoolOptions};
use sqlx::query::Query;
use sqlx::{Executor, PgExecutor, PgPool, Postgres, Row};

use self::copy::copy;
pub(super) use self::reading::{SNAPSHOT, digest, shown};
use super::checkpoint::{Line, Move};
use super::{Kind, Table, Value, Write};

/// Connections of those who write: one statement at a time for each of five read models.
const WRITERS: u32 = 5;

/// How long a statement of those who write may take: a batch takes milliseconds, and some seconds
/// while a rebuild keeps the disk busy. Then the database is not there any more, and the batch is
/// tried again on another connection.
const ANSWER: Duration = Duration::from_secs(30);

/// For every connection. No scan of a whole table where there is an index, whatever the planner
/// believes of the table's size; and as this makes the few scans that must be look dear, no
/// compiling of them.
const FOR_ALL: &str = "SET enable_seqscan = off; SET jit = off";

/// For those who write. The rows can be written again, so no commit waits for the disk: it would
/// make the journal's commits wait, too.
const FOR_WRITERS: &str = "SET synchronous_commit = off; SET plan_cache_mode = force_generic_plan";

/// Compresses large values at a tenth of the cost, in a PostgreSQL that was built with it.
const QUICK_COMPRESSION: &str = "SET default_toast_compression = 'lz4'";

/// How many parameters a commit has before those of the rows.
const OF_THE_CHECKPOINT: usize = 5;

pub(super) fn settled(options: AnyPoolOptions) -> AnyPoolOptions {
    wary(options).after_connect(|connection, _| {
        Box::pin(async move { connection.execute(FOR_ALL).await.map(drop) })
    })
}

pub(super) async fn writers(url: &str) -> Result<PgPool, sqlx::Error> {
    let options = wary(PgPoolOptions::new()).max_connections(WRITERS);
    let settled = options.after_connect(|connection, _| {
        Box::pin(async move {
            connection.execute(FOR_ALL).await?;
            connection.execute(FOR_WRITERS).await?;
            // Refused by one that was not; then the usual way will do.
            let _ = connection.execute(QUICK_COMPRESSION).await;
            Ok(())
        })
    });
    settled.connect(url).await
}

/// From how many new rows on they are copied: for fewer, the round trips would cost more.
const MANY: usize = 256;

/// Moves a checkpoint and writes rows, all or nothing. Returns whether the checkpoint was where
/// it was thought to be; if not, nothing was written.
pub(super) async fn commit(
    writers: &PgPool,
    line: Line,
    step: Move,
    writes: &[Write],
) -> Result<bool, sqlx::Error> {
    if writes.iter().map(|write| write.new.len()).sum::<usize>() >= MANY {
        let copied = in_time(ANSWER, commit_with_copies(writers, line, step, writes)).await;
        // If a row is there against all expectation, it is replaced like any other.
        if !copied.as_ref().is_err_and(is_taken) {
            return copied;
        }
        tracing::debug!(name = line.name, "rows that should be new are there already");
    }
    let all: Vec<_> = writes.iter().map(|write| (write.table, write.all().collect())).collect();
    in_time(ANSWER, commit_at_once(writers, line, step, &all)).await
}

/// The rows of a table, to be put over those of the same keys.
type Over<'a> = (&'a Table, Vec<&'a Vec<Value>>);

fn is_taken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation())
}

/// First the checkpoint with the rows that may be there, then those that are new.
async fn commit_with_copies(
    writers: &PgPool,
    line: Line,
    step: Move,
    writes: &[Write],
) -> Result<bool, sqlx::Error> {
    let over: Vec<_> = writes.iter().map(|it| (it.table, it.rows.iter().collect())).collect();
    let mut tx = writers.begin().await?;
    if !commit_at_once(&mut *tx, line, step, &over).await? {
        return Ok(false);
    }
    for write in writes.iter().filter(|write| !write.new.is_empty()) {
        copy(write.table, &write.new, step.build, &mut tx).await?;
    }
    tx.commit().await?;
    Ok(true)
}

async fn commit_at_once(
    executor: impl PgExecutor<'_>,
    line: Line,
    step: Move,
    writes: &[Over<'_>],
) -> Result<bool, sqlx::Error> {
    let tables: Vec<&Table> = writes.iter().map(|(table, _)| *table).collect();
    let statement = commit_statement(&tables);
    let mut query = sqlx::query(&statement)
        .bind(signed(step.to))
        .bind(line.name)
        .bind(i64::from(line.version))
        .bind(step.build)
        .bind(signed(step.from));
    for (table, rows) in writes {
        query = bind_columns(query, table, rows);
    }
    let moved: i64 = query.fetch_one(executor).await?.try_get(0)?;
    Ok(moved == 1)
}

/// The rows of a build with these keys.
pub(super) async fn select(
    writers: &PgPool,
    table: &Table,
    build: i64,
    keys: &[String],
) -> Result<Vec<(String, String)>, sqlx::Error> {
    let statement = select_statement(table);
    in_time(ANSWER, sqlx::query_as(&statement).bind(build).bind(keys).fetch_all(writers)).await
}

/// For each key a look-up by itself: `OFFSET 0` keeps the planner from making one scan of them.
fn select_statement(table: &Table) -> String {
    format!(
        "SELECT wanted.key, found.data FROM unnest($2::text[]) AS wanted (key) CROSS JOIN LATERAL \
         (SELECT data FROM {} WHERE build = $1 AND key = wanted.key OFFSET 0) AS found",
        table.name,
    )
}

/// One statement, so one round trip and one transaction. Where the checkpoint does not move,
/// there is nothing to join the rows with.
fn commit_statement(tables: &[&Table]) -> String {
    let mut statement = "WITH moved AS (UPDATE read_checkpoints SET position = $1 WHERE name = $2 \
         AND version = $3 AND build = $4 AND position = $5 RETURNING build)"
        .to_owned();
    let mut placeholder = OF_THE_CHECKPOINT;
    for (i, table) in tables.iter().enumerate() {
        let columns: Vec<String> = kinds(table)
            .map(|kind| {
                placeholder += 1;
                format!("${placeholder}::{}[]", kind.sql())
            })
            .collect();
        statement.push_str(&format!(
            ", into_{i} AS (INSERT INTO {} (build, {}) SELECT moved.build, new.* FROM moved, \
             unnest({}) AS new {})",
            table.name,
            table.fields().join(", "),
            columns.join(", "),
            table.on_conflict(),
        ));
    }
    statement + " SELECT count(*) FROM moved"
}

/// Key, data, and the columns.
fn kinds(table: &Table) -> impl Iterator<Item = Kind> {
    [Kind::Text, Kind::Text].into_iter().chain(table.columns.iter().map(|column| column.kind))
}

/// Binds an array for each column.
fn bind_columns<'q>(
    mut query: Query<'q, Postgres, PgArguments>,
    table: &Table,
    rows: &[&'q Vec<Value>],
) -> Query<'q, Postgres, PgArguments> {
    for (i, kind) in kinds(table).enumerate() {
        let column = rows.iter().filter_map(|row| row.get(i));
        query = match kind {
            Kind::Int => query.bind(column.filter_map(Value::as_int).collect::<Vec<i64>>()),
            Kind::Text => query.bind(column.filter_map(Value::as_text).collect::<Vec<&str>>()),
        };
    }
    query
}

fn signed(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use aisle_infra::testing::postgres::TestDatabase;

    use super::super::table::Side;
    use super::super::{Build, Column, Store};
    use super::*;

    static TABLE: Table = Table {
        name: "read_x_v1",
        columns: &[Column { name: "at", kind: Kind::Int }],
        indexes: &[],
    };
    static TABLES: [&Table; 1] = [&TABLE];
    const LINE: Line = Line { name: "x", version: 1 };

    #[test]
    fn rows_are_written_only_where_the_checkpoint_moves() {
        assert_eq!(
            commit_statement(&[&TABLE]),
            "WITH moved AS (UPDATE read_checkpoints SET position = $1 WHERE name = $2 \
             AND version = $3 AND build = $4 AND position = $5 RETURNING build), \
             into_0 AS (INSERT INTO read_x_v1 (build, key, data, at) \
             SELECT moved.build, new.* FROM moved, \
             unnest($6::TEXT[], $7::TEXT[], $8::BIGINT[]) AS new \
             ON CONFLICT (build, key) DO UPDATE SET data = excluded.data, at = excluded.at) \
             SELECT count(*) FROM moved"
        );
    }

    fn rows(count: i64) -> Write {
        let row = |i: i64| {
            let (key, data) = (format!("{:08}", i * 7_919 % 100_003), format!("{{\"row\": {i}}}"));
            vec![Value::Text(key), Value::Text(data), Value::Int(i)]
        };
        Write::over(&TABLE, (0..count).map(row).collect())
    }

    /// How a statement is run on a connection that planned it when the table was empty.
    async fn plan(connection: &mut sqlx::PgConnection) -> String {
        let explain = "EXPLAIN EXECUTE look_up (1, array['00000001', '00000002', '00000003'])";
        let lines = sqlx::query(explain).fetch_all(connection).await.unwrap();
        let lines: Vec<String> = lines.iter().map(|line| line.get(0)).collect();
        lines.join("\n")
    }

    #[tokio::test]
    async fn keys_are_looked_up_in_the_index_whatever_was_there_when_it_was_planned() {
        let database = TestDatabase::create().await;
        let store = Store::open(&database.url()).await.unwrap();
        let mut build = Build::open(&store, LINE, &TABLES).await.unwrap();
        let pool = writers(&database.url()).await.unwrap();
        let mut connection = pool.acquire().await.unwrap();
        let prepare = format!("PREPARE look_up (bigint, text[]) AS {}", select_statement(&TABLE));
        connection.execute(&*prepare).await.unwrap();
        let when_empty = plan(&mut connection).await;
        build.commit(12_000, &[rows(12_000)]).await.unwrap();
        for plan in [when_empty, plan(&mut connection).await] {
            let by_index = "Index Cond: ((build = $1) AND (key = wanted.key))";
            assert!(plan.contains(by_index) && !plan.contains("Filter"), "{plan}");
        }
        let some: Vec<String> = ["00007919", "none", "00015838"].map(String::from).to_vec();
        let mut found = build.select(&TABLE, &some).await.unwrap();
        found.sort();
        let expected = [("00007919", "{\"row\": 1}"), ("00015838", "{\"row\": 2}")];
        assert_eq!(found, expected.map(|(key, data)| (key.to_owned(), data.to_owned())));
        drop(connection);
        pool.close().await;
        store.pool().close().await;
        database.close().await;
    }

    #[tokio::test]
    async fn clearing_away_looks_at_no_row_that_stays() {
        let database = TestDatabase::create().await;
        let store = Store::open(&database.url()).await.unwrap();
        let mut build = Build::open(&store, LINE, &TABLES).await.unwrap();
        build.commit(12_000, &[rows(12_000)]).await.unwrap();
        for side in [Side::Before, Side::After] {
            let explain =
                format!("EXPLAIN {}", TABLE.clear(side).replace("$1", "1").replace("$2", "9"));
            let lines = sqlx::query(&explain).fetch_all(store.pool()).await.unwrap();
            let plan: String = lines.iter().map(|line| line.get::<String, _>(0) + "\n").collect();
            let by_index = plan.contains("Index Cond: (") && !plan.contains("Filter");
            assert!(by_index, "{plan}");
        }
        store.pool().close().await;
        database.close().await;
    }

    /// The same, believed to be new.
    fn new(count: i64) -> Write {
        let Write { table, rows, new: _ } = rows(count);
        Write { table, rows: Vec::new(), new: rows }
    }

    async fn count(pool: &PgPool) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM read_x_v1").fetch_one(pool).await.unwrap()
    }

    #[tokio::test]
    async fn many_new_rows_are_written_as_few_are_and_replace_what_is_there_all_the_same() {
        let database = TestDatabase::create().await;
        let store = Store::open(&database.url()).await.unwrap();
        let mut copied = Build::open(&store, LINE, &TABLES).await.unwrap();
        let pool = writers(&database.url()).await.unwrap();
        let mut at_once = Build::beside(&store, LINE, &TABLES).await.unwrap();
        let (some, many) = (MANY as i64, 2 * MANY as i64);
        copied.commit(5, &[new(some)]).await.unwrap();
        // Half of them are there, against what is said of them.
        copied.commit(9, &[new(many)]).await.unwrap();
        at_once.commit(9, &[rows(many)]).await.unwrap();
        assert_eq!(copied.digest().await.unwrap(), at_once.digest().await.unwrap());
        assert_eq!(count(&pool).await, 2 * many);
        // Some new, some not, in one commit.
        let mut both = rows(some + 1);
        both.new = rows(many + MANY as i64).rows.split_off(many as usize);
        copied.commit(12, &[both]).await.unwrap();
        assert_eq!(count(&pool).await, 2 * many + MANY as i64);
        pool.close().await;
        store.pool().close().await;
        database.close().await;
    }

    #[tokio::test]
    async fn a_commit_from_elsewhere_than_the_checkpoint_writes_nothing() {
        let database = TestDatabase::create().await;
        let store = Store::open(&database.url()).await.unwrap();
        let build = Build::open(&store, LINE, &TABLES).await.unwrap();
        let pool = writers(&database.url()).await.unwrap();
        let step = |from, to| Move { build: build.number(), from, to };
        assert!(commit(&pool, LINE, step(0, 5), &[rows(3)]).await.unwrap());
        assert!(!commit(&pool, LINE, step(0, 6), &[rows(9)]).await.unwrap());
        assert!(!commit(&pool, LINE, step(0, 6), &[new(2 * MANY as i64)]).await.unwrap());
        assert!(commit(&pool, LINE, step(5, 7), &[Write::none(&TABLE)]).await.unwrap());
        assert_eq!(count(&pool).await, 3);
        pool.close().await;
        store.pool().close().await;
        database.close().await;
    }
}
