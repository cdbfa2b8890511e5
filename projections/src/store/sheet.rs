//! Rows of a table in memory: those that changed since the last commit, which writes each once
//! however often it changed, and some that changed lately, which need not be fetched again.
//!
//! What stands here is as the runner's checkpoint says. Whoever finds that somebody else moved
//! the checkpoint must drop it.

use std::collections::HashMap;
use std::fmt::Display;
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Build, Table, Value, Write};
use crate::projection::ProjectionError;

/// How many rows without changes are kept, of a table whose rows are of some kilobytes: what is
/// on sale changes often, and a booking is paid within minutes.
const KEPT_ROWS: usize = 4_096;

/// What a row of a table means.
pub(crate) trait Record:
    Serialize + DeserializeOwned + Clone + Send + Sync + 'static
{
    /// Where it is kept.
    const TABLE: &'static Table;

    /// The values of the table's columns, in order.
    fn columns(&self) -> Vec<Value>;
}

/// Some rows of a table, by what the table's keys are the text of.
#[derive(Debug)]
pub(crate) struct Sheet<K, R> {
    /// None where the table has no such row.
    rows: HashMap<K, Slot<R>>,
    /// The keys of those that changed.
    changed: Vec<K>,
}

#[derive(Debug)]
struct Slot<R> {
    row: Option<R>,
    changed: bool,
    /// Whether the table has no row of this key yet.
    new: bool,
}

impl<R> Slot<R> {
    const NONE: Self = Self { row: None, changed: false, new: true };

    fn stored(row: R) -> Self {
        Self { row: Some(row), changed: false, new: false }
    }
}

impl<K, R> Default for Sheet<K, R> {
    fn default() -> Self {
        Self { rows: HashMap::new(), changed: Vec::new() }
    }
}

impl<K: Copy + Eq + Hash + Display, R: Record> Sheet<K, R> {
    /// Fetches the rows of these keys, but for those that are here.
    pub(crate) async fn load(
        &mut self,
        build: &Build,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<(), ProjectionError> {
        let mut missing = HashMap::new();
        for key in keys {
            if !self.rows.contains_key(&key) {
                missing.insert(key.to_string(), key);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = missing.keys().cloned().collect();
        let found = build.select(R::TABLE, &names).await?;
        let mut read = Vec::with_capacity(found.len());
        for (name, data) in found {
            let row = serde_json::from_str(&data).map_err(ProjectionError::store)?;
            read.extend(missing.get(&name).map(|key| (*key, Slot::stored(row))));
        }
        self.rows.extend(missing.into_values().map(|key| (key, Slot::NONE)));
        self.rows.extend(read);
        Ok(())
    }

    /// Takes note that the table has no row of this key and that one will be [put](Self::put)
    /// before it is asked for, so that it is not fetched.
    pub(crate) fn expect(&mut self, key: K) {
        self.rows.entry(key).or_insert(Slot::NONE);
    }

    /// A row that was loaded.
    pub(crate) fn row(&self, key: K) -> Option<&R> {
        self.rows.get(&key).and_then(|slot| slot.row.as_ref())
    }

    /// A row that was loaded, to be changed.
    pub(crate) fn change(&mut self, key: K) -> Option<&mut R> {
        let slot = self.rows.get_mut(&key)?;
        let row = slot.row.as_mut()?;
        if !std::mem::replace(&mut slot.changed, true) {
            self.changed.push(key);
        }
        Some(row)
    }

    /// Puts a new row, or another in place of one.
    pub(crate) fn put(&mut self, key: K, row: R) {
        let slot = self.rows.entry(key).or_insert(Slot { row: None, changed: false, new: false });
        slot.row = Some(row);
        if !std::mem::replace(&mut slot.changed, true) {
            self.changed.push(key);
        }
    }

    /// The keys of the rows that changed since the last commit.
    pub(crate) fn changed(&self) -> &[K] {
        &self.changed
    }

    /// What changed since the last commit, in the order of the keys: an index takes neighbours
    /// sooner than strangers.
    pub(crate) fn write(&self) -> Result<Write, ProjectionError> {
        let mut changed: Vec<_> = self
            .changed
            .iter()
            .filter_map(|key| Some((key.to_string(), self.rows.get(key)?)))
            .collect();
        changed.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut write = Write::none(R::TABLE);
        for (key, slot) in changed {
            let Some(row) = &slot.row else { continue };
            let rows = if slot.new { &mut write.new } else { &mut write.rows };
            rows.push(fields(&key, row)?);
        }
        Ok(write)
    }

    /// Takes note that what changed was committed.
    pub(crate) fn written(&mut self) {
        if self.rows.len() > KEPT_ROWS {
            self.rows.clear();
        }
        for key in self.changed.drain(..) {
            if let Some(slot) = self.rows.get_mut(&key) {
                (slot.changed, slot.new) = (false, false);
            }
        }
    }
}

/// The fields of a row: key, data, columns.
pub(crate) fn fields<R: Record>(key: &str, row: &R) -> Result<Vec<Value>, ProjectionError> {
    let data = serde_json::to_string(row).map_err(ProjectionError::store)?;
    let mut fields = vec![Value::Text(key.to_owned()), Value::Text(data)];
    fields.extend(row.columns());
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Clone, Serialize, Deserialize)]
    struct Note(u32);

    impl Record for Note {
        const TABLE: &'static Table = &Table { name: "read_notes_v1", columns: &[], indexes: &[] };

        fn columns(&self) -> Vec<Value> {
            Vec::new()
        }
    }

    fn keys(rows: &[Vec<Value>]) -> Vec<&str> {
        rows.iter().filter_map(|row| row[0].as_text()).collect()
    }

    #[test]
    fn a_row_is_new_until_it_is_written_if_the_table_is_known_to_have_none() {
        let mut sheet = Sheet::default();
        sheet.expect(1);
        sheet.put(1, Note(10));
        sheet.put(1, Note(11));
        sheet.put(2, Note(20));
        let write = sheet.write().unwrap();
        assert_eq!((keys(&write.new), keys(&write.rows)), (vec!["1"], vec!["2"]));
        sheet.written();
        assert!(sheet.changed().is_empty());
        sheet.change(1).unwrap().0 = 12;
        let write = sheet.write().unwrap();
        assert_eq!((keys(&write.new), keys(&write.rows)), (vec![], vec!["1"]));
    }
}
