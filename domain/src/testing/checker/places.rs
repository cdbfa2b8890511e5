//! Who has which seat and how many places of which area, by the facts.

use std::collections::{BTreeMap, HashMap};

use super::Report;
use super::log::{Body, Log, number, text};
use crate::stream::StreamId;

/// What a booking has of a seat (one) or of an area (so many).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) count: i64,
    /// The deadline of a hold; none once sold.
    pub(super) until: Option<String>,
}

/// All seats and areas of all events.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    shares: HashMap<StreamId, BTreeMap<String, Share>>,
    /// How much each stream can give away; a seat that is not in it, one.
    capacities: HashMap<StreamId, i64>,
    /// The last fact of each event that changed its phase.
    phases: HashMap<String, String>,
}

impl Places {
    pub(super) fn take_event(&mut self, event: &str, body: &Body<'_>, log: &mut Log) {
        let before = self.phases.get(event).cloned();
        log.ensure(before.as_deref() != Some("cancelled"), || {
            format!("event {event} goes on after it was called off")
        });
        log.ensure(before.is_none() == (body.fact == "created"), || {
            format!("event {event} does not begin with its creation, or begins twice")
        });
        if body.fact == "created" {
            for area in body.value("areas").as_array().into_iter().flatten() {
                let stream = area_of(event, &text(area, "name"));
                self.capacities.insert(stream, number(area, "capacity"));
            }
        }
        if body.fact != "repriced" {
            self.phases.insert(event.to_owned(), body.fact.to_owned());
        }
    }

    pub(super) fn is_on_sale(&self, event: &str) -> bool {
        self.phases.get(event).is_some_and(|phase| phase == "sales_opened")
    }

    pub(super) fn is_called_off(&self, event: &str) -> bool {
        self.phases.get(event).is_some_and(|phase| phase == "cancelled")
    }

    pub(super) fn share(&self, stream: &StreamId, booking: &str) -> Option<&Share> {
        self.shares.get(stream)?.get(booking)
    }

    /// Takes a fact of a seat or an area in.
    pub(super) fn take(&mut self, stream: &StreamId, body: &Body<'_>, log: &mut Log) {
        let booking = body.text("booking_id");
        let count = self.count_of(stream, body);
        let shares = self.shares.entry(stream.clone()).or_default();
        let mine = shares.get(&booking).cloned();
        let held = mine.as_ref().is_some_and(|share| share.until.is_some());
        match body.fact {
            "held" => log.ensure(mine.is_none(), || format!("{stream} is held twice")),
            "extended" => log.ensure(held, || format!("{stream}: extended, but not held")),
            "booked" => log.ensure(mine.is_none() || held, || format!("{stream} is sold twice")),
            "released" => check_release(stream, mine.as_ref(), count, body, log),
            other => log.says(format!("{stream}: `{other}` is not known")),
        }
        match (body.fact, mine) {
            ("released", _) => drop(shares.remove(&booking)),
            ("extended", Some(share)) => {
                shares.insert(booking, Share { until: Some(body.text("until")), ..share });
            }
            ("booked", _) => drop(shares.insert(booking, Share { count, until: None })),
            _ => drop(shares.insert(booking, Share { count, until: Some(body.text("until")) })),
        }
        self.check_capacity(stream, log);
    }

    pub(super) fn count(&self, report: &mut Report) {
        for (stream, shares) in &self.shares {
            let seat = stream.aggregate == crate::stream::AggregateType::Seat;
            for share in shares.values() {
                let total = match (seat, share.until.is_some()) {
                    (true, true) => &mut report.seats_held,
                    (true, false) => &mut report.seats_booked,
                    (false, true) => &mut report.places_held,
                    (false, false) => &mut report.places_booked,
                };
                *total += share.count.unsigned_abs();
            }
        }
    }

    fn count_of(&self, stream: &StreamId, body: &Body<'_>) -> i64 {
        match stream.aggregate {
            crate::stream::AggregateType::Seat => 1,
            _ => body.number("count"),
        }
    }

    fn check_capacity(&self, stream: &StreamId, log: &mut Log) {
        let is_seat = stream.aggregate == crate::stream::AggregateType::Seat;
        let capacity = self.capacities.get(stream).copied().unwrap_or(i64::from(is_seat));
        let shares = self.shares.get(stream).into_iter().flat_map(BTreeMap::values);
        let taken: i64 = shares.map(|share| share.count).sum();
        log.ensure(taken <= capacity, || format!("{stream} is oversold: {taken} of {capacity}"));
    }
}

pub(super) fn area_of(event: &str, name: &str) -> StreamId {
    StreamId { aggregate: crate::stream::AggregateType::Area, id: format!("{event}:{name}") }
}

pub(super) fn seat_of(event: &str, label: &str) -> StreamId {
    StreamId { aggregate: crate::stream::AggregateType::Seat, id: format!("{event}:{label}") }
}

fn check_release(
    stream: &StreamId,
    mine: Option<&Share>,
    count: i64,
    body: &Body<'_>,
    log: &mut Log,
) {
    let Some(share) = mine else {
        return log.says(format!("{stream} is released by a booking that does not have it"));
    };
    log.ensure(share.count == count, || format!("{stream}: not all of a share is released"));
    if body.text("reason") == "expired" {
        let lapsed = share.until.as_ref().is_some_and(|until| body.is_after_lapse(until));
        log.ensure(lapsed, || format!("{stream}: a hold that still binds is expired"));
    }
}
