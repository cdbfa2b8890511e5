//! The catalogue: one fixture a line, as JSON.
//!
//! It is read as a whole before anything is imported, so that a broken line loses nothing.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Deserializer};

/// How many broken lines are named at once.
const MAX_NAMED: usize = 10;

/// A fixture.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// Its line in the catalogue, from 1.
    #[serde(skip)]
    pub line: usize,
    /// What it is called.
    pub name: String,
    /// The kind of happening.
    pub category: String,
    /// The competition.
    pub series: String,
    /// The season, such as `2025-26`.
    pub season: String,
    /// The round of the season.
    pub round: String,
    /// Home and away.
    pub performers: Vec<String>,
    /// The date at the venue.
    pub date: Date,
    /// The time at the venue, if it is known.
    #[serde(default, deserialize_with = "time_of_day")]
    pub time: Option<Time>,
    /// The IANA time zone of the venue, if it is known.
    #[serde(default)]
    pub timezone: Option<String>,
    /// Where.
    pub venue: Ground,
}

/// Where a fixture takes place.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// The name of the ground.
    pub name: String,
    /// The city; a county or state may follow behind `›`.
    #[serde(default)]
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(default)]
    pub country: Option<String>,
    /// How many it holds, if that is known.
    #[serde(default)]
    pub capacity: Option<u32>,
}

/// A catalogue of fixtures.
#[derive(Debug, Clone)]
pub struct Catalogue(Vec<Fixture>);

/// Why a catalogue cannot be imported. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// No line in it.
    #[error("the catalogue is empty")]
    Empty,
    /// Some lines cannot be read.
    #[error("{count} lines of the catalogue cannot be read:\n{}", .first.join("\n"))]
    Lines {
        /// How many.
        count: usize,
        /// The first of them, each with what is wrong.
        first: Vec<String>,
    },
}

impl Catalogue {
    /// Reads a catalogue.
    ///
    /// # Errors
    /// If any line cannot be read; all are checked.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let (mut fixtures, mut wrong) = (Vec::new(), Vec::new());
        for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match serde_json::from_str::<Fixture>(line) {
                Ok(fixture) => fixtures.push(Fixture { line: i + 1, ..fixture }),
                Err(error) => wrong.push(format!("  line {}: {error}", i + 1)),
            }
        }
        match (wrong.len(), fixtures.is_empty()) {
            (0, true) => Err(CatalogueError::Empty),
            (0, false) => Ok(Self(fixtures)),
            (count, _) => {
                wrong.truncate(MAX_NAMED);
                Err(CatalogueError::Lines { count, first: wrong })
            }
        }
    }

    /// Its fixtures, in its order.
    #[must_use]
    pub fn fixtures(&self) -> &[Fixture] {
        &self.0
    }

    /// By how much to move all dates so that the first fixture takes place `days` from now or up
    /// to six days later: whole weeks, so that a Saturday's match stays on a Saturday.
    #[must_use]
    pub fn shift_to(&self, now: Timestamp, days: u32) -> Span {
        let today = now.to_zoned_datetime(TimeZone::UTC).date();
        let first = self.0.iter().map(|fixture| fixture.date).min().unwrap_or(today);
        let behind = (today - first).get_days() + i32::try_from(days).unwrap_or(i32::MAX / 2);
        Span::new().days(i64::from(behind.div_euclid(7) + i32::from(behind.rem_euclid(7) > 0)) * 7)
    }
}

impl Fixture {
    /// What makes it this fixture and no other, wherever it stands in which catalogue.
    #[must_use]
    pub fn identity(&self) -> String {
        format!("{}|{}|{}|{}|{}", self.series, self.season, self.round, self.name, self.date)
    }

    /// City and region: real catalogues write `Liverpool › Lancashire` into one field.
    #[must_use]
    pub fn city_and_region(&self) -> (Option<String>, Option<String>) {
        let mut parts = self.venue.city.as_deref().unwrap_or_default().split('›').map(str::trim);
        let mut next = || parts.next().filter(|part| !part.is_empty()).map(ToOwned::to_owned);
        let city = next();
        (city, next())
    }
}

/// A time of day; real catalogues write `9:30` as well as `09:30`.
fn time_of_day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Time>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
    format!("{text:0>5}").parse().map(Some).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"name": "Everton FC – Newcastle United FC", "category": "Football", "series": "English Premier League", "season": "2024-25", "round": "Matchday 7", "performers": ["Everton FC", "Newcastle United FC"], "date": "2024-10-05", "time": "17:30", "timezone": "Europe/London", "venue": {"name": "Goodison Park", "city": "Liverpool  › Lancashire", "country": "GB", "capacity": null}}"#;

    #[test]
    fn a_city_may_carry_its_county() {
        let catalogue = Catalogue::parse(LINE).unwrap();
        let (city, region) = catalogue.fixtures()[0].city_and_region();
        assert_eq!((city.as_deref(), region.as_deref()), (Some("Liverpool"), Some("Lancashire")));
    }

    #[test]
    fn dates_move_by_whole_weeks() {
        let catalogue = Catalogue::parse(LINE).unwrap();
        let shift = catalogue.shift_to("2026-11-23T21:00:00Z".parse().unwrap(), 7);
        let moved = catalogue.fixtures()[0].date.checked_add(shift).unwrap();
        assert_eq!(moved.to_string(), "2026-12-05");
        assert_eq!(moved.weekday(), catalogue.fixtures()[0].date.weekday());
    }

    #[test]
    fn a_time_may_lack_its_leading_zero() {
        let catalogue = Catalogue::parse(&LINE.replace("17:30", "9:30")).unwrap();
        assert_eq!(catalogue.fixtures()[0].time, Some(jiff::civil::time(9, 30, 0, 0)));
    }

    #[test]
    fn a_broken_line_is_named_and_nothing_is_read() {
        let error = Catalogue::parse(&format!("{LINE}\n{{\"name\": 1}}\n")).unwrap_err();
        assert!(error.to_string().contains("line 2: "), "{error}");
        assert!(matches!(Catalogue::parse("\n\n"), Err(CatalogueError::Empty)));
    }
}
