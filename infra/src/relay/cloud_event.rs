//! The message that a recorded fact becomes: CloudEvents 1.0, JSON, structured mode.
//!
//! Nothing is lost on the way: what is read back is the row of the journal. What `data` means is
//! the domain's business.

use std::borrow::Cow;

use aisle_domain::id::{EventId, Subject};
use aisle_domain::stream::{AggregateType, Position, StreamId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Cell;
use crate::journal::{Meaning, Metadata, RecordedFact};

/// What the header `Content-Type` of every message says.
pub const CONTENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";

const SPEC_VERSION: &str = "1.0";
const DATA_CONTENT_TYPE: &str = "application/json";

/// The attributes and the data. Positions are strings: an integer of CloudEvents has 32 bits.
#[derive(Debug, Serialize, Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    specversion: Cow<'a, str>,
    id: Cow<'a, str>,
    source: Cow<'a, str>,
    #[serde(rename = "type")]
    kind: Cow<'a, str>,
    subject: Cow<'a, str>,
    time: Timestamp,
    datacontenttype: Cow<'a, str>,
    position: Cow<'a, str>,
    streamsequence: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    eventid: Option<EventId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commandid: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correlationid: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    causationid: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    actor: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    traceparent: Option<Cow<'a, str>>,
    /// The metadata as it is in the journal, where the attributes do not say it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: &'a RawValue,
}

/// The text is no message of a relay.
#[derive(Debug, thiserror::Error)]
pub enum NotOurs {
    /// It is no JSON, or lacks what every message has.
    #[error("not a CloudEvent as Aisle sends them")]
    Json(#[from] serde_json::Error),
    /// An attribute makes no sense.
    #[error("the attribute `{0}` makes no sense")]
    Attribute(&'static str),
}

/// A message, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudEvent {
    /// The text.
    pub json: Vec<u8>,
    /// The trace that it belongs to, which also goes into a header.
    pub traceparent: Option<String>,
}

/// Writes a row as a message.
///
/// # Errors
/// If its payload is no JSON, which no journal takes.
pub fn encode(cell: &Cell, row: &RecordedFact) -> Result<CloudEvent, serde_json::Error> {
    let (usual, verbatim) = metadata_of(row);
    let usual = usual.as_ref();
    let text = |text: &'_ str| Some(text.to_owned().into()).filter(|_| !text.is_empty());
    let envelope = Envelope {
        specversion: SPEC_VERSION.into(),
        id: cell.message_id(row.position).into(),
        source: format!("/aisle/{cell}").into(),
        kind: format!("aisle.{}.{}.v{}", row.stream.aggregate, row.fact, row.version).into(),
        subject: row.stream.to_string().into(),
        time: row.recorded_at,
        datacontenttype: DATA_CONTENT_TYPE.into(),
        position: row.position.to_string().into(),
        streamsequence: row.sequence.to_string().into(),
        eventid: row.event_id,
        commandid: usual.map(|metadata| metadata.command_id.to_string().into()),
        correlationid: usual.and_then(|metadata| text(&metadata.correlation_id)),
        causationid: usual.and_then(|metadata| text(metadata.causation_id.as_deref()?)),
        actor: usual.and_then(|metadata| text(metadata.actor.as_str())),
        traceparent: usual.and_then(|metadata| text(metadata.traceparent.as_deref()?)),
        metadata: verbatim.map(Cow::Borrowed),
        data: serde_json::from_str(&row.payload)?,
    };
    let json = serde_json::to_vec(&envelope)?;
    Ok(CloudEvent { json, traceparent: envelope.traceparent.map(Cow::into_owned) })
}

/// Reads a message back.
///
/// # Errors
/// If it is not one that [`encode`] wrote.
pub fn decode(json: &[u8]) -> Result<RecordedFact, NotOurs> {
    let envelope: Envelope<'_> = serde_json::from_slice(json)?;
    let (aggregate, fact, version) = kind(&envelope.kind).ok_or(NotOurs::Attribute("type"))?;
    let (of, id) = envelope.subject.split_once('/').ok_or(NotOurs::Attribute("subject"))?;
    if of != aggregate.as_str() {
        return Err(NotOurs::Attribute("subject"));
    }
    Ok(RecordedFact {
        position: number(&envelope.position).ok_or(NotOurs::Attribute("position"))?,
        event_id: envelope.eventid,
        stream: StreamId { aggregate, id: id.to_owned() },
        sequence: number(&envelope.streamsequence).ok_or(NotOurs::Attribute("streamsequence"))?,
        fact: fact.to_owned(),
        version: version.to_owned(),
        payload: envelope.data.get().to_owned(),
        metadata: envelope.metadata().ok_or(NotOurs::Attribute("metadata"))?,
        recorded_at: envelope.time,
        meaning: Meaning::default(),
    })
}

/// `aisle.<aggregate>.<fact>.v<version>`, taken apart.
fn kind(kind: &str) -> Option<(AggregateType, &str, &str)> {
    let (aggregate, rest) = kind.strip_prefix("aisle.")?.split_once('.')?;
    let (fact, version) = rest.rsplit_once(".v")?;
    Some((aggregate.parse().ok()?, fact, version))
}

fn number(text: &str) -> Option<Position> {
    text.parse().ok()
}

/// The metadata if it is of the usual shape; and as it is, unless attributes say all of it.
fn metadata_of(row: &RecordedFact) -> (Option<Metadata>, Option<&str>) {
    let usual: Option<Metadata> = serde_json::from_str(&row.metadata).ok();
    let says_all = usual.as_ref().is_some_and(|usual| {
        let empty = usual.correlation_id.is_empty()
            || usual.causation_id.as_deref() == Some("")
            || usual.traceparent.as_deref() == Some("");
        !empty && usual.to_json() == row.metadata
    });
    (usual, Some(row.metadata.as_str()).filter(|_| !says_all))
}

impl Envelope<'_> {
    /// As it is in the journal.
    fn metadata(&self) -> Option<String> {
        if let Some(verbatim) = &self.metadata {
            return Some(verbatim.as_ref().to_owned());
        }
        let metadata = Metadata {
            command_id: self.commandid.as_deref()?.parse().ok()?,
            correlation_id: self.correlationid.as_deref()?.to_owned(),
            causation_id: self.causationid.as_deref().map(str::to_owned),
            actor: Subject::try_new(self.actor.as_deref()?).ok()?,
            traceparent: self.traceparent.as_deref().map(str::to_owned),
        };
        Some(metadata.to_json())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const USUAL: &str = r#"{"command_id":"018f0000-0000-7000-8000-0000000000c1","correlation_id":"r-1","causation_id":"expiry:1","actor":"ann \"A\" O'Neill","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}"#;

    fn row(fact: &str, metadata: &str) -> RecordedFact {
        let event = EventId("018f0000-0000-7000-8000-000000000001".parse().unwrap());
        RecordedFact {
            position: 3_000_000_000,
            event_id: Some(event),
            stream: StreamId::seat(event, "Block \"A\": 1/2"),
            sequence: 2,
            fact: fact.to_owned(),
            version: "1".to_owned(),
            payload: r#"{"held":{"booking_id":"b",  "until":"2026-11-23T10:10:00Z"}}"#.to_owned(),
            metadata: metadata.to_owned(),
            recorded_at: "2026-11-23T10:00:00.123456Z".parse().unwrap(),
            meaning: Meaning::default(),
        }
    }

    fn sent(row: &RecordedFact) -> Value {
        let event = encode(&Cell::default(), row).unwrap();
        serde_json::from_slice(&event.json).unwrap()
    }

    #[test]
    fn a_fact_becomes_a_cloud_event() {
        let event = sent(&row("held", USUAL));
        let expected = json!({
            "specversion": "1.0",
            "id": "main.3000000000",
            "source": "/aisle/main",
            "type": "aisle.seat.held.v1",
            "subject": "seat/018f0000-0000-7000-8000-000000000001:Block \"A\": 1/2",
            "time": "2026-11-23T10:00:00.123456Z",
            "datacontenttype": "application/json",
            "position": "3000000000",
            "streamsequence": "2",
            "eventid": "018f0000-0000-7000-8000-000000000001",
            "commandid": "018f0000-0000-7000-8000-0000000000c1",
            "correlationid": "r-1",
            "causationid": "expiry:1",
            "actor": "ann \"A\" O'Neill",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "data": {"held": {"booking_id": "b", "until": "2026-11-23T10:10:00Z"}},
        });
        assert_eq!(event, expected);
    }

    #[test]
    fn what_is_read_back_is_what_the_journal_holds() {
        let odd = r#"{"command_id": "018f0000-0000-7000-8000-0000000000c1", "actor": "a", "correlation_id": "", "more": 1}"#;
        for metadata in [USUAL, odd, "{}", r#"{"actor":"somebody"}"#, "[1, 2]"] {
            for fact in ["held", "Held.very"] {
                let row = row(fact, metadata);
                let event = encode(&Cell::default(), &row).unwrap();
                assert_eq!(decode(&event.json).unwrap(), row);
            }
        }
        let without_event = RecordedFact { event_id: None, ..row("held", USUAL) };
        let event = encode(&Cell::default(), &without_event).unwrap();
        assert_eq!(decode(&event.json).unwrap(), without_event);
    }

    #[test]
    fn attributes_that_are_not_known_are_passed_over() {
        let mut event = sent(&row("held", USUAL));
        event["partitionkey"] = json!("7");
        assert!(decode(event.to_string().as_bytes()).is_ok());
    }

    #[test]
    fn what_is_not_ours_is_refused() {
        let good = sent(&row("held", USUAL));
        for (name, value) in [
            ("type", "com.example.seat"),
            ("subject", "booking/018f0000-0000-7000-8000-000000000001"),
            ("subject", "seat"),
            ("position", "-1"),
            ("streamsequence", "one"),
            ("commandid", "c"),
            ("time", "yesterday"),
        ] {
            let mut event = good.clone();
            event[name] = json!(value);
            decode(event.to_string().as_bytes()).expect_err(name);
        }
        decode(b"{}").unwrap_err();
    }
}
