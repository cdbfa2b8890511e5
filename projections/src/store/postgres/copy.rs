//! Many new rows on PostgreSQL: by `COPY`, in its binary form, which costs both sides half as much
//! as a statement with arrays.
//!
//! It cannot replace a row: one whose key the table has is refused, and all the others with it.

use sqlx::PgConnection;

use super::super::{Table, Value};

/// How much is sent at a time.
const CHUNK: usize = 256 * 1024;

/// What the binary form begins with: its name, no flags, nothing more.
const BEGINNING: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// And what it ends with, where the number of a row's fields would be.
const END: i16 = -1;

/// Adds rows to a build.
pub(super) async fn copy(
    table: &Table,
    rows: &[Vec<Value>],
    build: i64,
    connection: &mut PgConnection,
) -> Result<(), sqlx::Error> {
    let fields = table.fields().join(", ");
    let statement = format!("COPY {} (build, {fields}) FROM STDIN (FORMAT binary)", table.name);
    let mut sink = connection.copy_in_raw(&statement).await?;
    let mut chunk = Vec::with_capacity(CHUNK + CHUNK / 4);
    chunk.extend_from_slice(BEGINNING);
    for row in rows {
        add_row(&mut chunk, build, row);
        if chunk.len() >= CHUNK {
            sink.send(&*chunk).await?;
            chunk.clear();
        }
    }
    chunk.extend_from_slice(&END.to_be_bytes());
    sink.send(&*chunk).await?;
    sink.finish().await.map(drop)
}

/// The number of the fields, then each of them after its length.
fn add_row(chunk: &mut Vec<u8>, build: i64, row: &[Value]) {
    let count = i16::try_from(row.len() + 1).unwrap_or(i16::MAX);
    chunk.extend_from_slice(&count.to_be_bytes());
    add_field(chunk, &build.to_be_bytes());
    for value in row {
        match value {
            Value::Int(int) => add_field(chunk, &int.to_be_bytes()),
            Value::Text(text) => add_field(chunk, text.as_bytes()),
        }
    }
}

/// What is longer than the form allows (2 GB) is longer than memory allows for a row.
fn add_field(chunk: &mut Vec<u8>, bytes: &[u8]) {
    let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
    chunk.extend_from_slice(&length.to_be_bytes());
    chunk.extend_from_slice(bytes);
}
