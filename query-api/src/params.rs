//! What parameters of queries are read as. Each says what it expects when it is something else.
//!
//! An empty parameter is one that was left out: that is how browsers send an empty field.

use std::fmt::Display;
use std::str::FromStr;

use aisle_domain::id::{BookingId, EventId};
use aisle_domain::stream::Position;
use axum::http::HeaderMap;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use utoipa::IntoParams;

/// The parameters of a read that has no others.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Fresh {
    /// The answer must include this position of the journal.
    #[serde(default, rename = "min-position", deserialize_with = "optional")]
    #[param(value_type = Option<u64>)]
    pub(crate) min_position: Option<MinPosition>,
}

/// The parameters of a live feed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LiveQuery {
    /// What is shown first must include this position of the journal.
    #[serde(default, rename = "min-position", deserialize_with = "optional")]
    #[param(value_type = Option<u64>)]
    pub(crate) min_position: Option<MinPosition>,
    /// As the header `Last-Event-ID`, which wins, for those who cannot send it.
    #[serde(default, rename = "last-event-id", deserialize_with = "optional")]
    #[param(value_type = Option<u64>)]
    pub(crate) last_event_id: Option<MinPosition>,
}

/// What a client that connects again says it has. What is no position of ours is passed over, as
/// if it came for the first time.
pub(crate) fn last_event_id(headers: &HeaderMap) -> Option<MinPosition> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// Which event.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct EventPath {
    /// The event.
    #[param(value_type = uuid::Uuid)]
    pub(crate) event_id: EventId,
}

/// Which booking.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct BookingPath {
    /// The booking.
    #[param(value_type = uuid::Uuid)]
    pub(crate) booking_id: BookingId,
}

/// The position that an answer must include.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MinPosition(pub(crate) Position);

/// How many things of a list, at most `MAX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit<const MAX: u32>(pub(crate) u32);

/// A day or a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// A day by UTC.
    Day(Date),
    /// A moment.
    Moment(Timestamp),
}

/// A month by the calendar of wherever something takes place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Month(pub(crate) String);

/// What a parameter should have been.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub(crate) struct Expected(String);

impl Expected {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl When {
    /// The first moment of it.
    pub(crate) fn begin(self) -> Timestamp {
        match self {
            // The last day of all, which a timestamp does not reach.
            Self::Day(day) => midnight(day).unwrap_or(Timestamp::MAX),
            Self::Moment(moment) => moment,
        }
    }

    /// The first moment that is no longer part of what ends with it: a day is, a moment is not.
    pub(crate) fn end(self) -> Timestamp {
        match self {
            Self::Day(day) => day.tomorrow().ok().and_then(midnight).unwrap_or(Timestamp::MAX),
            Self::Moment(moment) => moment,
        }
    }
}

fn midnight(day: Date) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

impl FromStr for MinPosition {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        let wrong =
            |_| Expected::new("a position of the journal, such as the `position` of an answer");
        text.parse().map(Self).map_err(wrong)
    }
}

impl<const MAX: u32> FromStr for Limit<MAX> {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        let limit = text.parse().ok().filter(|limit| (1..=MAX).contains(limit));
        limit.map(Self).ok_or_else(|| Expected::new(format!("a number from 1 to {MAX}")))
    }
}

impl FromStr for When {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        // A date of jiff's may have a time, which it would drop.
        if text.len() == "2026-05-01".len()
            && let Ok(day) = text.parse()
        {
            return Ok(Self::Day(day));
        }
        // In a query a `+` stands for a blank; many forget to write %2B.
        let plus = text.replace(' ', "+");
        plus.parse().map(Self::Moment).map_err(|_| {
            Expected::new(
                "a day, such as 2026-05-01, or a moment with its offset, such as \
                 2026-05-01T20:00:00Z",
            )
        })
    }
}

impl FromStr for Month {
    type Err = Expected;

    fn from_str(text: &str) -> Result<Self, Expected> {
        let is_month =
            text.len() == "2027-05".len() && format!("{text}-01").parse::<Date>().is_ok();
        let wrong = || Expected::new("a month, such as 2027-05");
        is_month.then(|| Self(text.to_owned())).ok_or_else(wrong)
    }
}

/// Reads a parameter that may be missing or empty.
pub(crate) fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_goes_from_midnight_to_midnight_by_utc() {
        let day: When = "2026-05-01".parse().unwrap();
        assert_eq!(day.begin(), at("2026-05-01T00:00:00Z"));
        assert_eq!(day.end(), at("2026-05-02T00:00:00Z"));
    }

    #[test]
    fn a_moment_needs_its_offset() {
        for text in
            ["2026-05-01T20:00:00+02:00", "2026-05-01T20:00:00 02:00", "2026-05-01T18:00:00Z"]
        {
            let moment: When = text.parse().unwrap();
            assert_eq!(
                (moment.begin(), moment.end()),
                (at("2026-05-01T18:00:00Z"), moment.begin())
            );
        }
        for text in ["2026-05-01T20:00:00", "2026-02-30", "01.05.2026", "tomorrow", "20260501T20"] {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_last_day_of_time_begins_and_ends_with_time() {
        let last: When = "9999-12-31".parse().unwrap();
        assert_eq!((last.begin(), last.end()), (Timestamp::MAX, Timestamp::MAX));
    }

    #[test]
    fn a_month_is_one_of_twelve() {
        assert_eq!("2027-02".parse(), Ok(Month("2027-02".into())));
        for text in ["", "2027", "2027-13", "2027-2", "2027-02-01", "February"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_limit_is_within_its_range() {
        assert_eq!("100".parse(), Ok(Limit::<100>(100)));
        for text in ["0", "101", "-1", "x", "4294967296"] {
            assert_eq!(text.parse::<Limit<100>>(), Err(Expected::new("a number from 1 to 100")));
        }
    }
}
