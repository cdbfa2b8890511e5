//! What a booking orders, and what it costs.

use serde::{Deserialize, Serialize};

use crate::id::{EventId, Subject};
use crate::money::{Currency, Money};

/// What is ordered, by whom, at which price. Fixed at the moment of the hold: a later price list
/// does not change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The event.
    pub event_id: EventId,
    /// Who ordered: a token's subject.
    pub buyer: Subject,
    /// The reserved seats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<SeatLine>,
    /// The general-admission places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<PlacesLine>,
    /// What all amounts are in.
    pub currency: Currency,
    /// The price list that was used.
    pub price_version: u32,
    /// All fees together, in minor units.
    pub fee: i64,
    /// Prices and fees together, in minor units: what is to be paid.
    pub total: i64,
}

/// A seat of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatLine {
    /// The seat's label in the plan.
    pub seat: String,
    /// Its price category.
    pub category: String,
    /// Its price without the fee, in minor units.
    pub price: i64,
}

/// Places of an area in an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacesLine {
    /// The area.
    pub area: String,
    /// Its price category.
    pub category: String,
    /// How many places, at least 1.
    pub count: u32,
    /// The price of each without the fee, in minor units.
    pub price: i64,
}

impl Order {
    /// How many seats and places it has.
    #[must_use]
    pub fn count(&self) -> u32 {
        let seats = u32::try_from(self.seats.len()).unwrap_or(u32::MAX);
        seats.saturating_add(self.places.iter().map(|line| line.count).sum())
    }

    /// What is to be paid.
    #[must_use]
    pub fn total(&self) -> Money {
        Money::new(self.total, self.currency)
    }

    /// Computes fee and total from the lines and the fee on each ticket, in minor units.
    #[must_use]
    pub fn priced(mut self, fee_each: i64) -> Self {
        let seats: i64 = self.seats.iter().map(|line| line.price).sum();
        let places: i64 = self.places.iter().map(|line| line.price * i64::from(line.count)).sum();
        self.fee = fee_each * i64::from(self.count());
        self.total = seats + places + self.fee;
        self
    }
}
