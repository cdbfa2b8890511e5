//! `docs/asyncapi.yaml` tells of every fact of the domain and of nothing else, and what is sent is as
//! it says.
//!
//! The facts are known by their golden files: the domain's own tests do not compile if one is
//! missing.

use std::collections::BTreeSet;
use std::process::Command;

use aisle_domain::stream::{AggregateType, StreamId};
use aisle_infra::journal::{Meaning, RecordedFact};
use aisle_infra::relay::{Cell, cloud_event};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::example::root;
use crate::world::{TRACE, event};

/// A golden example: its aggregate, the name of its fact, its payload.
struct Golden {
    aggregate: AggregateType,
    fact: String,
    payload: String,
}

fn golden() -> Vec<Golden> {
    let folder = root().join("domain/testdata/golden/v1");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let mut parts = name.split('.');
        let aggregate = parts.next().unwrap().parse().unwrap();
        let payload = std::fs::read_to_string(path).unwrap().trim_end().to_owned();
        Golden { aggregate, fact: parts.next().unwrap().to_owned(), payload }
    };
    files.iter().map(read).collect()
}

impl Golden {
    fn row(&self) -> RecordedFact {
        let stream = match self.aggregate {
            AggregateType::Event => StreamId::event(event()),
            AggregateType::Seat => StreamId::seat(event(), "Block \"Ä\": 1"),
            AggregateType::Area => StreamId::area(event(), "Floor"),
            AggregateType::Booking => StreamId::booking(event().0.into()),
        };
        let metadata = json!({
            "command_id": event(), "correlation_id": "r", "causation_id": "expiry:1",
            "actor": "ann", "traceparent": TRACE,
        });
        RecordedFact {
            position: 5_000_000_000,
            event_id: Some(event()),
            stream,
            sequence: 2,
            fact: self.fact.clone(),
            version: aisle_domain::fact::VERSION.to_owned(),
            payload: self.payload.clone(),
            metadata: metadata.to_string(),
            recorded_at: "2026-11-23T10:00:00.123456Z".parse().unwrap(),
            meaning: Meaning::default(),
        }
    }

    fn event(&self) -> Value {
        let event = cloud_event::encode(&Cell::default(), &self.row()).unwrap();
        serde_json::from_slice(&event.json).unwrap()
    }

    /// What its message is called among the components, such as `bookingPaymentStarted`.
    fn component(&self) -> String {
        let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
        let fact: String = self.fact.split('_').map(capital).collect();
        format!("{}{fact}", self.aggregate)
    }
}

/// An event of every kind, as a relay sends it.
pub(crate) fn every_kind_of_event() -> Vec<Value> {
    golden().iter().map(Golden::event).collect()
}

fn document() -> Value {
    let text = std::fs::read_to_string(root().join("docs/asyncapi.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

fn names(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn every_fact_is_in_the_document_and_no_other() {
    let document = document();
    let known: BTreeSet<_> = golden().iter().map(Golden::component).collect();
    assert_eq!(names(&document["components"]["messages"]), known);
    let aggregates: BTreeSet<_> =
        AggregateType::ALL.iter().map(|aggregate| aggregate.as_str().to_owned()).collect();
    assert_eq!(names(&document["channels"]), aggregates);
    for aggregate in AggregateType::ALL {
        let of_it = golden().into_iter().filter(|golden| golden.aggregate == aggregate);
        let facts: BTreeSet<_> = of_it.map(|golden| golden.fact).collect();
        let channel = &document["channels"][aggregate.as_str()];
        assert_eq!(names(&channel["messages"]), facts, "the messages of {aggregate}");
        let subjects = channel["parameters"]["fact"]["enum"].as_array().unwrap();
        let subjects = subjects.iter().map(|fact| fact.as_str().unwrap().to_owned());
        assert_eq!(subjects.collect::<BTreeSet<_>>(), facts, "the subjects of {aggregate}");
    }
}

#[test]
fn what_is_sent_is_as_the_document_says() {
    let document = document();
    let attributes = names(&document["components"]["schemas"]["CloudEvent"]["properties"]);
    for golden in golden() {
        let event = golden.event();
        let of = golden.component();
        assert!(names(&event).is_subset(&attributes), "{of} has attributes that are not described");
        let errors: Vec<_> =
            schema(&document, &of).iter_errors(&event).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{of}: {errors:?}");
        let channel = &document["channels"][golden.aggregate.as_str()];
        let subject = channel["address"].as_str().unwrap().replace("{cell}", "main");
        let subject =
            subject.replace("{eventId}", &event_id(&event)).replace("{fact}", &golden.fact);
        assert_eq!(Cell::default().subject(&golden.row()), subject);
        let message = &document["components"]["messages"][&of];
        assert_eq!(message["name"], event["type"]);
        let listed = &channel["messages"][&golden.fact]["$ref"];
        assert_eq!(*listed, json!(format!("#/components/messages/{of}")));
    }
}

#[test]
fn what_the_document_does_not_say_is_noticed() {
    let document = document();
    for golden in golden() {
        let schema = schema(&document, &golden.component());
        let mut more = golden.event();
        more["data"][&golden.fact]["colour"] = json!("red");
        assert!(!schema.is_valid(&more), "{}: another field", golden.component());
        let mut other = golden.event();
        other["data"] = json!({ "melted": {} });
        assert!(!schema.is_valid(&other), "{}: another fact", golden.component());
        let mut less = golden.event();
        less.as_object_mut().unwrap().remove("position");
        assert!(!schema.is_valid(&less), "{}: no position", golden.component());
    }
}

#[test]
fn the_parser_of_the_asyncapi_initiative_finds_no_fault() {
    let mut node = Command::new("node");
    node.arg(root().join("tests/asyncapi/check.mjs")).arg(root().join("docs/asyncapi.yaml"));
    let checked = node.output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert_eq!(text(&checked.stdout).trim(), "25 messages");
}

fn event_id(event: &Value) -> String {
    event["eventid"].as_str().unwrap().to_owned()
}

/// The schema of a message, with nothing allowed that it does not describe: readers must put up
/// with new fields, the document must not lack them.
fn schema(document: &Value, component: &str) -> Validator {
    let mut components = document["components"].clone();
    for (name, schema) in components["schemas"].as_object_mut().unwrap() {
        if !["CloudEvent", "Headers"].contains(&name.as_str()) {
            close(schema);
        }
    }
    close(&mut components["messages"][component]["payload"]["allOf"][1]["properties"]["data"]);
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "allOf": [{ "$ref": format!("#/components/messages/{component}/payload") }],
        "components": components,
    });
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

fn close(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(close);
        object.insert("additionalProperties".into(), false.into());
    }
    if let Some(items) = object.get_mut("items") {
        close(items);
    }
}
