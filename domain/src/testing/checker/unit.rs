//! One unit of work: that it belongs together and was applied wholly.

use super::Row;
use super::bookings::{Bookings, Known};
use super::log::{Body, Log};
use super::places::{Places, Share};

/// The facts of one command to a booking.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    booking: String,
    /// The facts of the booking in it: one, or a pair that one command leaves.
    facts: Vec<String>,
    /// Whether seats or places have moved in it.
    has_moved: bool,
}

impl Unit {
    pub(super) fn of(booking: &str) -> Self {
        Self { booking: booking.to_owned(), facts: Vec::new(), has_moved: false }
    }

    /// A fact of its booking belongs to it.
    pub(super) fn has(&mut self, fact: &str) {
        self.facts.push(fact.to_owned());
    }

    /// Whether a further fact of a booking is of this unit still.
    pub(super) fn goes_on(&self, booking: &str, fact: &str) -> bool {
        let first = self.facts.first().map_or("", String::as_str);
        let pair = matches!(
            (first, fact),
            ("payment_started", "confirmed") | ("cancelled", "refund_requested")
        );
        booking == self.booking && !self.has_moved && self.facts.len() == 1 && pair
    }

    /// A seat or area moves: of this booking's order, unless a lapsed hold gives way to it.
    pub(super) fn moves(&mut self, row: &Row, body: &Body<'_>, bookings: &Bookings, log: &mut Log) {
        self.has_moved = true;
        let ordered = bookings
            .find(&self.booking)
            .is_some_and(|known| known.order.iter().any(|(stream, _)| *stream == row.stream));
        log.ensure(ordered, || {
            format!("{} moves with booking {}, which did not order it", row.stream, self.booking)
        });
        let gives_way = body.fact == "released" && body.text("reason") == "expired";
        log.ensure(gives_way || body.text("booking_id") == self.booking, || {
            format!("{} moves for another booking than {}", row.stream, self.booking)
        });
    }

    /// The unit is over: its booking has all that it should have.
    pub(super) fn close(&self, bookings: &Bookings, places: &Places, log: &mut Log) {
        let Some(known) = bookings.find(&self.booking) else { return };
        match self.decisive() {
            "held" | "renewed" => self.has_all(known, Some(&known.until), places, log),
            "confirmed" => self.has_all(known, None, places, log),
            "released" | "expired" => self.has_none(known, places, log),
            "cancelled" => {
                self.has_none(known, places, log);
                log.ensure(bookings.is_paid_back(&self.booking), || {
                    format!("booking {} is cancelled, but not refunded", self.booking)
                });
            }
            other => log.ensure(!self.has_moved, || {
                format!("booking {}: seats move with `{other}`", self.booking)
            }),
        }
    }

    /// The fact that its seats and places follow, if any does.
    fn decisive(&self) -> &str {
        let facts = || self.facts.iter().map(String::as_str);
        let moving = |fact: &&str| *fact != "payment_started" && *fact != "refund_requested";
        facts().find(moving).or_else(|| facts().next()).unwrap_or("")
    }

    fn has_all(&self, known: &Known, until: Option<&String>, places: &Places, log: &mut Log) {
        for (stream, count) in &known.order {
            let due = Share { count: *count, until: until.cloned() };
            log.ensure(places.share(stream, &self.booking) == Some(&due), || {
                format!("booking {} is `{}` without {stream}", self.booking, self.decisive())
            });
        }
    }

    fn has_none(&self, known: &Known, places: &Places, log: &mut Log) {
        for (stream, _) in &known.order {
            log.ensure(places.share(stream, &self.booking).is_none(), || {
                format!("booking {} is `{}` and keeps {stream}", self.booking, self.decisive())
            });
        }
    }
}
