//! A booking as its buyer and the organiser see it: the answer of the commands, and what became of
//! the money.

use aisle_domain::booking::Order;
use aisle_domain::id::{BookingId, EventId, PaymentId, RefundId, Subject};
use aisle_domain::policy::MAX_RENEWALS;
use aisle_domain::stream::Position;
use aisle_projections::views::{
    BookingPage, BookingState, PaymentPage, PaymentPageState, RefundPage,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::event_dto::MoneyDto;

/// A booking.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BookingDto {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    booking_id: BookingId,
    /// The event.
    #[schema(value_type = uuid::Uuid)]
    event_id: EventId,
    /// Who made it: a token's subject.
    #[schema(value_type = String)]
    buyer: Subject,
    /// Where it stands: held, paying, confirmed, released, expired or cancelled.
    #[schema(example = "held")]
    state: &'static str,
    /// Its reserved seats.
    seats: Vec<SeatDto>,
    /// Its general-admission places.
    places: Vec<PlacesDto>,
    /// All fees together.
    fee: MoneyDto,
    /// What is to be paid, fees included.
    total: MoneyDto,
    /// Until when it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// How often it can still be renewed.
    renewals_left: u32,
    /// The payment that is on its way or paid it, or the last one that was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    payment_id: Option<PaymentId>,
    /// Every attempt to pay it, in order.
    payments: Vec<PaymentDto>,
    /// Why it was cancelled, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// The position of the last fact that changed it.
    position: Position,
}

/// A seat of a booking.
#[derive(Debug, Serialize, ToSchema)]
struct SeatDto {
    /// Its label.
    seat: String,
    /// Its price category.
    category: String,
    /// Its price, without the fee.
    price: MoneyDto,
}

/// Places of a booking.
#[derive(Debug, Serialize, ToSchema)]
struct PlacesDto {
    /// The area.
    area: String,
    /// Their price category.
    category: String,
    /// How many.
    count: u32,
    /// The price of each, without the fee.
    price: MoneyDto,
}

/// An attempt to pay a booking.
#[derive(Debug, Serialize, ToSchema)]
struct PaymentDto {
    /// Our name for it.
    #[schema(value_type = uuid::Uuid)]
    payment_id: PaymentId,
    /// The amount.
    amount: MoneyDto,
    /// What became of it: started, declined, captured, refunding or refunded.
    #[schema(value_type = String, example = "captured")]
    state: PaymentPageState,
    /// Why it was declined, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    declined: Option<String>,
    /// Its refund, if one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<RefundDto>,
}

/// A refund.
#[derive(Debug, Serialize, ToSchema)]
struct RefundDto {
    /// Our name for it.
    #[schema(value_type = uuid::Uuid)]
    refund_id: RefundId,
    /// The amount.
    amount: MoneyDto,
    /// Why.
    reason: String,
}

impl From<BookingPage> for BookingDto {
    fn from(page: BookingPage) -> Self {
        let order = &page.order;
        let money = |amount| money(order, amount);
        Self {
            booking_id: page.id,
            event_id: order.event_id,
            state: page.phase.as_str(),
            seats: seats(order),
            places: places(order),
            fee: money(order.fee),
            total: money(order.total),
            until: page.until,
            renewals_left: renewals_left(&page),
            payment_id: page.payments.last().map(|payment| payment.id),
            payments: page.payments.iter().map(|each| payment(order, each)).collect(),
            created_at: page.created.at,
            updated_at: page.updated.at,
            position: page.updated.position,
            buyer: page.order.buyer,
            cancelled: page.cancelled,
        }
    }
}

fn money(order: &Order, amount: i64) -> MoneyDto {
    MoneyDto { amount, currency: order.currency }
}

fn seats(order: &Order) -> Vec<SeatDto> {
    let seat = |line: &aisle_domain::booking::SeatLine| SeatDto {
        seat: line.seat.clone(),
        category: line.category.clone(),
        price: money(order, line.price),
    };
    order.seats.iter().map(seat).collect()
}

fn places(order: &Order) -> Vec<PlacesDto> {
    let places = |line: &aisle_domain::booking::PlacesLine| PlacesDto {
        area: line.area.clone(),
        category: line.category.clone(),
        count: line.count,
        price: money(order, line.price),
    };
    order.places.iter().map(places).collect()
}

fn renewals_left(page: &BookingPage) -> u32 {
    match page.phase {
        BookingState::Held | BookingState::Paying => MAX_RENEWALS.saturating_sub(page.renewals),
        BookingState::Confirmed
        | BookingState::Released
        | BookingState::Expired
        | BookingState::Cancelled => 0,
    }
}

fn payment(order: &Order, payment: &PaymentPage) -> PaymentDto {
    PaymentDto {
        payment_id: payment.id,
        amount: money(order, payment.amount),
        state: payment.state,
        declined: payment.declined.clone(),
        refund: payment.refund.as_ref().map(|each| refund(order, each)),
    }
}

fn refund(order: &Order, refund: &RefundPage) -> RefundDto {
    let (refund_id, reason) = (refund.id, refund.reason.clone());
    RefundDto { refund_id, amount: money(order, refund.amount), reason }
}
