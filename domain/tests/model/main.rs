//! The protocol of booking, explored in every order up to a depth: two writers with stale views
//! and a clock, over the real house and aggregates.
//!
//! What is explored is in `protocol.rs`, what must hold in `properties.rs`. The depths are such
//! that it takes seconds; `tests/run --long` goes deeper.
#![cfg(feature = "testing")]

mod ask;
mod desk;
mod journal;
mod properties;
mod protocol;
mod walks;

use stateright::{Checker, Expectation, Model};

use crate::ask::Ask;
use crate::journal::Guard;
use crate::protocol::{Action, Protocol, State};
use crate::walks::walk;

/// Ann and Bob want overlapping pairs of seats.
const SEATS: Protocol = Protocol { wishes: &[&["1-1", "1-2"], &["1-2", "1-3"]], ..PLACES };
/// Ann and Bob want two of three places.
const PLACES: Protocol =
    Protocol { wishes: &[&[], &[]], ticks: 3, guard: Guard::Whole, queue: 0, asks: |_| true };
/// Decisions that are taken for granted before they are recorded; what gives seats and takes them
/// away.
const GRANTED: Protocol = Protocol {
    ticks: 1,
    queue: 2,
    asks: |ask| {
        matches!(ask, Ask::Hold(_) | Ask::Release(_) | Ask::Pay(_, 1) | Ask::Captured(_, 1))
    },
    ..SEATS
};
/// Three want overlapping pairs, a fourth one all three seats.
const CROWD: Protocol = Protocol {
    wishes: &[&["1-1", "1-2"], &["1-2", "1-3"], &["1-3", "1-1"], &["1-1", "1-2", "1-3"]],
    ..PLACES
};

/// Whether time does not matter much.
#[expect(clippy::disallowed_methods, reason = "the harness says how thorough to be")]
fn is_long() -> bool {
    std::env::var_os("AISLE_TEST_LONG").is_some()
}

/// Every order of so many steps, which are one less than the states on the way; one more in the
/// long form. Each step takes some four times as long as all before it.
fn explore(protocol: Protocol, steps: usize) -> impl Checker<Protocol> {
    let depth = 1 + if is_long() { steps + 1 } else { steps };
    let checker = protocol.checker().threads(2).target_max_depth(depth).spawn_bfs().join();
    assert!(checker.unique_state_count() > 5_000, "{} states", checker.unique_state_count());
    checker
}

#[test]
fn no_order_of_commands_breaks_the_protocol_for_seats() {
    explore(SEATS, 6).assert_properties();
}

#[test]
fn no_order_of_commands_breaks_the_protocol_for_places() {
    explore(PLACES, 6).assert_properties();
}

#[test]
fn what_is_granted_before_it_is_recorded_does_not_break_the_protocol() {
    let discoveries = explore(GRANTED, 7).discoveries();
    let always = properties::all()
        .into_iter()
        .filter(|property| property.expectation == Expectation::Always);
    for property in always {
        let found = discoveries.get(property.name).cloned().map(|path| path.into_actions());
        assert_eq!(found, None, "not so: {}", property.name);
    }
}

#[test]
fn wherever_the_protocol_ends_all_money_has_come_to_rest() {
    let walks = if is_long() { 3_000 } else { 200 };
    for protocol in [SEATS, PLACES, CROWD, Protocol { queue: 2, ..CROWD }] {
        let ends: Vec<State> = (0..walks).map(|seed| walk(&protocol, seed)).collect();
        let late = ends.iter().filter(|end| end.journal.has_confirmed_late).count();
        assert!(late > 0, "no walk of {walks} had a late payment");
    }
}

/// The shortest way in which a property fails when part of the guard is off.
fn counterexample(guard: Guard, property: &'static str) -> Vec<Action> {
    let protocol = Protocol { guard, ..SEATS };
    let found = (2..8).find_map(|depth| {
        let checker = protocol.checker().target_max_depth(depth).spawn_bfs().join();
        checker.discovery(property)
    });
    found.expect("the model finds the fault").into_actions()
}

#[test]
fn without_the_guard_the_model_finds_a_seat_that_is_sold_twice() {
    let found = counterexample(Guard::Off, properties::ONE_BOOKING_A_SEAT);
    let [first, second] = found[..] else { panic!("{found:?}") };
    assert!(matches!((first.ask(), second.ask()), (Ask::Hold(_), Ask::Hold(_))), "{found:?}");
    assert_ne!(first.desk(), second.desk(), "{found:?}");
}

#[test]
fn without_the_guard_of_reads_the_model_finds_a_sale_after_the_event_was_called_off() {
    let found = counterexample(Guard::OfWritesOnly, properties::NOTHING_AFTER_THE_END);
    let [first, second] = found[..] else { panic!("{found:?}") };
    assert_eq!(first.ask(), Ask::CallOff, "{found:?}");
    assert_ne!(first.desk(), second.desk(), "{found:?}");
}
