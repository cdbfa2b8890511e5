//! Every fact that was ever written can be read for ever, and is written the same today.
//!
//! The files in `testdata/golden` are never changed: a fact that changes gets a new version and
//! an upcaster, and its new files beside the old. Their names are `<aggregate>.<fact>.json`, with
//! a word between where one fact has several forms.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use aisle_domain::area::AreaFact;
use aisle_domain::booking::BookingFact;
use aisle_domain::event::EventFact;
use aisle_domain::fact::{DecodeError, Fact, VERSION};
use aisle_domain::seat::SeatFact;
use aisle_domain::stream::AggregateType;

macro_rules! golden {
    ($name:literal) => {
        include_str!(concat!("../../testdata/golden/v1/", $name, ".json"))
    };
}

/// The file of each kind of fact. A new kind does not compile until it has one.
fn golden_file(fact: &Fact) -> &'static str {
    match fact {
        Fact::Event(fact) => match fact {
            EventFact::Created(_) => golden!("event.created"),
            EventFact::Repriced { .. } => golden!("event.repriced"),
            EventFact::Published {} => golden!("event.published"),
            EventFact::SalesOpened {} => golden!("event.sales_opened"),
            EventFact::SalesPaused {} => golden!("event.sales_paused"),
            EventFact::SalesClosed {} => golden!("event.sales_closed"),
            EventFact::Cancelled { .. } => golden!("event.cancelled"),
        },
        Fact::Seat(fact) => match fact {
            SeatFact::Held { .. } => golden!("seat.held"),
            SeatFact::Extended { .. } => golden!("seat.extended"),
            SeatFact::Booked { .. } => golden!("seat.booked"),
            SeatFact::Released { .. } => golden!("seat.released"),
        },
        Fact::Area(fact) => match fact {
            AreaFact::Held { .. } => golden!("area.held"),
            AreaFact::Extended { .. } => golden!("area.extended"),
            AreaFact::Booked { .. } => golden!("area.booked"),
            AreaFact::Released { .. } => golden!("area.released"),
        },
        Fact::Booking(fact) => match fact {
            BookingFact::Held { .. } => golden!("booking.held"),
            BookingFact::Renewed { .. } => golden!("booking.renewed"),
            BookingFact::PaymentStarted { .. } => golden!("booking.payment_started"),
            BookingFact::PaymentDeclined { .. } => golden!("booking.payment_declined"),
            BookingFact::Confirmed { .. } => golden!("booking.confirmed"),
            BookingFact::Released {} => golden!("booking.released"),
            BookingFact::Expired {} => golden!("booking.expired"),
            BookingFact::Cancelled { .. } => golden!("booking.cancelled"),
            BookingFact::RefundRequested { .. } => golden!("booking.refund_requested"),
            BookingFact::Refunded { .. } => golden!("booking.refunded"),
        },
    }
}

/// A golden file: its aggregate, the name of its fact, whether it is an extra form, its text.
struct Golden {
    aggregate: AggregateType,
    fact: String,
    is_extra: bool,
    text: String,
}

fn golden_files() -> Vec<Golden> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/golden/v1");
    let files = fs::read_dir(folder).expect("the golden files are there");
    files.map(|file| read(&file.expect("a file").path())).collect()
}

fn read(path: &PathBuf) -> Golden {
    let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
    let parts: Vec<&str> = name.split('.').collect();
    let (aggregate, fact) = (parts[0].parse().expect("an aggregate"), parts[1].to_owned());
    let text = fs::read_to_string(path).expect("text");
    Golden { aggregate, fact, is_extra: parts.len() > 3, text }
}

#[test]
fn every_stored_fact_is_read_and_written_again_byte_for_byte() {
    let files = golden_files();
    assert_eq!(files.len(), 28, "a golden file is never taken away");
    for golden in files {
        let stored = golden.text.trim_end_matches('\n');
        let fact = Fact::decode(golden.aggregate, "1", stored).unwrap();
        assert_eq!(fact.encode().unwrap(), stored);
        assert_eq!(fact.name(), golden.fact);
        if !golden.is_extra {
            assert_eq!(golden_file(&fact), golden.text, "the file of its kind");
        }
    }
}

#[test]
fn the_names_of_an_aggregate_s_facts_are_those_of_its_golden_files() {
    for aggregate in AggregateType::ALL {
        let of_it = golden_files().into_iter().filter(|golden| golden.aggregate == aggregate);
        let stored: BTreeSet<String> = of_it.map(|golden| golden.fact).collect();
        let named = Fact::names_of(aggregate).iter().map(|name| (*name).to_owned());
        assert_eq!(named.collect::<BTreeSet<_>>(), stored, "{aggregate}");
    }
}

#[test]
fn a_fact_of_an_unknown_version_is_refused_by_name() {
    for version in ["2", "", "1.0"] {
        match Fact::decode(AggregateType::Seat, version, golden!("seat.held")) {
            Err(DecodeError::UnknownVersion { aggregate, version: claimed }) => {
                assert_eq!((aggregate, &*claimed), (AggregateType::Seat, version));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_is_no_fact_is_refused() {
    let garbage = [
        "",
        "null",
        "{}",
        "[]",
        "held",
        r#"{"held":{}}"#,
        r#"{"stolen":{"booking_id":"00000000-0000-0000-0000-000000000001"}}"#,
        r#"{"booked":{"booking_id":"not a uuid"}}"#,
        r#"{"booked":{"booking_id":"00000000-0000-0000-0000-000000000001","by":"magic"}}"#,
        r#"{"booked":{"booking_id":"00000000-0000-0000-0000-000000000001"}} {}"#,
        "{\"booked\":",
    ];
    for text in garbage {
        for aggregate in AggregateType::ALL {
            let decoded = Fact::decode(aggregate, VERSION, text);
            assert!(matches!(decoded, Err(DecodeError::Payload { .. })), "{aggregate}: {text}");
        }
    }
}
