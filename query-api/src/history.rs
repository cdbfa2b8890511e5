//! The journal as lines of JSON, in order, read page by page as fast as the client takes them.
//!
//! However long the journal is, one page of it is in memory. Who may read it is decided elsewhere.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use aisle_domain::fact::Fact;
use aisle_domain::id::EventId;
use aisle_domain::stream::{AggregateType, Position, Sequence};
use aisle_infra::journal::{JournalError, JournalStore, RecordedFact};
use bytes::Bytes;
use futures::{Stream, TryStreamExt as _};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::params::Expected;

/// How many facts are read at once: some 250 kB of lines.
const PAGE: usize = 500;

/// Which facts are wanted.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The first position.
    pub(crate) from: Position,
    /// The last position.
    pub(crate) until: Position,
    /// Of this event only.
    pub(crate) event: Option<EventId>,
    /// Of this kind only.
    pub(crate) kind: Option<FactKind>,
    /// How many lines at most.
    pub(crate) limit: u64,
}

/// A kind of facts: `seat.held`, or `seat.*` for all of seats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FactKind {
    aggregate: AggregateType,
    /// Any if absent.
    fact: Option<&'static str>,
}

impl FromStr for FactKind {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        let (aggregate, fact) = text.split_once('.').ok_or_else(unknown_aggregate)?;
        let aggregate = aggregate.parse().map_err(|_| unknown_aggregate())?;
        if fact == "*" {
            return Ok(Self { aggregate, fact: None });
        }
        let mut known = Fact::names_of(aggregate).iter().copied();
        let fact = known.find(|name| *name == fact).ok_or_else(|| unknown_fact(aggregate))?;
        Ok(Self { aggregate, fact: Some(fact) })
    }
}

fn unknown_aggregate() -> Expected {
    let known = AggregateType::ALL.map(|kind| format!("`{kind}`")).join(", ");
    Expected::new(format!("one of {known} and a fact of it, such as `seat.held` or `booking.*`"))
}

fn unknown_fact(aggregate: AggregateType) -> Expected {
    let known = Fact::names_of(aggregate).join("`, `");
    Expected::new(format!("`{aggregate}.` and one of `{known}`, or `*` for all of them"))
}

impl FactKind {
    fn matches(&self, row: &RecordedFact) -> bool {
        let named = self.fact.is_none_or(|fact| fact == row.fact);
        self.aggregate == row.stream.aggregate && named
    }
}

/// The wanted lines, in pieces of whole lines. A fault ends the stream: the client sees that it
/// was cut off, and can go on from the last position that it got.
pub(crate) fn lines(
    journal: Arc<dyn JournalStore>,
    wanted: Wanted,
) -> impl Stream<Item = Result<Bytes, JournalError>> {
    let reader = Reader { journal, after: wanted.from.saturating_sub(1), wanted };
    let pieces = futures::stream::try_unfold(reader, async |mut reader| {
        let piece = reader.next_piece().await?;
        Ok((!piece.is_empty()).then(|| (piece.into(), reader)))
    });
    pieces.inspect_err(|error: &JournalError| tracing::error!(%error, "a history was cut off"))
}

struct Reader {
    journal: Arc<dyn JournalStore>,
    after: Position,
    wanted: Wanted,
}

impl Reader {
    /// The lines of the next page that has any; none at the end.
    async fn next_piece(&mut self) -> Result<Vec<u8>, JournalError> {
        let mut piece = Vec::new();
        while piece.is_empty() && self.after < self.wanted.until && self.wanted.limit > 0 {
            let rows = self.read().await?;
            self.after = rows.last().map_or(self.wanted.until, |row| row.position);
            self.write(&rows, &mut piece)?;
        }
        Ok(piece)
    }

    async fn read(&self) -> Result<Vec<RecordedFact>, JournalError> {
        match self.wanted.event {
            Some(event) => self.journal.read_event(event, self.after, PAGE).await,
            None => self.journal.read(self.after, PAGE).await,
        }
    }

    fn write(&mut self, rows: &[RecordedFact], piece: &mut Vec<u8>) -> Result<(), JournalError> {
        let Wanted { until, kind, limit, .. } = &mut self.wanted;
        let wanted = |row: &&RecordedFact| {
            row.position <= *until && kind.as_ref().is_none_or(|kind| kind.matches(row))
        };
        for row in rows.iter().filter(wanted) {
            if *limit == 0 {
                break;
            }
            *limit -= 1;
            write_line(row, piece).map_err(|error| JournalError::Corrupt {
                place: format!("position {}", row.position),
                what: error.to_string(),
            })?;
        }
        Ok(())
    }
}

/// A line.
#[derive(Serialize)]
struct Line<'a> {
    position: Position,
    recorded_at: Timestamp,
    event_id: Option<EventId>,
    stream: LineStream<'a>,
    sequence: Sequence,
    #[serde(rename = "type")]
    kind: String,
    version: &'a str,
    data: &'a RawValue,
    metadata: &'a RawValue,
}

/// The stream of a line.
#[derive(Serialize)]
struct LineStream<'a> {
    #[serde(rename = "type")]
    kind: AggregateType,
    id: &'a str,
}

fn write_line(row: &RecordedFact, into: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let line = Line {
        position: row.position,
        recorded_at: row.recorded_at,
        event_id: row.event_id,
        stream: LineStream { kind: row.stream.aggregate, id: &row.stream.id },
        sequence: row.sequence,
        kind: format!("{}.{}", row.stream.aggregate, row.fact),
        version: &row.version,
        data: inner(&row.payload)?,
        metadata: serde_json::from_str(&row.metadata)?,
    };
    serde_json::to_writer(&mut *into, &line)?;
    into.push(b'\n');
    Ok(())
}

/// What stands in `{"held": …}`: the name is in the line's type already. A payload of another
/// shape is left as it is.
fn inner(payload: &str) -> Result<&RawValue, serde_json::Error> {
    if let Ok(tagged) = serde_json::from_str::<HashMap<&str, &RawValue>>(payload)
        && tagged.len() == 1
        && let Some(inner) = tagged.into_values().next()
    {
        return Ok(inner);
    }
    serde_json::from_str(payload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_an_aggregate_and_a_fact_or_all_of_them() {
        let seat = |fact| FactKind { aggregate: AggregateType::Seat, fact };
        assert_eq!("seat.held".parse(), Ok(seat(Some("held"))));
        assert_eq!("seat.*".parse(), Ok(seat(None)));
        for wrong in [
            "",
            "seat",
            "seat.",
            "*.*",
            "chair.held",
            "seat.Held",
            "seat.he*",
            "seat.a.b",
            "seat.cancelled",
        ] {
            assert!(wrong.parse::<FactKind>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_name_of_a_fact_is_taken_off_its_payload() {
        let data = |payload| inner(payload).unwrap().get().to_owned();
        assert_eq!(data(r#"{"held":{"a":[1]}}"#), r#"{"a":[1]}"#);
        assert_eq!(data(r#"{"published":{}}"#), "{}");
        assert_eq!(data(r#""done""#), r#""done""#);
        assert_eq!(data(r#"{"a":1,"b":2}"#), r#"{"a":1,"b":2}"#);
        assert!(inner("no JSON").is_err());
    }
}
