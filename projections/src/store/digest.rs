//! The digest of a build: SHA-256 over its rows in the order of their keys.
//!
//! Build numbers and checkpoints are not part of it, so that two builds can be compared. The rows
//! are read by whoever knows the engine.

use futures::{Stream, TryStreamExt as _, pin_mut};
use sha2::{Digest as _, Sha256};
use sqlx::Row as _;
use sqlx::any::AnyRow;
use sqlx::postgres::PgRow;

use super::{Kind, Table};
use crate::projection::Digest;

/// A digest in the making.
#[derive(Default)]
pub(super) struct Digesting(Sha256);

/// A row as an engine gives it, read by its places.
pub(super) trait Fields: Send {
    fn text(&self, place: usize) -> Result<&str, sqlx::Error>;
    fn int(&self, place: usize) -> Result<i64, sqlx::Error>;
}

impl Fields for AnyRow {
    fn text(&self, place: usize) -> Result<&str, sqlx::Error> {
        self.try_get(place)
    }

    fn int(&self, place: usize) -> Result<i64, sqlx::Error> {
        self.try_get(place)
    }
}

/// The types are the table's, so they need not be compared for every row.
impl Fields for PgRow {
    fn text(&self, place: usize) -> Result<&str, sqlx::Error> {
        self.try_get_unchecked(place)
    }

    fn int(&self, place: usize) -> Result<i64, sqlx::Error> {
        self.try_get_unchecked(place)
    }
}

/// Reads the rows of build `$1` in order.
pub(super) fn statement(table: &Table) -> String {
    let fields = table.fields().join(", ");
    format!("SELECT {fields} FROM {} WHERE build = $1 ORDER BY key", table.name)
}

impl Digesting {
    /// Takes in a table, row by row as they come: the database goes on while they are hashed.
    pub(super) async fn table<R: Fields>(
        &mut self,
        table: &Table,
        rows: impl Stream<Item = Result<R, sqlx::Error>> + Send,
    ) -> Result<(), sqlx::Error> {
        self.text(table.name);
        pin_mut!(rows);
        while let Some(row) = rows.try_next().await? {
            self.row(table, &row)?;
        }
        Ok(())
    }

    pub(super) fn end(self) -> Digest {
        Digest(self.0.finalize().into())
    }

    fn row(&mut self, table: &Table, row: &impl Fields) -> Result<(), sqlx::Error> {
        self.text(row.text(0)?);
        self.text(row.text(1)?);
        for (i, column) in table.columns.iter().enumerate() {
            match column.kind {
                Kind::Int => self.0.update(row.int(i + 2)?.to_be_bytes()),
                Kind::Text => self.text(row.text(i + 2)?),
            }
        }
        Ok(())
    }

    /// With its length first, so that no two rows read alike.
    fn text(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text);
    }
}
