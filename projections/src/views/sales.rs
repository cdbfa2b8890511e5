//! The view **sales**: what was sold and given back of an event, hour by hour in UTC.
//!
//! Money that came when the seats were gone and went straight back was never a sale and is not
//! counted.

use std::collections::HashMap;
use std::fmt;

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
#[derive(Default)]
pub(crate) struct Rows {
    orders: Sheet<BookingId, Ordered>,
    hours: Sheet<Hour, Sales>,
}

impl Rows {
    /// Counts something into the hour of an entry.
    fn count(&mut self, order: &Ordered, entry: &Entry, count: impl Fn(&mut Sales, &Ordered)) {
        let hour = Hour::of(order.event_id, entry);
        if self.hours.row(hour).is_none() {
            self.hours.put(hour, Sales::none(order.event_id, hour.from, order.currency));
        }
        if let Some(sales) = self.hours.change(hour) {
            count(sales, order);
        }
    }
}

/// Names the row of an event's hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Hour {
    event: EventId,
    from: Timestamp,
}

impl Hour {
    fn of(event: EventId, entry: &Entry) -> Self {
        Self { event, from: Per::Hour.start(entry.recorded.recorded_at) }
    }
}

impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}", self.event, self.from)
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
        let mut held = HashMap::new();
        let mut later = Vec::new();
        for entry in entries {
            match (&*entry.fact, entry.booking_id()) {
                (Fact::Booking(BookingFact::Held { order, .. }), Some(id)) => {
                    held.insert(id, order.event_id);
                    rows.orders.expect(id);
                }
                (Fact::Booking(fact), Some(id)) if counts(fact) => later.push((id, entry)),
                _ => {}
            }
        }
        rows.orders.load(build, later.iter().map(|(id, _)| *id)).await?;
        let event = |id: BookingId| {
            let earlier = || Some(rows.orders.row(id)?.event_id);
            held.get(&id).copied().or_else(earlier)
        };
        let hours: Vec<Hour> =
            later.iter().filter_map(|(id, entry)| Some(Hour::of(event(*id)?, entry))).collect();
        rows.hours.load(build, hours).await
    }

    fn fold(rows: &mut Rows, entry: &Entry) -> Result<(), Unfit> {
        let Fact::Booking(fact) = &*entry.fact else { return Ok(()) };
        let id = entry.booking_id().ok_or_else(|| Unfit("its stream is no booking's".into()))?;
        if let BookingFact::Held { order, .. } = fact {
            rows.orders.put(id, Ordered::of(order));
        }
        if !counts(fact) {
            return Ok(());
        }
        let unknown = || Unfit(format!("there is no booking {id}"));
        let mut order = rows.orders.row(id).ok_or_else(unknown)?.clone();
        match fact {
            BookingFact::Confirmed { payment_id, .. } => {
                order.paid_by = Some(*payment_id);
                rows.count(&order, entry, |hour, order| {
                    hour.bookings += 1;
                    hour.tickets += order.tickets;
                    hour.revenue += order.total;
                    hour.fees += order.fee;
                });
                rows.orders.put(id, order);
            }
            BookingFact::Cancelled { .. } if order.paid_by.is_some() => {
                rows.count(&order, entry, |hour, order| hour.cancelled_tickets += order.tickets);
            }
            BookingFact::Refunded { payment_id, amount, .. }
                if order.paid_by == Some(*payment_id) =>
            {
                rows.count(&order, entry, |hour, _| hour.refunds += amount);
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

    fn unwritten(rows: &Rows) -> usize {
        rows.orders.changed().len() + rows.hours.changed().len()
    }

    fn writes(rows: &mut Rows) -> Result<Vec<Write>, ProjectionError> {
        Ok(vec![rows.hours.write()?, rows.orders.write()?])
    }

    fn written(rows: &mut Rows) {
        rows.hours.written();
        rows.orders.written();
    }
}

/// Whether a fact may change what was sold or given back.
fn counts(fact: &BookingFact) -> bool {
    match fact {
        BookingFact::Confirmed { .. }
        | BookingFact::Cancelled { .. }
        | BookingFact::Refunded { .. } => true,
        BookingFact::Held { .. }
        | BookingFact::Renewed { .. }
        | BookingFact::PaymentStarted { .. }
        | BookingFact::PaymentDeclined { .. }
        | BookingFact::Released {}
        | BookingFact::Expired {}
        | BookingFact::RefundRequested { .. } => false,
    }
}
