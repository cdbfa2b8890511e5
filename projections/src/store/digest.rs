//! The digest of a build: SHA-256 over its rows in the order of their keys.
//!
//! Build numbers and checkpoints are not part of it, so that two builds can be compared.

use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use sqlx::{Any, Row, Transaction};

use super::{Kind, Table};
use crate::projection::Digest;

/// Digests the rows of a build within a transaction, table by table.
pub(super) async fn digest(
    tables: &[&'static Table],
    build: i64,
    tx: &mut Transaction<'_, Any>,
) -> Result<Digest, sqlx::Error> {
    let mut hash = Sha256::new();
    for table in tables {
        text(&mut hash, table.name);
        let statement = format!(
            "SELECT {} FROM {} WHERE build = $1 ORDER BY key",
            table.fields().join(", "),
            table.name,
        );
        // Row by row as they come: the database goes on while they are hashed.
        let mut rows = sqlx::query(&statement).bind(build).fetch(&mut **tx);
        while let Some(row) = rows.try_next().await? {
            add_row(&mut hash, table, &row)?;
        }
    }
    Ok(Digest(hash.finalize().into()))
}

fn add_row(hash: &mut Sha256, table: &Table, row: &sqlx::any::AnyRow) -> Result<(), sqlx::Error> {
    text(hash, row.try_get(0)?);
    text(hash, row.try_get(1)?);
    for (i, column) in table.columns.iter().enumerate() {
        match column.kind {
            Kind::Int => hash.update(row.try_get::<i64, _>(i + 2)?.to_be_bytes()),
            Kind::Text => text(hash, row.try_get(i + 2)?),
        }
    }
    Ok(())
}

/// With its length first, so that no two rows read alike.
fn text(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text);
}
