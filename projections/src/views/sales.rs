//! The view **sales**: what was sold and given back of an event, hour by hour in UTC.
//!
//! Money that came when the seats were gone and went straight back was never a sale and is not
//! counted.

use std::collections::HashMap;

use aisle_domain::booking::{BookingFact, Order};
use aisle_domain::fact::Fact;
use aisle_domain::id::{BookingId, EventId, PaymentId};
use aisle_domain::money::Currency;
use aisle_domain::stream::AggregateType;
use aisle_infra::journal::Entry;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::view::Fold;
use crate::projection::ProjectionError;
use crate::seat_map::Unfit;
use crate::store::{Build, Column, Kind, Line, Record, Sheet, Table, Value, Write};

/// The sales of an event in an hour or a day of UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sales {
    /// The event.
    pub event_id: EventId,
    /// The first moment of the hour or day.
    pub from: Timestamp,
    /// What the amounts are in.
    pub currency: Currency,
    /// How many bookings were confirmed.
    pub bookings: u32,
    /// How many seats and places they have.
    pub tickets: u32,
    /// What was paid for them, fees included, in minor units.
    pub revenue: i64,
    /// The fees in it, in minor units.
    pub fees: i64,
    /// How many seats and places of confirmed bookings were cancelled.
    pub cancelled_tickets: u32,
    /// What went back of what was paid, in minor units.
    pub refunds: i64,
}

/// How finely sales are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// By the hour.
    Hour,
    /// By the day of UTC.
    Day,
}

impl Per {
    /// The first moment of the period that a moment is in.
    #[must_use]
    pub fn start(self, at: Timestamp) -> Timestamp {
        let seconds = match self {
            Self::Hour => 3_600,
            Self::Day => 86_400,
        };
        let start = at.as_second().div_euclid(seconds) * seconds;
        Timestamp::from_second(start).unwrap_or(Timestamp::MIN)
    }
}

impl Sales {
    pub(super) fn none(event_id: EventId, from: Timestamp, currency: Currency) -> Self {
        Self {
            event_id,
            from,
            currency,
            bookings: 0,
            tickets: 0,
            revenue: 0,
            fees: 0,
            cancelled_tickets: 0,
            refunds: 0,
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.bookings += other.bookings;
        self.tickets += other.tickets;
        self.revenue += other.revenue;
        self.fees += other.fees;
        self.cancelled_tickets += other.cancelled_tickets;
        self.refunds += other.refunds;
    }
}

impl Record for Sales {
    const TABLE: &'static Table = &Table {
        name: "read_sales_v1",
        columns: &[
            Column { name: "event_id", kind: Kind::Text },
            Column { name: "starts", kind: Kind::Int },
        ],
        indexes: &[&["event_id", "starts"]],
    };

    fn columns(&self) -> Vec<Value> {
        vec![Value::Text(self.event_id.to_string()), Value::Int(self.from.as_second())]
    }
}

/// What later facts of a booking do not repeat.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ordered {
    event_id: EventId,
    currency: Currency,
    tickets: u32,
    total: i64,
    fee: i64,
    /// The payment that paid it, once one has.
    paid_by: Option<PaymentId>,
}

impl Ordered {
    fn of(order: &Order) -> Self {
        Self {
            event_id: order.event_id,
            currency: order.currency,
            tickets: order.count(),
            total: order.total,
            fee: order.fee,
            paid_by: None,
        }
    }
}

impl Record for Ordered {
    const TABLE: &'static Table =
        &Table { name: "read_sales_orders_v1", columns: &[], indexes: &[] };

    fn columns(&self) -> Vec<Value> {
        Vec::new()
    }
}

/// Keeps the sales.
pub(crate) struct SalesByHour;

/// The rows in hand.
#[derive(Clone, Default)]
pub(crate) struct Rows {
    orders: Sheet<Ordered>,
    hours: Sheet<Sales>,
}

impl Rows {
    /// Counts something into the hour of an entry.
    fn count(&mut self, booking: BookingId, entry: &Entry, count: impl Fn(&mut Sales, &Ordered)) {
        let Some(order) = self.orders.row(&booking.to_string()) else { return };
        let key = hour_key(order.event_id, entry);
        if self.hours.row(&key).is_none() {
            let from = Per::Hour.start(entry.recorded.recorded_at);
            self.hours.put(key.clone(), Sales::none(order.event_id, from, order.currency));
        }
        if let Some(hour) = self.hours.change(&key) {
            count(hour, order);
        }
    }
}

#[async_trait]
impl Fold for SalesByHour {
    const LINE: Line = Line { name: "sales", version: 1 };
    const TABLES: &'static [&'static Table] = &[Sales::TABLE, Ordered::TABLE];
    type Rows = Rows;

    fn reads(aggregate: AggregateType) -> bool {
        match aggregate {
            AggregateType::Booking => true,
            AggregateType::Event | AggregateType::Seat | AggregateType::Area => false,
        }
    }

    async fn load(
        &self,
        build: &Build,
        rows: &mut Rows,
        entries: &[Entry],
    ) -> Result<(), ProjectionError> {
        let keys = entries.iter().filter_map(Entry::booking_id).map(|id| id.to_string());
        rows.orders.load(build, keys).await?;
        let mut held = HashMap::new();
        let mut hours = Vec::new();
        for entry in entries {
            let (Fact::Booking(fact), Some(id)) = (&entry.fact, entry.booking_id()) else {
                continue;
            };
            if let BookingFact::Held { order, .. } = fact {
                held.insert(id, order.event_id);
            }
            let earlier = rows.orders.row(&id.to_string()).map(|order| order.event_id);
            let event = held.get(&id).copied().or(earlier);
            hours.extend(event.map(|event| hour_key(event, entry)));
        }
        rows.hours.load(build, hours).await
    }

    fn fold(rows: &mut Rows, entry: &Entry) -> Result<(), Unfit> {
        let Fact::Booking(fact) = &entry.fact else { return Ok(()) };
        let id = entry.booking_id().ok_or_else(|| Unfit("its stream is no booking's".into()))?;
        let key = id.to_string();
        if let BookingFact::Held { order, .. } = fact {
            rows.orders.put(key, Ordered::of(order));
            return Ok(());
        }
        let unknown = || Unfit(format!("there is no booking {id}"));
        let paid_by = rows.orders.row(&key).ok_or_else(unknown)?.paid_by;
        match fact {
            BookingFact::Confirmed { payment_id, .. } => {
                let order = rows.orders.change(&key).ok_or_else(unknown)?;
                order.paid_by = Some(*payment_id);
                rows.count(id, entry, |hour, order| {
                    hour.bookings += 1;
                    hour.tickets += order.tickets;
                    hour.revenue += order.total;
                    hour.fees += order.fee;
                });
            }
            BookingFact::Cancelled { .. } if paid_by.is_some() => {
                rows.count(id, entry, |hour, order| hour.cancelled_tickets += order.tickets);
            }
            BookingFact::Refunded { payment_id, amount, .. } if paid_by == Some(*payment_id) => {
                rows.count(id, entry, |hour, _| hour.refunds += amount);
            }
            BookingFact::Held { .. }
            | BookingFact::Renewed { .. }
            | BookingFact::PaymentStarted { .. }
            | BookingFact::PaymentDeclined { .. }
            | BookingFact::Released {}
            | BookingFact::Expired {}
            | BookingFact::Cancelled { .. }
            | BookingFact::RefundRequested { .. }
            | BookingFact::Refunded { .. } => {}
        }
        Ok(())
    }

    fn writes(rows: &Rows) -> Result<Vec<Write>, ProjectionError> {
        Ok(vec![rows.hours.write()?, rows.orders.write()?])
    }
}

/// The key of the row of an event's hour.
fn hour_key(event: EventId, entry: &Entry) -> String {
    format!("{event}|{}", Per::Hour.start(entry.recorded.recorded_at))
}
