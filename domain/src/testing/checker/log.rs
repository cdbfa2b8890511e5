//! What the checker finds, and how it reads a payload.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::Row;
use crate::stream::Position;

/// How long after its deadline a hold still binds, in seconds. Written down here once more: the
/// checker must not learn it from the policy that it checks.
const GRACE_SECONDS: i64 = 5;

/// The violations found so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Log {
    position: Position,
    violations: Vec<String>,
}

impl Log {
    /// What follows is found at this position.
    pub(super) fn at(&mut self, position: Position) {
        self.position = position;
    }

    pub(super) fn ensure(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.says(otherwise());
        }
    }

    pub(super) fn says(&mut self, what: String) {
        self.violations.push(format!("position {}: {what}", self.position));
    }

    pub(super) fn into_violations(self) -> Vec<String> {
        self.violations
    }
}

/// The fields of a fact.
pub(super) struct Body<'a> {
    pub(super) fact: &'a str,
    fields: &'a Value,
    recorded_at: Option<Timestamp>,
}

impl<'a> Body<'a> {
    /// None if the payload is of another fact than the row says.
    pub(super) fn of(row: &'a Row) -> Option<Self> {
        let fields = row.payload.get(&row.fact)?;
        Some(Self { fact: &row.fact, fields, recorded_at: row.recorded_at })
    }

    pub(super) fn text(&self, field: &str) -> String {
        text(self.fields, field)
    }

    pub(super) fn number(&self, field: &str) -> i64 {
        number(self.fields, field)
    }

    pub(super) fn value(&self, field: &str) -> &'a Value {
        &self.fields[field]
    }

    /// Whether it was decided once a hold with this deadline no longer bound, as far as is known.
    pub(super) fn is_after_lapse(&self, until: &str) -> bool {
        let Some(now) = self.recorded_at else { return true };
        let Ok(until) = until.parse::<Timestamp>() else { return false };
        now.duration_since(until) >= SignedDuration::from_secs(GRACE_SECONDS)
    }
}

pub(super) fn text(fields: &Value, field: &str) -> String {
    fields[field].as_str().unwrap_or_default().to_owned()
}

pub(super) fn number(fields: &Value, field: &str) -> i64 {
    fields[field].as_i64().unwrap_or_default()
}
