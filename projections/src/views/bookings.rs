//! The view **bookings**: each booking as its buyer and the organiser see it.
//!
//! It never shows by which means somebody paid.

use aisle_domain::booking::{BookingFact, Order};
use aisle_domain::fact::Fact;
use aisle_domain::id::{BookingId, EventId, PaymentId, RefundId, Subject};
use aisle_domain::stream::{AggregateType, Position};
use aisle_infra::journal::Entry;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::view::Fold;
use crate::projection::ProjectionError;
use crate::seat_map::Unfit;
use crate::store::{Build, Column, Kind, Line, Record, Sheet, Table, Value, Write};

/// A booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingPage {
    /// The booking.
    pub id: BookingId,
    /// What was ordered, by whom, at which price.
    pub order: Order,
    /// Where it stands.
    pub phase: BookingState,
    /// The deadline that the buyer was told, while there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// How often it was renewed.
    pub renewals: u32,
    /// The payment came after the hold had lapsed, and the seats were still free.
    pub late: bool,
    /// Why it was cancelled, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<String>,
    /// Every attempt to pay it, in order.
    pub payments: Vec<PaymentPage>,
    /// When it was made. Bookings sort by this position as they were made.
    pub created: Moment,
    /// When it last changed.
    pub updated: Moment,
}

/// A place in the journal and the time of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// The position.
    pub position: Position,
    /// When it was recorded.
    pub at: Timestamp,
}

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    /// Its seats are kept; nothing is paid.
    Held,
    /// A payment is on its way.
    Paying,
    /// Paid.
    Confirmed,
    /// Let go before it was paid.
    Released,
    /// Not paid in time.
    Expired,
    /// Given back, or called off with its event.
    Cancelled,
}

/// An attempt to pay a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentPage {
    /// Our name for it.
    pub id: PaymentId,
    /// The amount, in minor units of the order's currency.
    pub amount: i64,
    /// What became of it.
    pub state: PaymentPageState,
    /// Why it was declined, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declined: Option<String>,
    /// Its refund, if one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<RefundPage>,
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentPageState {
    /// The provider has not answered yet.
    Started,
    /// It failed.
    Declined,
    /// It paid the booking.
    Captured,
    /// The money is on its way back.
    Refunding,
    /// The money went back.
    Refunded,
}

/// A refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundPage {
    /// Our name for it.
    pub id: RefundId,
    /// The amount, in minor units of the order's currency.
    pub amount: i64,
    /// Why.
    pub reason: String,
}

impl BookingState {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Paying => "paying",
            Self::Confirmed => "confirmed",
            Self::Released => "released",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }
}

impl PaymentPageState {
    /// The name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Declined => "declined",
            Self::Captured => "captured",
            Self::Refunding => "refunding",
            Self::Refunded => "refunded",
        }
    }
}

impl BookingPage {
    /// The event that it is of.
    #[must_use]
    pub fn event_id(&self) -> EventId {
        self.order.event_id
    }

    /// Who made it.
    #[must_use]
    pub fn buyer(&self) -> &Subject {
        &self.order.buyer
    }

    fn new(id: BookingId, order: &Order, until: Timestamp, created: Moment) -> Self {
        Self {
            id,
            order: order.clone(),
            phase: BookingState::Held,
            until: Some(until),
            renewals: 0,
            late: false,
            cancelled: None,
            payments: Vec::new(),
            created,
            updated: created,
        }
    }

    fn fold(&mut self, fact: &BookingFact) {
        match fact {
            BookingFact::Held { .. } => {}
            BookingFact::Renewed { until } => {
                self.until = Some(*until);
                self.renewals += 1;
            }
            BookingFact::PaymentStarted { payment_id, amount, .. } => {
                self.payment(*payment_id, *amount).state = PaymentPageState::Started;
                if self.phase == BookingState::Held {
                    self.phase = BookingState::Paying;
                }
            }
            BookingFact::PaymentDeclined { payment_id, reason } => {
                self.decline(*payment_id, reason);
            }
            BookingFact::Confirmed { payment_id, late } => {
                self.payment(*payment_id, 0).state = PaymentPageState::Captured;
                self.late = *late;
                self.end(BookingState::Confirmed);
            }
            BookingFact::Released {} => self.end(BookingState::Released),
            BookingFact::Expired {} => self.end(BookingState::Expired),
            BookingFact::Cancelled { reason } => {
                self.cancelled = Some(reason.clone());
                self.end(BookingState::Cancelled);
            }
            BookingFact::RefundRequested { refund_id, payment_id, amount, reason } => {
                let payment = self.payment(*payment_id, *amount);
                payment.state = PaymentPageState::Refunding;
                let (id, amount, reason) = (*refund_id, *amount, reason.clone());
                payment.refund = Some(RefundPage { id, amount, reason });
            }
            BookingFact::Refunded { payment_id, amount, .. } => {
                self.payment(*payment_id, *amount).state = PaymentPageState::Refunded;
            }
        }
    }

    fn decline(&mut self, payment: PaymentId, reason: &str) {
        let declined = self.payment(payment, 0);
        declined.state = PaymentPageState::Declined;
        declined.declined = Some(reason.to_owned());
        let under_way = self.payments.last().is_some_and(|last| last.id == payment);
        if self.phase == BookingState::Paying && under_way {
            self.phase = BookingState::Held;
        }
    }

    /// The payment of this name; a provider may speak of one that was never started here.
    fn payment(&mut self, id: PaymentId, amount: i64) -> &mut PaymentPage {
        let known = self.payments.iter().position(|payment| payment.id == id);
        let place = known.unwrap_or_else(|| {
            let state = PaymentPageState::Started;
            self.payments.push(PaymentPage { id, amount, state, declined: None, refund: None });
            self.payments.len() - 1
        });
        &mut self.payments[place]
    }

    fn end(&mut self, phase: BookingState) {
        (self.phase, self.until) = (phase, None);
    }
}

impl Record for BookingPage {
    const TABLE: &'static Table = &Table {
        name: "read_bookings_v1",
        columns: &[
            Column { name: "event_id", kind: Kind::Text },
            Column { name: "buyer", kind: Kind::Text },
            Column { name: "phase", kind: Kind::Text },
            Column { name: "created", kind: Kind::Int },
        ],
        indexes: &[&["buyer", "created"], &["event_id", "created"]],
    };

    fn columns(&self) -> Vec<Value> {
        vec![
            Value::Text(self.order.event_id.to_string()),
            Value::Text(self.order.buyer.to_string()),
            Value::Text(self.phase.as_str().to_owned()),
            Value::position(self.created.position),
        ]
    }
}

/// Keeps the bookings.
pub(crate) struct Bookings;

#[async_trait]
impl Fold for Bookings {
    const LINE: Line = Line { name: "bookings", version: 1 };
    const TABLES: &'static [&'static Table] = &[BookingPage::TABLE];
    type Rows = Sheet<BookingId, BookingPage>;

    fn reads(aggregate: AggregateType) -> bool {
        match aggregate {
            AggregateType::Booking => true,
            AggregateType::Event | AggregateType::Seat | AggregateType::Area => false,
        }
    }

    async fn load(
        &self,
        build: &Build,
        rows: &mut Self::Rows,
        entries: &[Entry],
    ) -> Result<(), ProjectionError> {
        let mut keys = Vec::new();
        for entry in entries {
            match (&*entry.fact, entry.booking_id()) {
                (Fact::Booking(BookingFact::Held { .. }), Some(id)) => rows.expect(id),
                (Fact::Booking(_), Some(id)) => keys.push(id),
                _ => {}
            }
        }
        rows.load(build, keys).await
    }

    fn fold(rows: &mut Self::Rows, entry: &Entry) -> Result<(), Unfit> {
        let Fact::Booking(fact) = &*entry.fact else { return Ok(()) };
        let id = entry.booking_id().ok_or_else(|| Unfit("its stream is no booking's".into()))?;
        let now = Moment { position: entry.position(), at: entry.recorded.recorded_at };
        if let BookingFact::Held { order, until } = fact {
            rows.put(id, BookingPage::new(id, order, *until, now));
            return Ok(());
        }
        let unknown = || Unfit(format!("there is no booking {id}"));
        let booking = rows.change(id).ok_or_else(unknown)?;
        booking.fold(fact);
        booking.updated = now;
        Ok(())
    }

    fn unwritten(rows: &Self::Rows) -> usize {
        rows.changed().len()
    }

    fn writes(rows: &mut Self::Rows) -> Result<Vec<Write>, ProjectionError> {
        Ok(vec![rows.write()?])
    }

    fn written(rows: &mut Self::Rows) {
        rows.written();
    }
}
