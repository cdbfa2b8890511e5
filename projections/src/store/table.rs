//! The tables of read models: rows of a build, each a key, its data as JSON, and the columns that
//! it is searched by.

use aisle_domain::stream::Position;
use sqlx::Any;
use sqlx::any::AnyArguments;
use sqlx::query::Query;

/// A table of a read model. Beside its columns it has `build`, `key` (unique in a build) and
/// `data`. Its name ends in the version of its shape: a new version is another table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Copies of parts of the data, to search by.
    pub(crate) columns: &'static [Column],
    /// The columns of each index; `build` precedes them.
    pub(crate) indexes: &'static [&'static [&'static str]],
}

/// A column of a table.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// What a column holds; never NULL.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Int,
    Text,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Int(i64),
    Text(String),
}

/// Rows to be written to a table: key, data and the columns in order.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) table: &'static Table,
    /// To be put over those of the same keys.
    pub(crate) rows: Vec<Vec<Value>>,
    /// Of which the table has none of the keys, as far as is known.
    pub(crate) new: Vec<Vec<Value>>,
}

impl Write {
    pub(crate) fn none(table: &'static Table) -> Self {
        Self { table, rows: Vec::new(), new: Vec::new() }
    }

    /// Rows of which it is not known whether the table has them.
    pub(crate) fn over(table: &'static Table, rows: Vec<Vec<Value>>) -> Self {
        Self { rows, ..Self::none(table) }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Vec<Value>> {
        self.rows.iter().chain(&self.new)
    }
}

/// Where other builds are, by their numbers, beside `$1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    /// Up to `$2`.
    After,
}

/// The most rows of one statement. Statements have a power of two of rows, so that a connection
/// prepares only a few per table.
const ROWS_AT_ONCE: usize = 64;

impl Table {
    /// The statements that create it if it is missing.
    pub(super) fn create(&self) -> Vec<String> {
        let columns: String = self
            .columns
            .iter()
            .map(|column| format!("{} {} NOT NULL, ", column.name, column.kind.sql()))
            .collect();
        let mut statements = vec![format!(
            "CREATE TABLE IF NOT EXISTS {} (build BIGINT NOT NULL, key TEXT NOT NULL, \
             data TEXT NOT NULL, {columns}PRIMARY KEY (build, key))",
            self.name,
        )];
        statements.extend(self.indexes.iter().map(|index| {
            let (name, columns) = (index.join("_"), index.join(", "));
            format!(
                "CREATE INDEX IF NOT EXISTS {table}_by_{name} ON {table} (build, {columns})",
                table = self.name,
            )
        }));
        statements
    }

    /// `key`, `data` and the columns.
    pub(super) fn fields(&self) -> Vec<&'static str> {
        let columns = self.columns.iter().map(|column| column.name);
        ["key", "data"].into_iter().chain(columns).collect()
    }

    /// Writes so many rows by placeholders, over those of the same keys.
    pub(super) fn upsert(&self, rows: usize) -> String {
        let fields = self.fields();
        let values = values(rows, fields.len());
        format!(
            "INSERT INTO {} (build, {}) VALUES {values} {}",
            self.name,
            fields.join(", "),
            self.on_conflict(),
        )
    }

    /// Drops the rows of the builds on one side. Those that are not there are never looked at:
    /// a range of the index has none of them.
    pub(super) fn clear(&self, side: Side) -> String {
        let range = match side {
            Side::Before => "build < $1",
            Side::After => "build > $1 AND build <= $2",
        };
        format!("DELETE FROM {} WHERE {range}", self.name)
    }

    /// What makes an insert replace the row of the same key.
    pub(super) fn on_conflict(&self) -> String {
        let fields = self.fields();
        let updates: Vec<String> =
            fields[1..].iter().map(|field| format!("{field} = excluded.{field}")).collect();
        format!("ON CONFLICT (build, key) DO UPDATE SET {}", updates.join(", "))
    }
}

impl Kind {
    pub(super) fn sql(self) -> &'static str {
        match self {
            Self::Int => "BIGINT",
            Self::Text => "TEXT",
        }
    }
}

impl Value {
    /// A position, or another count that stays far below 2^63.
    pub(crate) fn position(position: Position) -> Self {
        Self::Int(i64::try_from(position).unwrap_or(i64::MAX))
    }

    pub(super) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            Self::Text(_) => None,
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Int(_) => None,
            Self::Text(text) => Some(text),
        }
    }

    pub(crate) fn bind_to<'q>(
        &self,
        query: Query<'q, Any, AnyArguments<'q>>,
    ) -> Query<'q, Any, AnyArguments<'q>> {
        match self {
            Self::Int(int) => query.bind(*int),
            Self::Text(text) => query.bind(text.clone()),
        }
    }
}

/// How many of `left` rows the next statement takes.
pub(super) fn chunk(left: usize) -> usize {
    if left >= ROWS_AT_ONCE { ROWS_AT_ONCE } else { 1 << left.ilog2() }
}

/// `($1, $2, …), (…), …` for rows of a build and so many fields more.
fn values(rows: usize, fields: usize) -> String {
    let mut placeholder = 0;
    let mut row = || {
        let of_row: Vec<String> = (0..=fields)
            .map(|_| {
                placeholder += 1;
                format!("${placeholder}")
            })
            .collect();
        format!("({})", of_row.join(", "))
    };
    (0..rows).map(|_| row()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_written_in_few_sizes_of_statement() {
        let mut left = 200;
        let mut sizes = Vec::new();
        while left > 0 {
            sizes.push(chunk(left));
            left -= chunk(left);
        }
        assert_eq!(sizes, [64, 64, 64, 8]);
    }

    #[test]
    fn an_upsert_replaces_all_but_the_key() {
        const COLUMNS: &[Column] = &[Column { name: "at", kind: Kind::Int }];
        let table = Table { name: "read_x_v1", columns: COLUMNS, indexes: &[&["at"]] };
        assert_eq!(
            table.upsert(2),
            "INSERT INTO read_x_v1 (build, key, data, at) VALUES ($1, $2, $3, $4), \
             ($5, $6, $7, $8) ON CONFLICT (build, key) DO UPDATE SET data = excluded.data, \
             at = excluded.at"
        );
    }
}
