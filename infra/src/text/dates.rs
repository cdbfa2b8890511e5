//! Moments as the reader writes them, in the time zone of the venue. Its own the browser adds.
//!
//! It reads no clock.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use super::{COMMON, Value};

/// A moment where an event takes place.
#[derive(Debug, Clone)]
pub struct Local {
    zoned: ZonedDateTime,
}

impl Local {
    /// A moment in a zone; by UTC if there is no such zone.
    #[must_use]
    pub fn new(at: Timestamp, zone: &str) -> Self {
        Self { zoned: at.to_zoned_datetime(TimeZone::get(zone).unwrap_or(TimeZone::UTC)) }
    }

    /// `Saturday, 1 May 2027`.
    #[must_use]
    pub fn day(&self) -> String {
        self.said("date-day", "weekday-", "month-")
    }

    /// `Sat, 1 May 2027`.
    #[must_use]
    pub fn short_day(&self) -> String {
        self.said("date-day", "weekday-short-", "month-short-")
    }

    /// `17:00`.
    #[must_use]
    pub fn time(&self) -> String {
        let part = |format| Value::from(self.zoned.strftime(format).to_string());
        COMMON.say_with("date-time", &[("hour", part("%H")), ("minute", part("%M"))])
    }

    /// `Vienna`, of `Europe/Vienna`.
    #[must_use]
    pub fn place(&self) -> String {
        let zone = self.zoned.time_zone().iana_name().unwrap_or("UTC");
        zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
    }

    /// `Saturday, 1 May 2027, 17:00`.
    #[must_use]
    pub fn long_moment(&self) -> String {
        self.at(self.day())
    }

    /// `Sat, 1 May 2027, 17:00`.
    #[must_use]
    pub fn moment(&self) -> String {
        self.at(self.short_day())
    }

    fn at(&self, day: String) -> String {
        COMMON.say_with("date-moment", &[("day", day.into()), ("time", self.time().into())])
    }

    /// Weekday, day and month for a calendar leaf.
    #[must_use]
    pub fn leaf(&self) -> [String; 3] {
        [self.name("weekday-short-"), self.zoned.day().to_string(), self.name("month-short-")]
    }

    /// With its offset, as RFC 3339: `2027-05-01T17:00:00+02:00`.
    #[must_use]
    pub fn rfc3339(&self) -> String {
        self.zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// `2027-05-01`.
    #[must_use]
    pub fn date(&self) -> String {
        self.zoned.date().to_string()
    }

    fn name(&self, family: &str) -> String {
        let number = if family.starts_with("weekday") {
            self.zoned.weekday().to_monday_one_offset()
        } else {
            self.zoned.month()
        };
        COMMON.say(&format!("{family}{number}"))
    }

    fn said(&self, pattern: &str, weekdays: &str, months: &str) -> String {
        let values = [
            ("weekday", self.name(weekdays).into()),
            ("day", Value::from(self.zoned.day().to_string())),
            ("month", self.name(months).into()),
            ("year", Value::from(self.zoned.year().to_string())),
        ];
        COMMON.say_with(pattern, &values)
    }
}

/// `1 May 2027`, of `2027-05-01`; as it is if it is no day.
#[must_use]
pub fn day(text: &str) -> String {
    let Ok(date) = text.parse::<Date>() else { return text.to_owned() };
    let values = [
        ("day", Value::from(date.day().to_string())),
        ("month", COMMON.say(&format!("month-{}", date.month())).into()),
        ("year", Value::from(date.year().to_string())),
    ];
    COMMON.say_with("date-without-weekday", &values)
}

/// `May 2027`, of `2027-05`; as it is if it is no month.
#[must_use]
pub fn month(text: &str) -> String {
    let parts = text.split_once('-').and_then(|(year, month)| {
        let name = COMMON.find(&format!("month-{}", month.parse::<u8>().ok()?))?;
        Some(COMMON.say_with("date-month", &[("month", name.into()), ("year", year.into())]))
    });
    parts.unwrap_or_else(|| text.to_owned())
}

/// How long it is, as a clock shows it: `9:05`, `2:00:00`.
#[must_use]
pub fn clock(left: SignedDuration) -> String {
    let seconds = left.as_secs().max(0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_where_the_event_is() {
        let local = Local::new("2027-05-01T15:00:00Z".parse().unwrap(), "Europe/Vienna");
        assert_eq!(local.day(), "Saturday, 1 May 2027");
        assert_eq!(local.long_moment(), "Saturday, 1 May 2027, 17:00");
        assert_eq!(local.moment(), "Sat, 1 May 2027, 17:00");
        assert_eq!(local.place(), "Vienna");
        assert_eq!(local.rfc3339(), "2027-05-01T17:00:00+02:00");
        assert_eq!(local.leaf(), ["Sat", "1", "May"]);
    }

    #[test]
    fn a_zone_that_is_none_is_utc() {
        let local = Local::new("2027-05-01T15:00:00Z".parse().unwrap(), "Mars/Base");
        assert_eq!((local.time(), local.place()), ("15:00".into(), "UTC".into()));
    }

    #[test]
    fn what_is_left_is_shown_as_by_a_clock() {
        let clock = |seconds| clock(SignedDuration::from_secs(seconds));
        assert_eq!(
            [clock(605), clock(59), clock(7200), clock(-5)],
            ["10:05", "0:59", "2:00:00", "0:00"]
        );
        assert_eq!(month("2027-05"), "May 2027");
        assert_eq!(month("soon"), "soon");
        assert_eq!(day("2027-05-01"), "1 May 2027");
        assert_eq!(day("tomorrow"), "tomorrow");
    }
}
