//! What a letter about a booking says, by the catalogue `text/en.ftl`.
//!
//! English is the only language yet. What organisers and buyers wrote is never looked up.

use std::sync::LazyLock;

use aisle_domain::booking::{Order, PlacesLine, SeatLine};
use aisle_domain::event::EventDetails;
use aisle_domain::id::BookingId;
use aisle_domain::money::Money;
use aisle_infra::text::dates::Local;
use aisle_infra::text::money::money;
use aisle_infra::text::{Catalogue, reference};

static TEXTS: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::english(include_str!("../../text/en.ftl")));

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
        let lines = order.seats.iter().map(seat).chain(order.places.iter().map(places));
        let venue = [Some(&details.venue.name), details.venue.city.as_ref()];
        Self {
            title: details.title.clone(),
            when: when(details),
            place: venue.into_iter().flatten().cloned().collect::<Vec<_>>().join(", "),
            lines: lines.collect(),
            total: money(Money::new(order.total, order.currency)),
        }
    }

    pub(super) fn subject(&self) -> String {
        TEXTS.say_with("letter-subject", &[("title", self.title.as_str().into())])
    }

    pub(super) fn text(&self, booking: BookingId, name: Option<&str>, link: &str) -> String {
        let hello = match name {
            Some(name) => TEXTS.say_with("letter-hello", &[("name", name.into())]),
            None => TEXTS.say("letter-hello-nobody"),
        };
        let values = [
            ("hello", hello.into()),
            ("title", self.title.as_str().into()),
            ("when", self.when.as_str().into()),
            ("place", self.place.as_str().into()),
            ("lines", self.lines.join("\n").into()),
            ("total", self.total.as_str().into()),
            ("reference", reference(booking).into()),
            ("link", link.into()),
        ];
        let mut text = TEXTS.say_with("letter", &values);
        text.push('\n');
        text
    }
}

fn seat(line: &SeatLine) -> String {
    let values = [("seat", line.seat.as_str().into()), ("category", line.category.as_str().into())];
    TEXTS.say_with("letter-seat", &values)
}

fn places(line: &PlacesLine) -> String {
    let values = [
        ("count", line.count.into()),
        ("area", line.area.as_str().into()),
        ("category", line.category.as_str().into()),
    ];
    TEXTS.say_with("letter-places", &values)
}

/// The date where the event takes place, and the time if it is sure.
fn when(details: &EventDetails) -> String {
    let local = Local::new(details.starts_at, &details.time_zone);
    let day = ("day", local.day().into());
    if details.time_to_be_confirmed {
        return TEXTS.say_with("letter-when-open", &[day]);
    }
    let values = [day, ("time", local.time().into()), ("place", local.place().into())];
    TEXTS.say_with("letter-when", &values)
}

#[cfg(test)]
mod tests {
    use aisle_domain::money::Currency;
    use aisle_domain::testing::{booking_id, details, event_id, subject};
    use aisle_infra::text::names;

    use super::*;

    const SOURCE: &str = include_str!("../../text/en.ftl");

    fn occasion() -> Occasion {
        let line = SeatLine { seat: "1-2".into(), category: "Stalls".into(), price: 6_000 };
        let order = Order {
            event_id: event_id(1),
            buyer: subject("ada"),
            seats: vec![line.clone(), SeatLine { seat: "1-3".into(), ..line }],
            places: Vec::new(),
            currency: Currency::EUR,
            price_version: 1,
            fee: 300,
            total: 12_300,
        };
        Occasion::new(&order, &details())
    }

    #[test]
    fn a_letter_says_what_was_booked_and_where_to_find_it() {
        let text = occasion().text(booking_id(1), Some("Ada { $total }"), "https://a.example/b");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Hello Ada { $total },");
        assert_eq!(
            lines[4..7],
            [
                "Rockets v. Comets",
                "Thursday, 24 December 2026, 19:30 (Berlin time)",
                "Riethsporthalle, Erfurt"
            ]
        );
        assert_eq!(lines[8..10], ["Seat 1-2 (Stalls)", "Seat 1-3 (Stalls)"]);
        assert_eq!(lines[11], "Total, fees included: €123.00");
        assert_eq!(lines[12], format!("Booking reference: {}", reference(booking_id(1))));
        assert_eq!(lines[15], "https://a.example/b");
        assert!(text.ends_with("to yourself.\n") && !text.contains("{$"), "{text}");
        assert_eq!(occasion().subject(), "Your booking: Rockets v. Comets");
    }

    #[test]
    fn the_date_is_that_of_the_venue() {
        let tokyo = EventDetails {
            time_zone: "Asia/Tokyo".into(),
            time_to_be_confirmed: true,
            ..details()
        };
        assert_eq!(when(&tokyo), "Friday, 25 December 2026, time to be confirmed");
    }

    #[test]
    fn every_text_is_said_and_whatever_is_said_is_there() {
        let code = include_str!("letter_text.rs").split("mod tests").next().unwrap();
        for name in names(SOURCE) {
            assert!(code.contains(&format!("\"{name}\"")), "never said: {name}");
        }
        let said = code.split("\"letter").skip(1).map(|rest| rest.split('"').next().unwrap());
        for name in said.map(|rest| format!("letter{rest}")) {
            assert!(TEXTS.find(&name).is_some(), "{name} is not in the catalogue");
        }
    }
}
