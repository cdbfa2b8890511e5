//! An event as it is shown: what is on sale, on which terms, and how much of it is left.

use aisle_domain::event::{AreaSpec, EventDetails, SaleWindow, SeatingRule, Venue};
use aisle_domain::id::EventId;
use aisle_domain::money::{Currency, Money};
use aisle_domain::plan::PlanHash;
use aisle_domain::stream::Position;
use aisle_projections::views::{EventPage, Taken};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// An amount of money.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(super) struct MoneyDto {
    /// Minor units: 4500 with EUR is 45 euros.
    #[schema(example = 4500)]
    pub(super) amount: i64,
    /// ISO 4217 code.
    #[schema(value_type = String, example = "EUR")]
    pub(super) currency: Currency,
}

impl From<Money> for MoneyDto {
    fn from(Money { amount, currency }: Money) -> Self {
        Self { amount, currency }
    }
}

/// Where an event takes place.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct VenueDto {
    /// The name of the house or ground.
    name: String,
    /// The city.
    city: Option<String>,
    /// The county or state, where known.
    region: Option<String>,
    /// The country, as two letters of ISO 3166-1.
    country: Option<String>,
}

impl From<Venue> for VenueDto {
    fn from(venue: Venue) -> Self {
        let Venue { name, city, region, country } = venue;
        Self { name, city, region, country }
    }
}

/// An event.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventDto {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    event_id: EventId,
    /// Where its sale stands: draft, published, on_sale, paused, closed or cancelled.
    #[schema(example = "on_sale")]
    phase: &'static str,
    /// Why it was called off, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled: Option<String>,
    /// What it is called.
    title: String,
    /// The kind of happening.
    category: String,
    /// The competition, tour or season that it is part of.
    series: Option<String>,
    /// Who performs.
    performers: Vec<String>,
    /// When it starts.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// The IANA time zone of the venue.
    time_zone: String,
    /// Only the date is sure.
    time_to_be_confirmed: bool,
    /// Where.
    venue: VenueDto,
    /// Counts its price lists, from 1.
    price_version: u32,
    /// The price of every category on sale, without the fee.
    prices: Vec<PriceDto>,
    /// The fee on each ticket.
    fee: MoneyDto,
    /// When seats can be held, once sales are open.
    sale_window: SaleWindowDto,
    /// The most live seats and places of one buyer.
    limit_per_buyer: u32,
    /// How long a hold lasts.
    hold_seconds: u32,
    /// Whether a buyer may leave a single seat between taken ones: avoid_orphans (yes) or
    /// no_orphans.
    #[schema(value_type = String, example = "avoid_orphans")]
    seating_rule: SeatingRule,
    /// Categories kept for those who need them.
    accessible_categories: Vec<String>,
    /// Its general-admission areas.
    areas: Vec<AreaDto>,
    /// The hash of its seating plan; none without reserved seats.
    #[schema(value_type = Option<String>)]
    plan: Option<PlanHash>,
    /// Its reserved seats.
    seats: TakenDto,
    /// Up to which position of the journal this goes at least.
    position: Position,
}

/// The price of a category.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PriceDto {
    /// The category of the plan or of areas.
    category: String,
    /// The price of one seat or place, without the fee.
    price: MoneyDto,
}

/// When seats can be held; an end that is none is open.
#[derive(Debug, Serialize, ToSchema)]
struct SaleWindowDto {
    /// The first moment.
    #[schema(value_type = Option<String>, format = DateTime)]
    opens_at: Option<Timestamp>,
    /// The first moment after.
    #[schema(value_type = Option<String>, format = DateTime)]
    closes_at: Option<Timestamp>,
}

/// A general-admission area.
#[derive(Debug, Serialize, ToSchema)]
struct AreaDto {
    /// Its name.
    name: String,
    /// The price category of its places.
    category: String,
    /// Its places.
    #[serde(flatten)]
    places: TakenDto,
}

/// How many seats or places are taken.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(super) struct TakenDto {
    /// How many there are.
    capacity: u32,
    /// How many are held.
    held: u32,
    /// How many are sold.
    sold: u32,
    /// How many can be held.
    available: u32,
}

impl EventDto {
    /// The page of an event, as of a position.
    pub(super) fn new(page: EventPage, position: Position) -> Self {
        let areas = areas(&page);
        let prices = prices(&page.details);
        let details = page.details;
        let fee = Money::new(details.fee, details.currency);
        let SaleWindow { opens_at, closes_at } = details.sale_window;
        Self {
            event_id: page.id,
            phase: page.phase.as_str(),
            cancelled: page.cancelled,
            title: details.title,
            category: details.category,
            series: details.series,
            performers: details.performers,
            starts_at: details.starts_at,
            time_zone: details.time_zone,
            time_to_be_confirmed: details.time_to_be_confirmed,
            venue: details.venue.into(),
            price_version: details.price_version,
            prices,
            fee: fee.into(),
            sale_window: SaleWindowDto { opens_at, closes_at },
            limit_per_buyer: details.limit_per_buyer,
            hold_seconds: details.hold_seconds,
            seating_rule: details.seating_rule,
            accessible_categories: details.accessible_categories,
            areas,
            plan: details.plan,
            seats: page.seats.into(),
            position,
        }
    }
}

/// The prices of an event.
pub(super) fn prices(details: &EventDetails) -> Vec<PriceDto> {
    let price = |price: &aisle_domain::event::CategoryPrice| PriceDto {
        category: price.category.clone(),
        price: Money::new(price.amount, details.currency).into(),
    };
    details.prices.iter().map(price).collect()
}

/// The areas in the order in which they were laid out.
fn areas(page: &EventPage) -> Vec<AreaDto> {
    let area = |area: &AreaSpec| {
        let taken = page.areas.iter().find(|taken| taken.name == area.name);
        let free = Taken { capacity: area.capacity, ..Taken::default() };
        AreaDto {
            name: area.name.clone(),
            category: area.category.clone(),
            places: taken.map_or(free, |taken| taken.places).into(),
        }
    };
    page.details.areas.iter().map(area).collect()
}

impl From<Taken> for TakenDto {
    fn from(taken: Taken) -> Self {
        let Taken { capacity, held, sold } = taken;
        Self { capacity, held, sold, available: taken.available() }
    }
}
