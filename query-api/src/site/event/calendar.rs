//! An event as a calendar file (RFC 5545).

use aisle_projections::views::EventPage;
use icalendar::{Calendar, Component as _, Event, EventLike as _, EventStatus, Property};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::site::card::place;
use crate::site::text;
use aisle_domain::event::Phase;

/// For how long an event is put into calendars: nobody says how long it lasts.
const LASTS: jiff::SignedDuration = jiff::SignedDuration::from_hours(2);

/// The calendar file of an event at an address.
pub(super) fn file(page: &EventPage, url: &str) -> String {
    let details = &page.details;
    let status = match page.phase {
        Phase::Cancelled => EventStatus::Cancelled,
        _ => EventStatus::Confirmed,
    };
    let mut event = Event::new();
    event
        .uid(&format!("{}@aisle", page.id))
        .summary(&details.title)
        .location(&place(&details.venue.name, details.venue.city.as_deref()))
        .description(&format!("{}\n{url}", details.category))
        .url(url)
        .status(status)
        .add_property("DTSTAMP", utc(page.updated_at));
    if details.time_to_be_confirmed {
        let zone = TimeZone::get(&details.time_zone).unwrap_or(TimeZone::UTC);
        let day = details.starts_at.to_zoned_datetime(zone).date();
        let mut begin = Property::new("DTSTART", day.strftime("%Y%m%d").to_string());
        event.append_property(begin.add_parameter("VALUE", "DATE").done());
    } else {
        let end = details.starts_at.saturating_add(LASTS).unwrap_or(Timestamp::MAX);
        event.add_property("DTSTART", utc(details.starts_at)).add_property("DTEND", utc(end));
    }
    Calendar::new().name(&text::say("site-name")).push(event.done()).done().to_string()
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}
