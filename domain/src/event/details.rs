//! What is on sale and on which terms, and when such terms make sense.
//!
//! It does not read requests: the API's DTOs do, field by field; this checks what no single field
//! can know.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::EventRefusal;
use crate::id::Subject;
use crate::money::{Currency, MAX_AMOUNT};
use crate::plan::{Plan, PlanHash};
use crate::policy::MAX_SEATS_PER_BOOKING;

/// The longest title, name or reason, in characters.
pub const MAX_TEXT_CHARS: usize = 200;
/// The most performers of one event: a festival's line-up.
pub const MAX_PERFORMERS: usize = 200;
/// The most general-admission areas of one event.
pub const MAX_AREAS: usize = 100;
/// The largest capacity of one area. The largest audiences on record had some 3.5 million;
/// one area of one event with a million is beyond any real fence.
pub const MAX_AREA_CAPACITY: u32 = 1_000_000;
/// The shortest hold, in seconds: less is no time to pay.
pub const MIN_HOLD_SECONDS: u32 = 5;
/// The longest hold, in seconds: a day.
pub const MAX_HOLD_SECONDS: u32 = 86_400;
/// The largest limit per buyer. More than one booking may hold is allowed on purpose.
pub const MAX_LIMIT_PER_BUYER: u32 = 1_000;

/// What is on sale and on which terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventDetails {
    /// Who runs the sale.
    pub organiser: Subject,
    /// What it is called.
    pub title: String,
    /// The kind of happening, such as `Football`.
    pub category: String,
    /// The competition, tour or season that it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// Who performs: teams, bands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub performers: Vec<String>,
    /// When it starts.
    pub starts_at: Timestamp,
    /// The IANA time zone of the venue, such as `Europe/Vienna`.
    pub time_zone: String,
    /// Only the date is sure; the time of `starts_at` is a guess.
    #[serde(default, skip_serializing_if = "is_false")]
    pub time_to_be_confirmed: bool,
    /// Where.
    pub venue: Venue,
    /// The hash of its seating plan, if it has reserved seats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanHash>,
    /// How many seats the plan has.
    #[serde(default)]
    pub seats: u32,
    /// Its general-admission areas.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<AreaSpec>,
    /// What all its amounts are in.
    pub currency: Currency,
    /// Counts the price lists of the event, from 1.
    pub price_version: u32,
    /// The price of every category on sale; what has no price is not sold.
    pub prices: Vec<CategoryPrice>,
    /// The fee on each ticket, in minor units.
    pub fee: i64,
    /// When seats can be held, once sales are open.
    #[serde(default)]
    pub sale_window: SaleWindow,
    /// The most live seats and places of one buyer.
    pub limit_per_buyer: u32,
    /// How long a hold lasts, in seconds.
    pub hold_seconds: u32,
    /// What is allowed to be left over between taken seats.
    #[serde(default)]
    pub seating_rule: SeatingRule,
    /// Categories kept for those who need them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accessible_categories: Vec<String>,
}

/// Where an event takes place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Venue {
    /// The name of the house or ground.
    pub name: String,
    /// The city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The county or state, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The country, as two letters of ISO 3166-1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// A general-admission area: a capacity without seats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaSpec {
    /// Its name, unique within the event.
    pub name: String,
    /// The price category of its places.
    pub category: String,
    /// How many places it has.
    pub capacity: u32,
}

/// The price of one category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryPrice {
    /// The category of the plan or of areas.
    pub category: String,
    /// The price of one seat or place without the fee, in minor units.
    pub amount: i64,
}

/// When seats can be held, once sales are open. An absent end is open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaleWindow {
    /// The first moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<Timestamp>,
    /// The first moment after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<Timestamp>,
}

/// What is allowed to be left over between taken seats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatingRule {
    /// Best available avoids to leave a single seat; buyers may.
    #[default]
    AvoidOrphans,
    /// Nobody may leave a single seat where it can be avoided.
    NoOrphans,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl EventDetails {
    /// The price of a category, in minor units, if it is on sale.
    #[must_use]
    pub fn price(&self, category: &str) -> Option<i64> {
        self.prices.iter().find(|price| price.category == category).map(|price| price.amount)
    }

    /// The area of this name.
    #[must_use]
    pub fn area(&self, name: &str) -> Option<&AreaSpec> {
        self.areas.iter().find(|area| area.name == name)
    }

    /// All seats and places.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        let places: u64 = self.areas.iter().map(|area| u64::from(area.capacity)).sum();
        u64::from(self.seats) + places
    }

    /// Checks what no single field can know.
    ///
    /// # Errors
    /// The first field that makes no sense, and what would be right.
    pub(super) fn check(&self, plan: Option<&Plan>) -> Result<(), EventRefusal> {
        self.check_texts()?;
        self.check_places(plan)?;
        check_prices(&self.prices, self.fee, |category| self.has_category(plan, category))?;
        self.check_terms()?;
        for (i, category) in self.accessible_categories.iter().enumerate() {
            ensure(self.has_category(plan, category), || {
                (format!("accessible_categories[{i}]"), unknown_category(category))
            })?;
        }
        Ok(())
    }

    fn check_texts(&self) -> Result<(), EventRefusal> {
        check_text("title", &self.title)?;
        check_text("category", &self.category)?;
        check_text("venue.name", &self.venue.name)?;
        let optional = [
            ("series", &self.series),
            ("venue.city", &self.venue.city),
            ("venue.region", &self.venue.region),
        ];
        for (field, text) in optional {
            text.as_deref().map_or(Ok(()), |text| check_text(field, text))?;
        }
        ensure(self.performers.len() <= MAX_PERFORMERS, || {
            ("performers".into(), format!("at most {MAX_PERFORMERS} performers"))
        })?;
        for (i, performer) in self.performers.iter().enumerate() {
            check_text(&format!("performers[{i}]"), performer)?;
        }
        let two_letters =
            |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
        ensure(self.venue.country.as_ref().is_none_or(two_letters), || {
            ("venue.country".into(), "two capital letters of ISO 3166-1, such as AT".into())
        })?;
        ensure(TimeZone::get(&self.time_zone).is_ok(), || {
            (
                "time_zone".into(),
                "a name of the IANA time zone database, such as Europe/Vienna".into(),
            )
        })
    }

    fn check_places(&self, plan: Option<&Plan>) -> Result<(), EventRefusal> {
        let (hash, seats) = (plan.map(Plan::hash), plan.map_or(0, Plan::len));
        ensure(self.plan == hash && self.seats as usize == seats, || {
            ("plan".into(), format!("the plan that is used, with its {seats} seats"))
        })?;
        ensure(plan.is_some() || !self.areas.is_empty(), || {
            ("plan".into(), "a seating plan, or at least one area, or both".into())
        })?;
        ensure(self.areas.len() <= MAX_AREAS, || {
            ("areas".into(), format!("at most {MAX_AREAS} areas"))
        })?;
        for (i, area) in self.areas.iter().enumerate() {
            check_text(&format!("areas[{i}].name"), &area.name)?;
            check_text(&format!("areas[{i}].category"), &area.category)?;
            ensure((1..=MAX_AREA_CAPACITY).contains(&area.capacity), || {
                (format!("areas[{i}].capacity"), format!("1 to {MAX_AREA_CAPACITY} places"))
            })?;
            let repeated = self.areas[..i].iter().any(|other| other.name == area.name);
            ensure(!repeated, || (format!("areas[{i}].name"), "a name not used before".into()))?;
        }
        Ok(())
    }

    fn check_terms(&self) -> Result<(), EventRefusal> {
        ensure((1..=MAX_LIMIT_PER_BUYER).contains(&self.limit_per_buyer), || {
            (
                "limit_per_buyer".into(),
                format!("1 to {MAX_LIMIT_PER_BUYER}; {MAX_SEATS_PER_BOOKING} in one booking"),
            )
        })?;
        ensure((MIN_HOLD_SECONDS..=MAX_HOLD_SECONDS).contains(&self.hold_seconds), || {
            ("hold_seconds".into(), format!("{MIN_HOLD_SECONDS} to {MAX_HOLD_SECONDS} seconds"))
        })?;
        let window = &self.sale_window;
        let ordered = window.opens_at.zip(window.closes_at).is_none_or(|(from, to)| from < to);
        ensure(ordered, || ("sale_window.closes_at".into(), "later than opens_at".into()))
    }

    pub(super) fn has_category(&self, plan: Option<&Plan>, category: &str) -> bool {
        self.areas.iter().any(|area| area.category == category)
            || plan
                .is_some_and(|plan| plan.categories().iter().any(|known| *known.name == *category))
    }
}

/// Checks a price list against the categories that exist.
pub(super) fn check_prices(
    prices: &[CategoryPrice],
    fee: i64,
    has_category: impl Fn(&str) -> bool,
) -> Result<(), EventRefusal> {
    ensure(!prices.is_empty(), || ("prices".into(), "the price of at least one category".into()))?;
    for (i, price) in prices.iter().enumerate() {
        ensure(has_category(&price.category), || {
            (format!("prices[{i}].category"), unknown_category(&price.category))
        })?;
        let repeated = prices[..i].iter().any(|other| other.category == price.category);
        ensure(!repeated, || (format!("prices[{i}].category"), "each category once".into()))?;
        ensure((0..=MAX_AMOUNT).contains(&price.amount), || {
            (format!("prices[{i}].amount"), format!("0 to {MAX_AMOUNT} minor units"))
        })?;
    }
    ensure((0..=MAX_AMOUNT).contains(&fee), || {
        ("fee".into(), format!("0 to {MAX_AMOUNT} minor units"))
    })
}

fn check_text(field: &str, text: &str) -> Result<(), EventRefusal> {
    let fits = !text.trim().is_empty()
        && text.chars().count() <= MAX_TEXT_CHARS
        && !text.chars().any(char::is_control);
    ensure(fits, || {
        (
            field.to_owned(),
            format!("1 to {MAX_TEXT_CHARS} characters, none of them a control character"),
        )
    })
}

pub(super) fn check_reason(reason: &str) -> Result<(), EventRefusal> {
    check_text("reason", reason)
}

fn unknown_category(category: &str) -> String {
    format!("a category of the seating plan or of an area; `{category}` is neither")
}

fn ensure(holds: bool, wrong: impl FnOnce() -> (String, String)) -> Result<(), EventRefusal> {
    if holds {
        return Ok(());
    }
    let (field, expected) = wrong();
    Err(EventRefusal::Invalid { field, expected })
}
