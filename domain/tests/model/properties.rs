//! What must hold in every state of the model, and what must be reached in some.

use std::collections::BTreeMap;

use aisle_domain::booking::{BookingPhase, PaymentState, Placed};
use aisle_domain::fact::Fact;
use aisle_domain::id::BookingId;
use aisle_domain::policy::has_lapsed;
use aisle_domain::testing::{booking_id, payment_id};
use stateright::Property;

use crate::ask::{Ask, number};
use crate::protocol::{Protocol, State};

pub(crate) const ONE_BOOKING_A_SEAT: &str = "a seat has one live booking at most";
pub(crate) const NOTHING_AFTER_THE_END: &str = "nothing is sold of an event that was called off";

pub(crate) fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always(ONE_BOOKING_A_SEAT, |_, state: &State| one_booking_a_seat(state)),
        Property::always(NOTHING_AFTER_THE_END, |_, state: &State| {
            !state.journal.has_sold_after_the_end
        }),
        Property::always("the independent checker finds nothing", |_, state: &State| {
            state.journal.checker.report().violations.is_empty()
        }),
        Property::always(
            "a live booking has all its seats, one that is over none",
            |_, state: &State| {
                bookings(state).all(|(id, placed)| has_all_or_none(state, id, &placed))
            },
        ),
        Property::always(
            "captured money is kept by its booking or goes back, not both",
            |_, s: &State| {
                s.told.iter().all(|(payment, captured)| !captured || is_answered_once(s, *payment))
            },
        ),
        Property::always("money that comes is answered, whenever it comes", can_be_answered),
        Property::always("a command that is repeated changes nothing", repeating_changes_nothing),
        Property::sometimes("a late payment has its seats again", |_, state: &State| {
            state.journal.has_confirmed_late
        }),
        Property::sometimes("money goes back", |_, state: &State| {
            state.journal.checker.report().refunds_requested > 0
        }),
        Property::sometimes("a payment is declined", |_, state: &State| {
            state.done.iter().any(|ask| matches!(ask, Ask::Declined(..)))
        }),
    ]
}

fn bookings(state: &State) -> impl Iterator<Item = (BookingId, Placed)> {
    state.journal.view.house.bookings()
}

fn is_live(state: &State, placed: &Placed) -> bool {
    match placed.phase {
        BookingPhase::Held { until, .. } | BookingPhase::Paying { until, .. } => {
            !has_lapsed(until, state.now())
        }
        BookingPhase::Confirmed { .. } => true,
        BookingPhase::Released | BookingPhase::Expired | BookingPhase::Cancelled => false,
    }
}

/// Told by the bookings: a seat itself cannot name two.
fn one_booking_a_seat(state: &State) -> bool {
    let mut owners: BTreeMap<String, u32> = BTreeMap::new();
    for (_, placed) in bookings(state).filter(|(_, placed)| is_live(state, placed)) {
        for line in &placed.order.seats {
            *owners.entry(line.seat.clone()).or_default() += 1;
        }
    }
    owners.values().all(|owners| *owners == 1)
}

fn has_all_or_none(state: &State, id: BookingId, placed: &Placed) -> bool {
    let mut seats = placed.order.seats.iter();
    let has = |seat: &str| state.journal.view.house.booking_of_seat(seat) == Some(id);
    if is_live(state, placed) {
        return seats.all(|line| has(&line.seat));
    }
    // A hold that has lapsed may have lost some to others; nobody has recorded its end yet.
    placed.phase.until().is_some() || seats.all(|line| !has(&line.seat))
}

fn payment_state(state: &State, (booking, attempt): (u64, u64)) -> Option<(PaymentState, Placed)> {
    let placed = state.journal.view.house.placed(booking_id(booking))?;
    let id = payment_id(number(booking, attempt));
    let payment = placed.payments.iter().find(|payment| payment.id == id)?;
    Some((payment.state, placed))
}

fn is_answered_once(state: &State, payment: (u64, u64)) -> bool {
    let Some((answered, placed)) = payment_state(state, payment) else { return false };
    let id = payment_id(number(payment.0, payment.1));
    let pays = matches!(placed.phase, BookingPhase::Confirmed { payment } if payment == id);
    match answered {
        PaymentState::Captured => pays,
        PaymentState::Refunding { .. } | PaymentState::Refunded { .. } => !pays,
        PaymentState::Started | PaymentState::Declined => false,
    }
}

/// Whatever has become of a booking: should the money for it come now, it is not refused, and a
/// desk that knows the journal records an answer, unless it is there already. A refund that is
/// under way can be settled. So with webhooks that are sent until they are taken, all money ends
/// confirmed or refunded.
fn can_be_answered(protocol: &Protocol, state: &State) -> bool {
    let started = state.done.iter().filter_map(|ask| match ask {
        Ask::Pay(booking, attempt) => Some((*booking, *attempt)),
        _ => None,
    });
    started.into_iter().all(|(booking, attempt)| {
        let captured = Ask::Captured(booking, attempt);
        let view = &state.journal.view;
        let Ok(proposal) = protocol.decide(view, captured, state.now()) else { return false };
        let answers = |fact: &Fact| matches!(fact.name(), "confirmed" | "refund_requested");
        let is_answered = is_answered_once(state, (booking, attempt));
        let answer = proposal.writes.iter().filter(|write| answers(&write.fact)).count();
        answer == usize::from(!is_answered) && can_be_settled(protocol, state, booking, attempt)
    })
}

fn can_be_settled(protocol: &Protocol, state: &State, booking: u64, attempt: u64) -> bool {
    let Some((PaymentState::Refunding { .. }, _)) = payment_state(state, (booking, attempt)) else {
        return true;
    };
    [Ask::RefundedLate(booking, attempt), Ask::RefundedCancelled(booking)].into_iter().any(|ask| {
        let settled = protocol.decide(&state.journal.view, ask, state.now());
        settled.is_ok_and(|proposal| !proposal.is_repetition())
    })
}

/// Nothing is open: every payment was told of, and its money is kept or went back.
pub(crate) fn has_come_to_rest(state: &State) -> bool {
    let payments = bookings(state).flat_map(|(_, placed)| placed.payments);
    payments.into_iter().all(|payment| match payment.state {
        PaymentState::Started | PaymentState::Refunding { .. } => false,
        PaymentState::Declined | PaymentState::Captured | PaymentState::Refunded { .. } => true,
    })
}

/// At a desk that knows the journal. What needs a key is told from a new request by its key.
fn repeating_changes_nothing(protocol: &Protocol, state: &State) -> bool {
    state.done.iter().filter(|ask| !ask.is_keyed()).all(|ask| {
        let again = protocol.decide(&state.journal.view, *ask, state.now());
        again.map_or(true, |proposal| proposal.is_repetition())
    })
}
