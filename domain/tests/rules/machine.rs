//! Any commands in any order, with time passing: whatever a house records, the independent checker
//! finds nothing wrong with it, all captured money is answered, and a house built from the journal
//! is the house that recorded it.

use std::collections::BTreeSet;

use aisle_domain::actor::Actor;
use aisle_domain::event::SeatingRule;
use aisle_domain::house::{Context, HouseMemory};
use aisle_domain::testing::after;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::agenda::assert_agenda_is_true;
use crate::world::{World, any_step};

fn any_rule() -> impl Strategy<Value = SeatingRule> {
    prop_oneof![Just(SeatingRule::AvoidOrphans), Just(SeatingRule::NoOrphans)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_of_a_house_its_journal_is_sound(
        rule in any_rule(),
        steps in vec(any_step(), 1..80),
    ) {
        let mut world = World::new(rule);
        for step in &steps {
            let before = world.given.journal().len();
            world.take(step);
            if world.given.journal().len() == before {
                continue;
            }
            let report = world.given.report();
            prop_assert!(report.violations.is_empty(), "{step:?}: {:#?}", report.violations);
            world.read_on();
            prop_assert!(world.rebuilt == *world.given.house(), "{step:?}: rebuilt otherwise");
        }
        prop_assert!(world.answered_at_once, "captured money went unanswered");
        assert_agenda_is_true(world.given.journal());
    }

    #[test]
    fn a_house_read_from_a_snapshot_and_what_came_after_is_the_house(
        rule in any_rule(),
        before in vec(any_step(), 1..60),
        afterwards in vec(any_step(), 0..30),
    ) {
        let mut world = World::new(rule);
        before.iter().for_each(|step| world.take(step));
        world.read_on();
        let written = serde_json::to_vec(&world.rebuilt.clone().into_memory()).unwrap();
        let memory: HouseMemory = serde_json::from_slice(&written).unwrap();
        let plan = world.rebuilt.plan().cloned();
        prop_assert_eq!(memory.plan(), plan.as_ref().map(|plan| plan.hash()));
        world.rebuilt = memory.into_house(plan);
        prop_assert!(world.rebuilt == *world.given.house(), "read otherwise than written");
        afterwards.iter().for_each(|step| world.take(step));
        world.read_on();
        prop_assert!(world.rebuilt == *world.given.house(), "went on otherwise");
    }

    #[test]
    fn a_house_built_from_the_journal_decides_the_same(
        steps in vec(any_step(), 1..40),
        further in vec(any_step(), 1..10),
    ) {
        let mut world = World::new(SeatingRule::AvoidOrphans);
        steps.iter().for_each(|step| world.take(step));
        world.read_on();
        for step in &further {
            let Some(command) = world.command(step) else { continue };
            let when = world.given.clone().at(after(world.seconds)).when(command.clone());
            let context = Context { now: after(world.seconds), actor: Actor::System };
            prop_assert_eq!(world.rebuilt.decide(&command, &context), when.outcome());
        }
    }
}

#[test]
fn the_random_commands_reach_every_corner() {
    // The properties above would hold of a house that refuses everything: these are not refused.
    let mut runner = TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..150 {
        let steps = vec(any_step(), 80).new_tree(&mut runner).expect("steps").current();
        let mut world = World::new(SeatingRule::AvoidOrphans);
        steps.iter().for_each(|step| world.take(step));
        for row in world.given.journal() {
            let late = row.payload["confirmed"]["late"] == true;
            let detail = row.payload["released"]["reason"].as_str().unwrap_or_default();
            let kind = row.stream.aggregate;
            seen.insert(format!("{kind} {}{}{detail}", row.fact, if late { " late" } else { " " }));
        }
    }
    let facts: Vec<&str> = seen.iter().map(|it| it.trim()).collect();
    assert_eq!(facts, ALL_FACTS);
}

/// Every fact, and every way in which some of them come about.
const ALL_FACTS: [&str; 30] = [
    "area booked",
    "area extended",
    "area held",
    "area released cancelled",
    "area released expired",
    "area released released",
    "booking cancelled",
    "booking confirmed",
    "booking confirmed late",
    "booking expired",
    "booking held",
    "booking payment_declined",
    "booking payment_started",
    "booking refund_requested",
    "booking refunded",
    "booking released",
    "booking renewed",
    "event cancelled",
    "event created",
    "event published",
    "event repriced",
    "event sales_closed",
    "event sales_opened",
    "event sales_paused",
    "seat booked",
    "seat extended",
    "seat held",
    "seat released cancelled",
    "seat released expired",
    "seat released released",
];
