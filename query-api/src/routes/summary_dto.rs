//! A seat map by section: what is left where, and from which price.

use aisle_domain::event::EventDetails;
use aisle_domain::id::EventId;
use aisle_domain::money::Money;
use aisle_domain::plan::{Plan, PlanHash, Seat, Zone};
use aisle_domain::stream::Position;
use aisle_projections::seat_map::{AreaSnapshot, SeatMapSnapshot, SeatState};
use serde::Serialize;
use utoipa::ToSchema;

use super::event_dto::MoneyDto;
use crate::seat_bodies::AreaSeatsDto;

/// What is left of an event, section by section.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SummaryDto {
    /// The event.
    #[schema(value_type = uuid::Uuid)]
    event_id: EventId,
    /// The version of the seat map.
    version: Position,
    /// The hash of the seating plan; none without reserved seats.
    #[schema(value_type = Option<String>)]
    plan: Option<PlanHash>,
    /// Counts the price lists of the event, from 1.
    price_version: u32,
    /// All seats together.
    #[serde(flatten)]
    seats: CountsDto,
    /// The zones of the plan that have seats, in plan order.
    sections: Vec<SectionDto>,
    /// The general-admission areas.
    areas: Vec<AreaSummaryDto>,
}

/// How many seats are free and taken.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
struct CountsDto {
    /// How many there are.
    count: u32,
    /// How many can be held.
    free: u32,
    /// How many are held.
    held: u32,
    /// How many are sold.
    sold: u32,
}

/// A zone of the plan.
#[derive(Debug, Serialize, ToSchema)]
struct SectionDto {
    /// Its name; may be empty.
    name: String,
    /// The place of its first seat in plan order.
    first: u32,
    /// Its seats.
    #[serde(flatten)]
    seats: CountsDto,
    /// The least x and y of its seats, and the greatest.
    r#box: [f64; 4],
    /// The lowest price of a free seat, without the fee; absent if nothing is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<MoneyDto>,
    /// The categories of its seats.
    categories: Vec<CategorySummaryDto>,
}

/// The seats of one category in a section.
#[derive(Debug, Serialize, ToSchema)]
struct CategorySummaryDto {
    /// The category.
    category: String,
    /// Its seats.
    #[serde(flatten)]
    seats: CountsDto,
    /// What one costs, without the fee; absent if it is not on sale.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<MoneyDto>,
}

/// A general-admission area.
#[derive(Debug, Serialize, ToSchema)]
struct AreaSummaryDto {
    /// Its places.
    #[serde(flatten)]
    places: AreaSeatsDto,
    /// What one costs, without the fee; absent if it is not on sale.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<MoneyDto>,
}

impl SummaryDto {
    /// Counts a map; `plan` is the one whose order it is in.
    pub(crate) fn new(map: &SeatMapSnapshot, terms: &EventDetails, plan: Option<&Plan>) -> Self {
        let section = |plan| move |zone| SectionDto::new(map, terms, plan, zone);
        let sections =
            plan.map(|plan| plan.zones().iter().filter_map(section(plan)).collect::<Vec<_>>());
        Self {
            event_id: map.event_id,
            version: map.version,
            plan: map.plan,
            price_version: terms.price_version,
            seats: CountsDto { count: map.seats, free: map.free(), held: map.held, sold: map.sold },
            sections: sections.unwrap_or_default(),
            areas: map.areas.iter().map(|area| AreaSummaryDto::new(area, terms)).collect(),
        }
    }
}

impl CountsDto {
    fn add(&mut self, state: SeatState) {
        self.count += 1;
        match state {
            SeatState::Free => self.free += 1,
            SeatState::Held => self.held += 1,
            SeatState::Sold => self.sold += 1,
            SeatState::Blocked => {}
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            free: self.free + other.free,
            held: self.held + other.held,
            sold: self.sold + other.sold,
        }
    }
}

impl SectionDto {
    /// None of a zone that has drawn areas only.
    fn new(map: &SeatMapSnapshot, terms: &EventDetails, plan: &Plan, zone: &Zone) -> Option<Self> {
        let rows = plan.rows().get(zone.rows.start as usize..zone.rows.end as usize)?;
        let (first, last) = (rows.first()?.seats.start, rows.last()?.seats.end);
        let seats = plan.seats().get(first as usize..last as usize)?;
        let mut counts = vec![CountsDto::default(); plan.categories().len()];
        for (seat, place) in seats.iter().zip(first..) {
            if let Some(counts) = counts.get_mut(usize::from(seat.category.0)) {
                counts.add(map.state(place));
            }
        }
        let named = plan.categories().iter().zip(counts).filter(|(_, counts)| counts.count > 0);
        let categories: Vec<_> = named
            .map(|(category, seats)| CategorySummaryDto {
                category: category.name.to_string(),
                seats,
                price: price(terms, &category.name),
            })
            .collect();
        let left = categories.iter().filter(|each| each.seats.free > 0);
        Some(Self {
            name: zone.name.to_string(),
            first,
            seats: categories.iter().fold(CountsDto::default(), |sum, each| sum.plus(each.seats)),
            r#box: bounds(seats),
            from: left.filter_map(|each| each.price).min_by_key(|price| price.amount),
            categories,
        })
    }
}

impl AreaSummaryDto {
    fn new(area: &AreaSnapshot, terms: &EventDetails) -> Self {
        let spec = terms.areas.iter().find(|spec| spec.name == area.name);
        Self { places: area.into(), price: spec.and_then(|spec| price(terms, &spec.category)) }
    }
}

fn price(terms: &EventDetails, category: &str) -> Option<MoneyDto> {
    let price = terms.prices.iter().find(|price| price.category == category)?;
    Some(Money::new(price.amount, terms.currency).into())
}

/// The least x and y, and the greatest.
fn bounds(seats: &[Seat]) -> [f64; 4] {
    let none = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    seats.iter().fold(none, |[left, top, right, bottom], seat| {
        let (x, y) = (seat.x(), seat.y());
        [left.min(x), top.min(y), right.max(x), bottom.max(y)]
    })
}
