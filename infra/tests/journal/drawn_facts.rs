//! Draws facts of each kind, with anything in them that their types allow.

mod values;

use aisle_domain::area::AreaFact;
use aisle_domain::booking::BookingFact;
use aisle_domain::event::EventFact;
use aisle_domain::fact::Fact;
use aisle_domain::id::{BookingId, PaymentId, RefundId};
use aisle_domain::seat::SeatFact;
use proptest::prelude::*;

use self::values::{details, id, moment, order, prices, why};

/// Facts of the same kind. A new kind does not compile until it can be drawn.
pub(crate) fn like(fact: &Fact) -> BoxedStrategy<Fact> {
    match fact {
        Fact::Event(fact) => event(fact).prop_map(Fact::Event).boxed(),
        Fact::Seat(fact) => seat(fact).prop_map(Fact::Seat).boxed(),
        Fact::Area(fact) => area(fact).prop_map(Fact::Area).boxed(),
        Fact::Booking(fact) => booking(fact).prop_map(Fact::Booking).boxed(),
    }
}

fn event(fact: &EventFact) -> BoxedStrategy<EventFact> {
    match fact {
        EventFact::Created(_) => {
            details().prop_map(|details| EventFact::Created(Box::new(details))).boxed()
        }
        EventFact::Repriced { .. } => (any::<u32>(), prices(), any::<i64>())
            .prop_map(|(price_version, prices, fee)| EventFact::Repriced {
                price_version,
                prices,
                fee,
            })
            .boxed(),
        EventFact::Published {} => Just(EventFact::Published {}).boxed(),
        EventFact::SalesOpened {} => Just(EventFact::SalesOpened {}).boxed(),
        EventFact::SalesPaused {} => Just(EventFact::SalesPaused {}).boxed(),
        EventFact::SalesClosed {} => Just(EventFact::SalesClosed {}).boxed(),
        EventFact::Cancelled { .. } => {
            any::<String>().prop_map(|reason| EventFact::Cancelled { reason }).boxed()
        }
    }
}

fn seat(fact: &SeatFact) -> BoxedStrategy<SeatFact> {
    match fact {
        SeatFact::Held { .. } => (id::<BookingId>(), moment())
            .prop_map(|(booking_id, until)| SeatFact::Held { booking_id, until })
            .boxed(),
        SeatFact::Extended { .. } => (id::<BookingId>(), moment())
            .prop_map(|(booking_id, until)| SeatFact::Extended { booking_id, until })
            .boxed(),
        SeatFact::Booked { .. } => {
            id::<BookingId>().prop_map(|booking_id| SeatFact::Booked { booking_id }).boxed()
        }
        SeatFact::Released { .. } => (id::<BookingId>(), why())
            .prop_map(|(booking_id, reason)| SeatFact::Released { booking_id, reason })
            .boxed(),
    }
}

fn area(fact: &AreaFact) -> BoxedStrategy<AreaFact> {
    let count = any::<u32>();
    match fact {
        AreaFact::Held { .. } => (id::<BookingId>(), count, moment())
            .prop_map(|(booking_id, count, until)| AreaFact::Held { booking_id, count, until })
            .boxed(),
        AreaFact::Extended { .. } => (id::<BookingId>(), moment())
            .prop_map(|(booking_id, until)| AreaFact::Extended { booking_id, until })
            .boxed(),
        AreaFact::Booked { .. } => (id::<BookingId>(), count)
            .prop_map(|(booking_id, count)| AreaFact::Booked { booking_id, count })
            .boxed(),
        AreaFact::Released { .. } => (id::<BookingId>(), count, why())
            .prop_map(|(booking_id, count, reason)| AreaFact::Released {
                booking_id,
                count,
                reason,
            })
            .boxed(),
    }
}

fn booking(fact: &BookingFact) -> BoxedStrategy<BookingFact> {
    let (text, amount, payment) = (any::<String>(), any::<i64>(), id::<PaymentId>());
    match fact {
        BookingFact::Held { .. } => (order(), moment())
            .prop_map(|(order, until)| BookingFact::Held { order: order.into(), until })
            .boxed(),
        BookingFact::Renewed { .. } => {
            moment().prop_map(|until| BookingFact::Renewed { until }).boxed()
        }
        BookingFact::PaymentStarted { .. } => (payment, text, amount)
            .prop_map(|(payment_id, method, amount)| BookingFact::PaymentStarted {
                payment_id,
                method,
                amount,
            })
            .boxed(),
        BookingFact::PaymentDeclined { .. } => (payment, text)
            .prop_map(|(payment_id, reason)| BookingFact::PaymentDeclined { payment_id, reason })
            .boxed(),
        BookingFact::Confirmed { .. } => (payment, any::<bool>())
            .prop_map(|(payment_id, late)| BookingFact::Confirmed { payment_id, late })
            .boxed(),
        BookingFact::Released {} => Just(BookingFact::Released {}).boxed(),
        BookingFact::Expired {} => Just(BookingFact::Expired {}).boxed(),
        BookingFact::Cancelled { .. } => {
            text.prop_map(|reason| BookingFact::Cancelled { reason }).boxed()
        }
        BookingFact::RefundRequested { .. } => (id::<RefundId>(), payment, amount, text)
            .prop_map(|(refund_id, payment_id, amount, reason)| BookingFact::RefundRequested {
                refund_id,
                payment_id,
                amount,
                reason,
            })
            .boxed(),
        BookingFact::Refunded { .. } => (id::<RefundId>(), payment, amount)
            .prop_map(|(refund_id, payment_id, amount)| BookingFact::Refunded {
                refund_id,
                payment_id,
                amount,
            })
            .boxed(),
    }
}
