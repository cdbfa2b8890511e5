//! What is searched for on the page, as it stands in its address: `/search?term=…&sort=…`.
//!
//! What makes no sense is left out rather than refused: an address is edited by people.

use std::collections::BTreeMap;

use aisle_projections::search::{Availability, FacetMode, SearchRequest, Sort};
use jiff::Timestamp;

use crate::params::{Month, When};
use crate::site::request::Asked;

/// What can be searched by. The first four are those of the older path, so an address serves both.
pub(super) const NAMES: [&str; 13] = [
    "term",
    "start_date",
    "end_date",
    "region",
    "category",
    "city",
    "series",
    "venue",
    "performer",
    "month",
    "price_max",
    "available",
    "sort",
];

/// The highest amount that is understood, in thousandths: a billion, in whichever currency.
const MOST: i64 = 1_000_000_000_000;

/// How many hits a page has.
const LIMIT: usize = 20;

/// What is searched for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Find {
    values: BTreeMap<&'static str, String>,
    after: Option<String>,
}

impl Find {
    /// What an address asks for.
    pub(crate) fn of(asked: &Asked) -> Self {
        let value = |name: &&'static str| Some((*name, asked.value(name)?.to_owned()));
        let after = asked.value("after").map(str::to_owned);
        Self { values: NAMES.iter().filter_map(value).collect(), after }
    }

    /// The same with a value, from the first page.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.values.insert(name, value.to_owned());
        Self { after: None, ..self }
    }

    /// The same without one, from the first page.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.values.remove(name);
        Self { after: None, ..self }
    }

    /// The same from another page.
    pub(crate) fn after(mut self, cursor: Option<String>) -> Self {
        self.after = cursor;
        self
    }

    /// A value, or nothing.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// Whether it is not the first page.
    pub(crate) fn is_continued(&self) -> bool {
        self.after.is_some()
    }

    /// Whether nothing narrows it down.
    pub(crate) fn is_everything(&self) -> bool {
        self.values.keys().all(|name| *name == "sort")
    }

    /// Its address.
    pub(crate) fn href(&self) -> String {
        let after = self.after.iter().map(|after| ("after", after));
        let pairs = self.values.iter().map(|(name, value)| (*name, value)).chain(after);
        let query: Vec<String> =
            pairs.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        if query.is_empty() { "/search".into() } else { format!("/search?{}", query.join("&")) }
    }

    /// What the index is asked: by default what is yet to come.
    pub(crate) fn request(&self, now: Timestamp) -> SearchRequest {
        let given = |name| Some(self.value(name).to_owned()).filter(|value| !value.is_empty());
        let when = |name| self.value(name).parse::<When>().ok();
        let free = self.value("available") == "true";
        SearchRequest {
            term: given("term"),
            start: Some(when("start_date").map_or(now, When::begin)),
            end: when("end_date").map(When::end),
            region: given("region"),
            category: given("category"),
            city: given("city"),
            series: given("series"),
            venue: given("venue"),
            performer: given("performer"),
            month: self.value("month").parse().ok().map(|Month(month)| month),
            up_to: thousandths(self.value("price_max")),
            availability: if free { Availability::Free } else { Availability::Any },
            sort: self.sort(),
            limit: LIMIT,
            after: self.after.as_ref().and_then(|after| after.parse().ok()),
            facets: FacetMode::Count,
            ..SearchRequest::default()
        }
    }

    fn sort(&self) -> Sort {
        match self.value("sort") {
            "date" => Sort::Date,
            "price" => Sort::Price,
            "-price" => Sort::PriceDesc,
            "popularity" => Sort::Popularity,
            _ => Sort::Relevance,
        }
    }
}

/// An amount such as `45`, `45.50`, `45,50` or `4,500`, in thousandths: no currency has smaller
/// units, and which one is meant nobody says.
pub(super) fn thousandths(text: &str) -> Option<i64> {
    let (whole, part) = match text.rsplit_once(['.', ',']) {
        // A mark between thousands: no price ends in the thousandths of one that is below ten.
        Some((_, three)) if three.len() == 3 && text.contains(',') && !text.contains('.') => {
            (text, "")
        }
        Some((whole, part)) => (whole, part),
        None => (text, ""),
    };
    let whole = whole.replace([',', '.'], "");
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 3 || !digits(&whole) || !digits(part) {
        return None;
    }
    let amount = whole.parse::<i64>().ok()?.checked_mul(1_000)?;
    Some(amount + format!("{part:0<3}").parse::<i64>().ok()?).filter(|amount| *amount <= MOST)
}

/// A value as it stands in a query.
pub(crate) fn encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            b' ' => encoded.push('+'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_searched_for() {
        let find = Find::default().with("term", "AC/DC & Söhne").with("sort", "date");
        assert_eq!(find.href(), "/search?sort=date&term=AC%2FDC+%26+S%C3%B6hne");
        assert_eq!(find.clone().without("term").href(), "/search?sort=date");
        assert!(find.clone().without("term").is_everything());
        assert_eq!(find.after(Some("7f".into())).without("sort").without("term").href(), "/search");
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let find = Find::default()
            .with("price_max", "cheap")
            .with("start_date", "tomorrow")
            .with("month", "2027-13")
            .after(Some("x".into()));
        let now = Timestamp::UNIX_EPOCH;
        let request = find.request(now);
        assert_eq!((request.up_to, request.start, request.end), (None, Some(now), None));
        assert_eq!((request.month, request.after), (None, None));
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, amount) in [
            ("45", 45_000),
            ("45.5", 45_500),
            ("45,99", 45_990),
            ("1.500", 1_500),
            ("4,500", 4_500_000),
            ("1,234,567", 1_234_567_000),
            ("1,234.50", 1_234_500),
            ("1.234,50", 1_234_500),
        ] {
            assert_eq!(thousandths(text), Some(amount), "{text}");
        }
        for text in ["", "-1", "x", "1e9", "99999999999999999999", "1.2345", ".", "1 0"] {
            assert_eq!(thousandths(text), None, "{text}");
        }
    }
}
