//! An independent checker of a journal: whether what was recorded can be true of a box office.
//!
//! It reads the rows as JSON and shares no code with the aggregates, so that it does not share
//! their mistakes. It needs the whole journal, in order of position, from position 1. It finds
//! units of work by their shape: facts of a booking, followed by those of its seats and places.

mod bookings;
mod log;
mod places;
mod unit;

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use self::bookings::Bookings;
use self::log::{Body, Log};
use self::places::Places;
use self::unit::Unit;
use crate::stream::{AggregateType, Position, Sequence, StreamId};

/// A domain event as the journal has it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its place in the journal.
    pub position: Position,
    /// Of which stream it is.
    pub stream: StreamId,
    /// Its place in the stream.
    pub sequence: Sequence,
    /// Its kind, such as `held`.
    pub fact: String,
    /// The payload as stored, under the name of its kind.
    pub payload: Value,
    /// When it was decided, by the clock that deadlines are held against. Without it, the checker
    /// cannot tell whether a hold was ended too early.
    pub recorded_at: Option<Timestamp>,
}

/// What a journal comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "the violations are in it"]
pub struct Report {
    /// What cannot be true, each with its position; empty for a sound journal.
    pub violations: Vec<String>,
    /// How many rows were read.
    pub rows: u64,
    /// Seats held at the end, lapsed holds included.
    pub seats_held: u64,
    /// Seats sold at the end.
    pub seats_booked: u64,
    /// Places of areas held at the end, lapsed holds included.
    pub places_held: u64,
    /// Places of areas sold at the end.
    pub places_booked: u64,
    /// Bookings ever made.
    pub bookings: u64,
    /// Bookings held or being paid at the end, lapsed ones included.
    pub bookings_open: u64,
    /// Bookings that are paid at the end.
    pub bookings_confirmed: u64,
    /// Payments ever started.
    pub payments: u64,
    /// Payments whose money was answered, by a confirmation or a refund, by id. Each that a test
    /// captured must be in it.
    pub answered: Vec<String>,
    /// Refunds ever requested.
    pub refunds_requested: u64,
    /// Refunds that were carried out.
    pub refunds_settled: u64,
}

impl Report {
    /// Asserts that nothing is wrong.
    ///
    /// # Panics
    /// With all violations, if there are any.
    #[track_caller]
    pub fn assert_sound(&self) {
        assert!(self.violations.is_empty(), "{:#?}", self.violations);
    }
}

/// Checks a whole journal.
pub fn check(rows: impl IntoIterator<Item = Row>) -> Report {
    let mut checker = Checker::default();
    for row in rows {
        checker.take(&row);
    }
    checker.report()
}

/// A journal being checked, row by row.
#[derive(Debug, Clone, Default)]
pub struct Checker {
    log: Log,
    rows: u64,
    sequences: HashMap<StreamId, Sequence>,
    places: Places,
    bookings: Bookings,
    unit: Option<Unit>,
}

impl Checker {
    /// Takes the next row in.
    pub fn take(&mut self, row: &Row) {
        self.check_order(row);
        let Some(body) = Body::of(row) else {
            return self.log.says(format!("the payload is not that of `{}`", row.fact));
        };
        match row.stream.aggregate {
            AggregateType::Event => self.take_event(row, &body),
            AggregateType::Booking => self.take_booking(row, &body),
            AggregateType::Seat | AggregateType::Area => self.take_place(row, &body),
        }
    }

    /// What has been found, as if the journal ended here.
    pub fn report(&self) -> Report {
        let mut end = self.clone();
        end.close_unit();
        let mut report = Report { rows: end.rows, ..Report::default() };
        end.places.count(&mut report);
        end.bookings.count(&mut report);
        report.violations = end.log.into_violations();
        report
    }

    fn check_order(&mut self, row: &Row) {
        self.rows += 1;
        self.log.at(row.position);
        self.log.ensure(row.position == self.rows, || format!("position {} is due", self.rows));
        let last = self.sequences.entry(row.stream.clone()).or_default();
        *last += 1;
        let due = *last;
        self.log.ensure(row.sequence == due, || {
            format!("{} goes on with sequence {}, not {due}", row.stream, row.sequence)
        });
    }

    fn take_event(&mut self, row: &Row, body: &Body<'_>) {
        self.close_unit();
        self.places.take_event(&row.stream.id, body, &mut self.log);
    }

    fn take_booking(&mut self, row: &Row, body: &Body<'_>) {
        let booking = &row.stream.id;
        let goes_on = self.unit.as_ref().is_some_and(|unit| unit.goes_on(booking, &row.fact));
        if !goes_on {
            self.close_unit();
        }
        let unit = self.unit.get_or_insert_with(|| Unit::of(booking));
        unit.has(&row.fact);
        self.bookings.take(booking, body, &self.places, &mut self.log);
    }

    fn take_place(&mut self, row: &Row, body: &Body<'_>) {
        match &mut self.unit {
            None => self.log.says(format!("{} moves on its own", row.stream)),
            Some(unit) => unit.moves(row, body, &self.bookings, &mut self.log),
        }
        self.places.take(&row.stream, body, &mut self.log);
    }

    fn close_unit(&mut self) {
        if let Some(unit) = self.unit.take() {
            unit.close(&self.bookings, &self.places, &mut self.log);
        }
    }
}
