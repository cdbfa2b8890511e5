//! The rows of a table that a batch touches, in memory between loading and commit.
//!
//! So a commit writes each row once, however often the batch changed it.

use std::collections::HashMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;

use super::table::chunk;
use super::{Build, Table, Value, Write};
use crate::projection::ProjectionError;

/// What a row of a table means.
pub(crate) trait Record:
    Serialize + DeserializeOwned + Clone + Send + Sync + 'static
{
    /// Where it is kept.
    const TABLE: &'static Table;

    /// The values of the table's columns, in order.
    fn columns(&self) -> Vec<Value>;
}

/// Some rows of a table.
#[derive(Debug, Clone)]
pub(crate) struct Sheet<R> {
    /// By key; none where the table has no such row.
    rows: HashMap<String, Slot<R>>,
}

#[derive(Debug, Clone)]
struct Slot<R> {
    row: Option<R>,
    changed: bool,
}

impl<R> Default for Sheet<R> {
    fn default() -> Self {
        Self { rows: HashMap::new() }
    }
}

impl<R: Record> Sheet<R> {
    /// Fetches the rows of these keys, but for those that are here.
    pub(crate) async fn load(
        &mut self,
        build: &Build,
        keys: impl IntoIterator<Item = String>,
    ) -> Result<(), ProjectionError> {
        let mut missing = Vec::new();
        for key in keys {
            self.rows.entry(key).or_insert_with_key(|key| {
                missing.push(key.clone());
                Slot { row: None, changed: false }
            });
        }
        let mut rest = &missing[..];
        while !rest.is_empty() {
            let (keys, more) = rest.split_at(chunk(rest.len()));
            for (key, data) in select(build, R::TABLE, keys).await? {
                let row = serde_json::from_str(&data).map_err(ProjectionError::store)?;
                self.rows.insert(key, Slot { row: Some(row), changed: false });
            }
            rest = more;
        }
        Ok(())
    }

    /// A row that was loaded.
    pub(crate) fn row(&self, key: &str) -> Option<&R> {
        self.rows.get(key).and_then(|slot| slot.row.as_ref())
    }

    /// A row that was loaded, to be changed.
    pub(crate) fn change(&mut self, key: &str) -> Option<&mut R> {
        let slot = self.rows.get_mut(key)?;
        slot.changed = slot.row.is_some();
        slot.row.as_mut()
    }

    /// Puts a new row, or another in place of one.
    pub(crate) fn put(&mut self, key: String, row: R) {
        self.rows.insert(key, Slot { row: Some(row), changed: true });
    }

    /// What was changed, in the order of the keys: two processes that write the same rows then
    /// lock them in the same order.
    pub(crate) fn write(&self) -> Result<Write, ProjectionError> {
        let changed = self.rows.iter().filter(|(_, slot)| slot.changed);
        let mut changed: Vec<_> =
            changed.filter_map(|(key, slot)| Some((key, slot.row.as_ref()?))).collect();
        changed.sort_unstable_by_key(|(key, _)| *key);
        let rows =
            changed.into_iter().map(|(key, row)| fields(key, row)).collect::<Result<_, _>>()?;
        Ok(Write { table: R::TABLE, rows })
    }
}

/// The fields of a row: key, data, columns.
pub(crate) fn fields<R: Record>(key: &str, row: &R) -> Result<Vec<Value>, ProjectionError> {
    let data = serde_json::to_string(row).map_err(ProjectionError::store)?;
    let mut fields = vec![Value::Text(key.to_owned()), Value::Text(data)];
    fields.extend(row.columns());
    Ok(fields)
}

async fn select(
    build: &Build,
    table: &Table,
    keys: &[String],
) -> Result<Vec<(String, String)>, ProjectionError> {
    let placeholders: Vec<String> = (0..keys.len()).map(|i| format!("${}", i + 2)).collect();
    let statement = format!(
        "SELECT key, data FROM {} WHERE build = $1 AND key IN ({})",
        table.name,
        placeholders.join(", "),
    );
    let query = sqlx::query(&statement).bind(build.number());
    let query = keys.iter().fold(query, |query, key| query.bind(key.as_str()));
    let rows = query.fetch_all(build.store().pool()).await?;
    let pairs = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    pairs.collect::<Result<_, sqlx::Error>>().map_err(ProjectionError::from)
}
