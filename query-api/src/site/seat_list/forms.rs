//! The choices of the forms that name no seat: how many, of which category, in which area.

use aisle_domain::event::EventDetails;
use aisle_domain::plan::Plan;
use aisle_domain::policy::MAX_SEATS_PER_BOOKING;
use aisle_projections::views::EventPage;

use super::total;
use super::words;

/// A category that can be asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CategoryChoice {
    pub(super) name: String,
    /// With the fee, as text.
    pub(super) price: String,
}

/// An area that can be asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AreaChoice {
    pub(super) name: String,
    /// What is left and what it costs, in words.
    pub(super) about: String,
    pub(super) is_full: bool,
}

/// How many tickets one buyer may ask for at once.
pub(super) fn quantities(details: &EventDetails) -> Vec<u32> {
    (1..=most_at_once(details)).collect()
}

/// The most tickets that one booking of the event can have.
pub(super) fn most_at_once(details: &EventDetails) -> u32 {
    details.limit_per_buyer.min(MAX_SEATS_PER_BOOKING)
}

/// The categories of the plan that have a price.
pub(super) fn category_choices(details: &EventDetails, plan: Option<&Plan>) -> Vec<CategoryChoice> {
    let categories = plan.map(Plan::categories).unwrap_or_default();
    let choice = |name: &str| {
        let price = words::money(total(details, name)?);
        Some(CategoryChoice { name: name.to_owned(), price })
    };
    categories.iter().filter_map(|category| choice(&category.name)).collect()
}

/// The areas that have a price, in the order in which they were laid out.
pub(super) fn area_choices(page: &EventPage) -> Vec<AreaChoice> {
    let areas = page.details.areas.iter();
    let choice = |area: &aisle_domain::event::AreaSpec| {
        let taken = page.areas.iter().find(|taken| taken.name == area.name);
        let left = taken.map_or(area.capacity, |taken| taken.places.available());
        let about = words::area(left, total(&page.details, &area.category)?);
        Some(AreaChoice { name: area.name.clone(), about, is_full: left == 0 })
    };
    areas.filter_map(choice).collect()
}
