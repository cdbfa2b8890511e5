//! Requests about events, and how they become commands.

use std::sync::Arc;

use aisle_domain::event::{
    AreaSpec, CategoryPrice, EventCommand, EventDetails, SaleWindow, SeatingRule, Venue,
};
use aisle_domain::id::Subject;
use aisle_domain::money::Currency;
use aisle_domain::plan::{Plan, PlanHash};
use aisle_infra::http::json::FromFields;
use aisle_infra::http::problem::Problem;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::MoneyDto;
use crate::refusal::pointer;

/// The default limit of tickets per buyer.
const DEFAULT_LIMIT: u32 = 8;
/// The default duration of a hold, in seconds.
const DEFAULT_HOLD_SECONDS: u32 = 600;

/// An event to be created.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateEvent {
    /// What it is called.
    #[schema(example = "Rapid Wien – Sturm Graz")]
    pub(crate) title: String,
    /// The kind of happening.
    #[schema(example = "Football")]
    pub(crate) category: String,
    /// The competition, tour or season that it is part of.
    #[serde(default)]
    pub(crate) series: Option<String>,
    /// Who performs.
    #[serde(default)]
    pub(crate) performers: Vec<String>,
    /// When it starts: RFC 3339 with an offset.
    #[schema(value_type = String, format = DateTime, example = "2027-05-01T17:00:00+02:00")]
    pub(crate) starts_at: Timestamp,
    /// The IANA time zone of the venue.
    #[schema(example = "Europe/Vienna")]
    pub(crate) time_zone: String,
    /// Only the date is sure.
    #[serde(default)]
    pub(crate) time_to_be_confirmed: bool,
    /// Where.
    pub(crate) venue: VenueDto,
    /// Its seating plan: a plan in pretix's open format, or the hash of one sent before.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub(crate) plan: Option<serde_json::Value>,
    /// Its general-admission areas.
    #[serde(default)]
    pub(crate) areas: Vec<AreaDto>,
    /// The price of every category on sale, all in one currency.
    pub(crate) prices: Vec<PriceDto>,
    /// The fee on each ticket; none if absent.
    #[serde(default)]
    pub(crate) fee: Option<MoneyDto>,
    /// When seats can be held, once sales are open; always if absent.
    #[serde(default)]
    pub(crate) sale_window: Option<SaleWindowDto>,
    /// The most tickets of one buyer; 8 if absent.
    #[serde(default)]
    pub(crate) limit_per_buyer: Option<u32>,
    /// How long a hold lasts, in seconds; 600 if absent.
    #[serde(default)]
    pub(crate) hold_seconds: Option<u32>,
    /// Whether buyers may leave single seats over: `avoid_orphans` (they may) or `no_orphans`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "avoid_orphans")]
    pub(crate) seating_rule: SeatingRule,
    /// Categories kept for those who need an accessible place.
    #[serde(default)]
    pub(crate) accessible_categories: Vec<String>,
}

/// No form creates events.
impl FromFields for CreateEvent {}

/// Where an event takes place.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VenueDto {
    /// The house or ground.
    name: String,
    /// The city.
    #[serde(default)]
    city: Option<String>,
    /// The county or state.
    #[serde(default)]
    region: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(default)]
    #[schema(example = "AT")]
    country: Option<String>,
}

/// A general-admission area.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AreaDto {
    /// Its name, unique within the event.
    name: String,
    /// Its price category.
    category: String,
    /// How many places it has.
    capacity: u32,
}

/// When seats can be held.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SaleWindowDto {
    /// The first moment.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    opens_at: Option<Timestamp>,
    /// The first moment after.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    closes_at: Option<Timestamp>,
}

/// The price of a category.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceDto {
    /// The category of the plan or of areas.
    #[schema(example = "Premium")]
    category: String,
    /// The price of one seat or place, without the fee.
    price: MoneyDto,
}

/// A new price list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reprice {
    /// The price of every category on sale, all in the event's currency.
    prices: Vec<PriceDto>,
    /// The fee on each ticket; none if absent.
    #[serde(default)]
    fee: Option<MoneyDto>,
}

/// Why an event is called off.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CancelEvent {
    /// In words for buyers.
    #[schema(example = "The pitch is under water.")]
    pub(crate) reason: String,
}

/// The plan of a request.
pub(crate) enum PlanInput {
    /// Sent along.
    Inline(Arc<Plan>),
    /// Sent before.
    Known(PlanHash),
}

impl CreateEvent {
    /// The plan, if there is one.
    pub(crate) fn plan(&self) -> Result<Option<PlanInput>, Problem> {
        match &self.plan {
            None | Some(serde_json::Value::Null) => Ok(None),
            Some(serde_json::Value::String(hash)) => {
                let hash =
                    hash.parse().map_err(|_| invalid("/plan", "a plan, or its 64 hex digits"))?;
                Ok(Some(PlanInput::Known(hash)))
            }
            Some(plan) => {
                let bytes = serde_json::to_vec(plan).map_err(|error| Problem::internal(&error))?;
                let plan = Plan::from_pretix(&bytes).map_err(|error| {
                    let code = error.code();
                    Problem::new(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        code,
                        "The seating plan makes no sense",
                    )
                    .detail(error.to_string())
                    .field(in_plan(&error.path), error.problem.to_string())
                })?;
                Ok(Some(PlanInput::Inline(Arc::new(plan))))
            }
        }
    }

    /// The details of the event, once its plan is kept.
    pub(crate) fn details(
        self,
        organiser: Subject,
        plan: Option<&Plan>,
    ) -> Result<EventDetails, Problem> {
        let (currency, prices, fee) = price_list(&self.prices, self.fee)?;
        let window = self.sale_window;
        Ok(EventDetails {
            organiser,
            title: self.title,
            category: self.category,
            series: self.series,
            performers: self.performers,
            starts_at: self.starts_at,
            time_zone: self.time_zone,
            time_to_be_confirmed: self.time_to_be_confirmed,
            venue: Venue {
                name: self.venue.name,
                city: self.venue.city,
                region: self.venue.region,
                country: self.venue.country,
            },
            plan: plan.map(Plan::hash),
            seats: plan.map_or(0, |plan| u32::try_from(plan.len()).unwrap_or(u32::MAX)),
            areas: self.areas.into_iter().map(AreaDto::into_spec).collect(),
            currency,
            price_version: 1,
            prices,
            fee,
            sale_window: window
                .map(|w| SaleWindow { opens_at: w.opens_at, closes_at: w.closes_at })
                .unwrap_or_default(),
            limit_per_buyer: self.limit_per_buyer.unwrap_or(DEFAULT_LIMIT),
            hold_seconds: self.hold_seconds.unwrap_or(DEFAULT_HOLD_SECONDS),
            seating_rule: self.seating_rule,
            accessible_categories: self.accessible_categories,
        })
    }
}

impl AreaDto {
    fn into_spec(self) -> AreaSpec {
        AreaSpec { name: self.name, category: self.category, capacity: self.capacity }
    }
}

impl Reprice {
    /// The command.
    pub(crate) fn command(&self) -> Result<EventCommand, Problem> {
        let (currency, prices, fee) = price_list(&self.prices, self.fee)?;
        Ok(EventCommand::Reprice { currency, prices, fee })
    }
}

/// A price list in one currency: that of its first price.
fn price_list(
    prices: &[PriceDto],
    fee: Option<MoneyDto>,
) -> Result<(Currency, Vec<CategoryPrice>, i64), Problem> {
    let currency = prices
        .first()
        .map(|first| first.price.currency)
        .ok_or_else(|| invalid("/prices", "the price of at least one category"))?;
    for (i, price) in prices.iter().enumerate() {
        if price.price.currency != currency {
            return Err(mixed(format!("/prices/{i}/price/currency"), currency));
        }
    }
    if fee.is_some_and(|fee| fee.currency != currency) {
        return Err(mixed("/fee/currency".into(), currency));
    }
    let prices = prices.iter().map(|price| CategoryPrice {
        category: price.category.clone(),
        amount: price.price.amount,
    });
    Ok((currency, prices.collect(), fee.map_or(0, |fee| fee.amount)))
}

fn mixed(field: String, currency: Currency) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "mixed_currencies",
        "An event is sold in one currency",
    )
    .field(field, format!("{currency}, as the first price"))
}

pub(crate) fn invalid(field: &'static str, expected: &'static str) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid_event",
        "Part of the event makes no sense",
    )
    .field(field, expected)
}

/// The place of a path of the plan in the request. The path of the whole plan is `.`.
fn in_plan(path: &str) -> String {
    let joint = if path.starts_with(['.', '[']) { "" } else { "." };
    pointer(&format!("plan{joint}{}", path.trim_start_matches('.')))
}
