//! What a letter about a booking says.
//!
//! In English, as everything that the write side says; it knows no other language yet.

use std::fmt::Write as _;

use aisle_domain::booking::Order;
use aisle_domain::event::EventDetails;
use aisle_domain::id::BookingId;
use aisle_domain::money::Money;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// What was booked.
pub(super) struct Occasion {
    title: String,
    when: String,
    place: String,
    lines: Vec<String>,
    total: String,
}

impl Occasion {
    pub(super) fn new(order: &Order, details: &EventDetails) -> Self {
        let seats =
            order.seats.iter().map(|line| format!("Seat {} ({})", line.seat, line.category));
        let places = order.places.iter();
        let places =
            places.map(|line| format!("{} × {} ({})", line.count, line.area, line.category));
        let venue = [Some(&details.venue.name), details.venue.city.as_ref()];
        Self {
            title: details.title.clone(),
            when: when(details.starts_at, &details.time_zone, details.time_to_be_confirmed),
            place: venue.into_iter().flatten().cloned().collect::<Vec<_>>().join(", "),
            lines: seats.chain(places).collect(),
            total: Money::new(order.total, order.currency).to_string(),
        }
    }

    pub(super) fn subject(&self) -> String {
        format!("Your booking: {}", self.title)
    }

    pub(super) fn text(&self, booking: BookingId, name: Option<&str>, link: &str) -> String {
        let Self { title, when, place, lines, total } = self;
        let mut text = match name {
            Some(name) => format!("Hello {name},\n\n"),
            None => "Hello,\n\n".to_owned(),
        };
        // Writing to a string does not fail.
        let _ = write!(text, "your booking is paid.\n\n{title}\n{when}\n{place}\n\n");
        for line in lines {
            let _ = writeln!(text, "  {line}");
        }
        let _ = write!(
            text,
            "\nTotal, fees included: {total}\nBooking reference: {booking}\n\n\
             Your booking, with what you need at the door:\n{link}\n\n\
             Whoever has this link can see and cancel the booking: keep this letter to yourself.\n"
        );
        text
    }
}

/// The date where the event takes place, and the time if it is sure.
fn when(starts_at: Timestamp, zone: &str, date_only: bool) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let format = if date_only { "%A, %-d %B %Y" } else { "%A, %-d %B %Y, %H:%M (%Z)" };
    starts_at.to_zoned_datetime(zone).strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_that_of_the_venue() {
        let at = "2026-12-24T18:30:00+01:00".parse().unwrap();
        assert_eq!(when(at, "Europe/Berlin", false), "Thursday, 24 December 2026, 18:30 (CET)");
        assert_eq!(when(at, "Asia/Tokyo", true), "Friday, 25 December 2026");
    }
}
