//! What commands are answered with: the event or booking as the command leaves it.

use std::sync::Arc;

use aisle_domain::booking::{BookingPhase, Placed};
use aisle_domain::event::Phase;
use aisle_domain::house::House;
use aisle_domain::id::{BookingId, EventId, PaymentId};
use aisle_domain::money::Money;
use aisle_domain::policy::MAX_RENEWALS;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// An amount of money.
#[derive(Debug, Clone, Copy, Serialize, serde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoneyDto {
    /// Minor units: 4500 with EUR is 45 euros.
    #[schema(example = 4500)]
    pub amount: i64,
    /// ISO 4217 code.
    #[schema(value_type = String, example = "EUR")]
    pub currency: aisle_domain::money::Currency,
}

impl From<Money> for MoneyDto {
    fn from(money: Money) -> Self {
        Self { amount: money.amount, currency: money.currency }
    }
}

/// An event after a command.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventAnswer {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub event_id: EventId,
    /// Where its sale stands: draft, published, on_sale, paused, closed or cancelled.
    #[schema(value_type = String, example = "on_sale")]
    pub phase: Phase,
    /// Counts its price lists, from 1.
    pub price_version: u32,
    /// The hash of its seating plan, if it has reserved seats.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub plan: Option<aisle_domain::plan::PlanHash>,
    /// All its seats and places.
    pub capacity: u64,
    /// The position of the command in the journal: ask a read for it by `min-position`.
    #[schema(value_type = u64)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
}

/// A booking after a command.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BookingAnswer {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub booking_id: BookingId,
    /// The event.
    #[schema(value_type = uuid::Uuid)]
    pub event_id: EventId,
    /// Where it stands: held, paying, confirmed, released, expired or cancelled.
    #[schema(example = "held")]
    pub state: &'static str,
    /// Its reserved seats.
    pub seats: Vec<SeatAnswer>,
    /// Its general-admission places.
    pub places: Vec<PlacesAnswer>,
    /// All fees together.
    pub fee: MoneyDto,
    /// What is to be paid, fees included.
    pub total: MoneyDto,
    /// Until when it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
    /// How often it can still be renewed.
    pub renewals_left: u32,
    /// The payment that is on its way or paid it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub payment_id: Option<PaymentId>,
    /// The position of the command in the journal: ask a read for it by `min-position`.
    #[schema(value_type = u64)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
}

/// A seat of a booking.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SeatAnswer {
    /// Its label.
    pub seat: String,
    /// Its price category.
    pub category: String,
    /// Its price, without the fee.
    pub price: MoneyDto,
}

/// Places of a booking.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlacesAnswer {
    /// The area.
    pub area: String,
    /// Their price category.
    pub category: String,
    /// How many.
    pub count: u32,
    /// The price of each, without the fee.
    pub price: MoneyDto,
}

/// The event of a house, as JSON text.
#[must_use]
pub fn event_json(house: &House) -> String {
    let Some((details, phase)) = house.event().details().zip(house.event().phase()) else {
        return "{}".to_owned();
    };
    to_json(&EventAnswer {
        event_id: house.event_id(),
        phase,
        price_version: details.price_version,
        plan: details.plan,
        capacity: details.capacity(),
        position: None,
    })
}

/// A booking of a house, as JSON text.
#[must_use]
pub fn booking_json(house: &House, booking: BookingId) -> String {
    match house.placed(booking) {
        Some(placed) => to_json(&of_booking(booking, placed)),
        None => "{}".to_owned(),
    }
}

fn of_booking(booking_id: BookingId, placed: Placed) -> BookingAnswer {
    let order = Arc::unwrap_or_clone(placed.order);
    let money = |amount| MoneyDto { amount, currency: order.currency };
    let seats = order.seats.into_iter().map(|line| SeatAnswer {
        seat: line.seat,
        category: line.category,
        price: money(line.price),
    });
    let places = order.places.into_iter().map(|line| PlacesAnswer {
        area: line.area,
        category: line.category,
        count: line.count,
        price: money(line.price),
    });
    let renewals = match placed.phase {
        BookingPhase::Held { renewals, .. } | BookingPhase::Paying { renewals, .. } => renewals,
        BookingPhase::Confirmed { .. }
        | BookingPhase::Released
        | BookingPhase::Expired
        | BookingPhase::Cancelled => MAX_RENEWALS,
    };
    let payment_id = match placed.phase {
        BookingPhase::Paying { payment, .. } | BookingPhase::Confirmed { payment } => Some(payment),
        _ => placed.payments.last().map(|payment| payment.id),
    };
    BookingAnswer {
        booking_id,
        event_id: order.event_id,
        state: placed.phase.as_str(),
        seats: seats.collect(),
        places: places.collect(),
        fee: money(order.fee),
        total: money(order.total),
        until: placed.phase.until(),
        renewals_left: MAX_RENEWALS.saturating_sub(renewals),
        payment_id,
        position: None,
    }
}

fn to_json(answer: &impl Serialize) -> String {
    // String keys and plain values only: this cannot fail.
    serde_json::to_string(answer).unwrap_or_else(|_| "{}".to_owned())
}

/// Puts the position into an answer: a JSON object that was made before the position was known.
#[must_use]
pub fn with_position(answer: &str, position: u64) -> String {
    let Some(open) = answer.strip_suffix('}') else { return answer.to_owned() };
    let comma = if open.len() > 1 { "," } else { "" };
    format!("{open}{comma}\"position\":{position}}}")
}

#[cfg(test)]
mod tests {
    use super::with_position;

    #[test]
    fn the_position_is_put_into_the_answer() {
        assert_eq!(with_position(r#"{"a":1}"#, 7), r#"{"a":1,"position":7}"#);
        assert_eq!(with_position("{}", 7), r#"{"position":7}"#);
    }
}
