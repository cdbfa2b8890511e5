//! A run of decoded facts, shared by all its readers.

use std::fmt;
use std::sync::Arc;

use aisle_domain::fact::DecodeError;
use aisle_domain::stream::{AggregateType, Position};

use crate::journal::{Entry, RecordedFact};

/// Facts that follow each other without a gap. One that cannot be read ends its batch, so that
/// each reader decides for itself whether it can do without.
#[derive(Debug, Clone)]
pub struct Batch {
    entries: Arc<[Entry]>,
    unreadable: Option<Arc<Unreadable>>,
}

/// A row of the journal that this Aisle cannot make sense of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Which row.
    pub position: Position,
    /// The kind of its stream: a reader of other kinds may pass it over.
    pub aggregate: AggregateType,
    /// What is wrong with it, with the causes.
    pub reason: String,
}

impl Batch {
    /// Decodes rows as the journal gives them. More than one batch only if some cannot be read.
    #[must_use]
    pub fn decode(rows: impl IntoIterator<Item = impl Into<Arc<RecordedFact>>>) -> Vec<Self> {
        let mut batches = Vec::new();
        let rows = rows.into_iter();
        let mut entries = Vec::with_capacity(rows.size_hint().0);
        for row in rows.map(Into::<Arc<RecordedFact>>::into) {
            let (position, aggregate) = (row.position, row.stream.aggregate);
            match Entry::decode(row) {
                Ok(entry) => entries.push(entry),
                Err(error) => {
                    let reason = with_causes(&error);
                    let unreadable = Arc::new(Unreadable { position, aggregate, reason });
                    let entries = std::mem::take(&mut entries).into();
                    batches.push(Self { entries, unreadable: Some(unreadable) });
                }
            }
        }
        if !entries.is_empty() {
            batches.push(Self { entries: entries.into(), unreadable: None });
        }
        batches
    }

    /// The facts that could be read.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The row right after them that could not, if that is why the batch ends.
    #[must_use]
    pub fn unreadable(&self) -> Option<&Unreadable> {
        self.unreadable.as_deref()
    }

    /// The position of its first row; none of an empty batch, which is never sent.
    #[must_use]
    pub fn first(&self) -> Option<Position> {
        let unreadable = self.unreadable.as_ref().map(|row| row.position);
        self.entries.first().map(Entry::position).or(unreadable)
    }

    /// The position of its last row, readable or not.
    #[must_use]
    pub fn last(&self) -> Option<Position> {
        let unreadable = self.unreadable.as_ref().map(|row| row.position);
        unreadable.or_else(|| self.entries.last().map(Entry::position))
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} fact at position {}: {}", self.aggregate, self.position, self.reason)
    }
}

fn with_causes(error: &DecodeError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use aisle_domain::id::EventId;
    use aisle_domain::stream::StreamId;

    use super::*;
    use crate::journal::Meaning;

    fn row(position: Position, payload: &str) -> RecordedFact {
        let event = EventId("018f0000-0000-7000-8000-000000000001".parse().unwrap());
        RecordedFact {
            position,
            event_id: Some(event),
            stream: StreamId::event(event),
            sequence: position,
            fact: "published".into(),
            version: "1".into(),
            payload: payload.into(),
            metadata: "{}".into(),
            recorded_at: "2026-11-23T10:00:00Z".parse().unwrap(),
            meaning: Meaning::default(),
        }
    }

    const GOOD: &str = r#"{"published":{}}"#;

    #[test]
    fn a_row_that_cannot_be_read_ends_its_batch_and_no_other() {
        let rows = [(5, GOOD), (6, r#"{"melted":{}}"#), (7, "no JSON"), (8, GOOD), (9, GOOD)];
        let batches = Batch::decode(rows.map(|(at, payload)| row(at, payload)).to_vec());
        let bounds: Vec<_> = batches.iter().map(|b| (b.first(), b.last())).collect();
        assert_eq!(bounds, [(Some(5), Some(6)), (Some(7), Some(7)), (Some(8), Some(9))]);
        let readable: Vec<_> = batches.iter().map(|b| b.entries().len()).collect();
        assert_eq!(readable, [1, 0, 2]);
        let reason = batches[0].unreadable().unwrap().to_string();
        assert!(
            reason.contains("event fact at position 6") && reason.contains("melted"),
            "{reason}"
        );
        assert!(batches[2].unreadable().is_none());
    }

    #[test]
    fn nothing_makes_no_batch() {
        assert!(Batch::decode(Vec::<RecordedFact>::new()).is_empty());
    }
}
