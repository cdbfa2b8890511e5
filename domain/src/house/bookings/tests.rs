//! What comes out of the bookings of a house is what went in, whether or not it fits.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::booking::{BookingPhase, Order, Payment, PaymentState, PlacesLine, SeatLine};
use crate::id::{PaymentId, RefundId};
use crate::plan::SeatIndex;
use crate::policy;
use crate::testing::{details, event_id, plan};

fn any_payment() -> impl Strategy<Value = PaymentId> {
    (0_u128..3).prop_map(|number| PaymentId(Uuid::from_u128(number)))
}

fn any_until() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        (0_i64..10, 0..3).prop_map(|(second, nano)| Timestamp::new(second, nano).unwrap()),
        (-9_000_000_000_i64..9_000_000_000).prop_map(|at| Timestamp::from_second(at).unwrap()),
    ]
}

fn any_phase() -> impl Strategy<Value = BookingPhase> {
    let renewals = prop_oneof![0_u32..3, 250_u32..300];
    (0..6, any_until(), renewals, any_payment()).prop_map(|(phase, until, renewals, payment)| {
        match phase {
            0 => BookingPhase::Held { until, renewals },
            1 => BookingPhase::Paying { until, renewals, payment },
            2 => BookingPhase::Confirmed { payment },
            3 => BookingPhase::Released,
            4 => BookingPhase::Expired,
            _ => BookingPhase::Cancelled,
        }
    })
}

fn any_state() -> impl Strategy<Value = PaymentState> {
    let refund = RefundId(Uuid::from_u128(7));
    prop_oneof![
        Just(PaymentState::Started),
        Just(PaymentState::Declined),
        Just(PaymentState::Captured),
        Just(PaymentState::Refunding { refund, amount: 5 }),
        Just(PaymentState::Refunded { refund, amount: 5 }),
    ]
}

/// Of a plan of two rows of five seats, and of some that it does not have; priced well or not.
fn any_order() -> impl Strategy<Value = Order> {
    let amount = || prop_oneof![3 => 0_i64..3, 1 => any::<i64>().prop_map(|amount| amount / 64)];
    let seat = (1..4, 1..6, amount()).prop_map(|(row, seat, price)| SeatLine {
        seat: format!("{row}-{seat}"),
        category: format!("C{price}"),
        price,
    });
    let places = (0_u32..3, amount()).prop_map(|(count, price)| PlacesLine {
        area: format!("A{count}"),
        category: format!("C{price}"),
        count,
        price,
    });
    let lines = (prop::collection::vec(seat, 0..4), prop::collection::vec(places, 0..2));
    let terms = (0_u32..3, 0_i64..3, prop_oneof![9 => Just(0_i64), 1 => 0_i64..2]);
    (lines, terms, 0_u64..20, 0..4).prop_map(|((seats, places), terms, event, buyer)| {
        let (price_version, fee_each, off) = terms;
        let buyer = Subject::try_new(format!("buyer-{buyer}")).unwrap();
        let event_id = event_id(if event == 0 { 2 } else { 1 });
        let (fee, total) = (0, 0);
        let currency = details().currency;
        let order = Order { event_id, buyer, seats, places, currency, price_version, fee, total };
        let order = order.priced(fee_each);
        Order { total: order.total + off, ..order }
    })
}

fn any_booking() -> impl Strategy<Value = Tracked<Booking>> {
    let attempt = (any_payment(), prop_oneof![Just(0_i64), 0_i64..2], any_state());
    let attempts = prop::collection::vec(attempt, 0..3);
    let far = prop_oneof![9 => Just(0_u64), 1 => Just(1_u64 << 32)];
    (any_order(), any_phase(), attempts, far, 1_u64..9).prop_map(
        |(order, phase, attempts, far, sequence)| {
            let payment = |(id, off, state)| Payment { id, amount: order.total + off, state };
            let payments = attempts.into_iter().map(payment).collect();
            let placed = Placed { order: order.into(), phase, payments };
            Tracked { state: Booking::Placed(Box::new(placed)), sequence: far + sequence }
        },
    )
}

/// What a booking is after another of its kind: its order never changes.
fn follow(before: Option<&Tracked<Booking>>, next: Tracked<Booking>) -> Tracked<Booking> {
    match (before.and_then(|before| before.state.placed()), next.state.placed()) {
        (Some(before), Some(next_state)) => {
            let placed = Placed { order: before.order.clone(), ..next_state.clone() };
            Tracked { state: Booking::Placed(Box::new(placed)), sequence: next.sequence }
        }
        _ => next,
    }
}

proptest! {
    #[test]
    fn a_booking_comes_out_as_it_went_in(
        writes in prop::collection::vec((0_u128..6, any_booking()), 1..20),
        now in any_until(),
    ) {
        let plan = plan(2, 5);
        let of = Of { event: event_id(1), plan: Some(&plan) };
        let (mut bookings, mut plain) = (Bookings::default(), Vec::<(BookingId, _)>::new());
        for (id, booking) in writes {
            let id = BookingId(Uuid::from_u128(id));
            let known = plain.iter().position(|(known, _)| *known == id);
            let booking = follow(known.map(|at| &plain[at].1), booking);
            bookings.put(id, booking.clone(), of);
            match known {
                Some(at) => plain[at].1 = booking,
                None => plain.push((id, booking)),
            }
        }
        for (id, booking) in &plain {
            prop_assert_eq!(&bookings.get(*id, of), booking);
            prop_assert_eq!(bookings.sequence(*id), booking.sequence);
            let until = booking.state.placed().and_then(|placed| placed.phase.until());
            prop_assert_eq!(bookings.until(*id), until);
            let through = policy::lapsed_through(now);
            let has_lapsed = until.map(|until| policy::has_lapsed(until, now));
            prop_assert_eq!(has_lapsed, until.map(|until| until <= through));
        }
        let orders = |id: &BookingId| bookings.get(*id, of).state.placed().cloned().unwrap();
        for number in 0..4 {
            let buyer = Subject::try_new(format!("buyer-{number}")).unwrap();
            let ids: Vec<BookingId> = bookings.made_by(&buyer).collect();
            let own = plain.iter().map(|(id, _)| *id).filter(|id| orders(id).order.buyer == buyer);
            prop_assert!(ids.iter().copied().eq(own));
            let live = |placed: &Placed| match placed.phase.until() {
                Some(until) => !policy::has_lapsed(until, now),
                None => matches!(placed.phase, BookingPhase::Confirmed { .. }),
            };
            let live = ids.iter().map(orders).filter(live).map(|placed| placed.order.count());
            prop_assert_eq!(bookings.live_tickets_of(&buyer, now), live.sum::<u32>());
        }
        let mut lapsed: Vec<SeatIndex> = bookings.lapsed_seats(now, of).collect();
        let has_lapsed = |placed: &Placed| {
            placed.phase.until().is_some_and(|until| policy::has_lapsed(until, now))
        };
        let all = plain.iter().map(|(id, _)| orders(id)).filter(has_lapsed);
        let mut expected: Vec<SeatIndex> = all
            .flat_map(|placed| placed.order.seats.clone())
            .filter_map(|line| plan.find(&line.seat))
            .collect();
        lapsed.sort_unstable();
        expected.sort_unstable();
        prop_assert_eq!(lapsed, expected);
    }
}

#[test]
fn a_booking_takes_sixty_four_bytes() {
    assert_eq!(size_of::<Row>(), 64);
}

#[test]
fn a_booking_as_it_is_made_and_paid_fits() {
    let plan = plan(2, 5);
    let of = Of { event: event_id(1), plan: Some(&plan) };
    let (id, payment) = (BookingId(Uuid::from_u128(1)), PaymentId(Uuid::from_u128(2)));
    let line = |seat: &str| SeatLine { seat: seat.into(), category: "Stalls".into(), price: 6_000 };
    let order = Order {
        event_id: event_id(1),
        buyer: Subject::try_new("ann").unwrap(),
        seats: vec![line("1-1"), line("1-2")],
        places: Vec::new(),
        currency: details().currency,
        price_version: 1,
        fee: 0,
        total: 0,
    };
    let order = order.priced(150);
    let (amount, until) = (order.total, "2026-11-23T10:00:00.123Z".parse().unwrap());
    let facts = [
        BookingFact::Held { order: order.into(), until },
        BookingFact::Renewed { until },
        BookingFact::PaymentStarted { payment_id: payment, method: "tok_visa".into(), amount },
        BookingFact::PaymentDeclined { payment_id: payment, reason: "no".into() },
        BookingFact::Confirmed { payment_id: payment, late: false },
        BookingFact::Cancelled { reason: "ill".into() },
    ];
    let mut bookings = Bookings::default();
    for (sequence, fact) in (1..).zip(facts) {
        assert_eq!(bookings.apply(id, sequence, &fact, of), Ok(true));
        assert!(bookings.odd.is_empty(), "{}", fact.name());
        assert_eq!(bookings.apply(id, sequence, &fact, of), Ok(false), "it was taken in before");
    }
    let refund_id = RefundId(Uuid::from_u128(3));
    let reason = "ill".to_owned();
    let refund = BookingFact::RefundRequested { refund_id, payment_id: payment, amount, reason };
    assert_eq!(bookings.apply(id, 7, &refund, of), Ok(true));
    assert_eq!(bookings.odd.len(), 1, "money that goes back is kept as it is");
}
