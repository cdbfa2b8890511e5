//! Appending: all or not at all, each unit by itself, in order, without gaps.

use aisle_infra::journal::JournalError;

use crate::world::{World, conflict, on_stores, position, reading, unit};

on_stores!(
    [memory, sqlite, indexing, postgres, remembering],
    [
        what_is_appended_is_read_back,
        positions_are_gap_free_over_batches,
        a_unit_is_appended_all_or_not_at_all,
        a_conflict_leaves_the_other_units_alone,
        a_gap_or_an_overlap_is_a_conflict,
        a_unit_may_expect_what_one_before_it_writes,
        a_chain_breaks_where_its_first_unit_fails,
        a_fact_of_somebody_else_does_not_mend_a_chain,
        of_racers_in_one_batch_the_first_wins,
        a_read_stream_must_not_have_moved,
        a_unit_may_read_what_it_writes,
        a_unit_without_facts_stands_at_the_head,
        an_empty_batch_is_answered_by_nothing,
        text_that_is_not_json_is_refused_and_leaves_no_trace,
        time_never_goes_back,
    ]
);

async fn what_is_appended_is_read_back(world: &World) {
    let mut unit = unit([("A-1", 1), ("A-2", 1), ("A-1", 2)]);
    unit.facts[2].fact = "released".to_owned();
    let appended = world.append(unit.clone()).await.unwrap();
    assert_eq!(appended.position, 3);
    let found = world.everything().await;
    assert_eq!(found.len(), 3);
    for (at, (found, given)) in found.iter().zip(&unit.facts).enumerate() {
        assert_eq!(found.position, at as u64 + 1);
        assert_eq!(found.event_id, unit.event_id);
        assert_eq!((&found.stream, found.sequence), (&given.stream, given.sequence));
        assert_eq!((&found.fact, &found.version), (&given.fact, &given.version));
        assert_eq!((&found.payload, &found.metadata), (&given.payload, &unit.metadata));
        assert_eq!(found.recorded_at, appended.recorded_at);
    }
}

async fn positions_are_gap_free_over_batches(world: &World) {
    for round in 0..5_u64 {
        let batch = [
            unit([("A-1", round + 1), ("A-2", round + 1)]),
            unit([("A-1", 99)]),
            unit([("A-3", round + 1)]),
        ];
        let outcomes = world.journal.append(&batch).await.unwrap();
        let positions = outcomes.iter().map(position).collect::<Vec<_>>();
        assert_eq!(positions, [Some(round * 3 + 2), None, Some(round * 3 + 3)]);
    }
    let positions = world.everything().await.iter().map(|fact| fact.position).collect::<Vec<_>>();
    assert_eq!(positions, (1..=15).collect::<Vec<_>>());
    assert_eq!(world.journal.head().await.unwrap(), 15);
}

async fn a_unit_is_appended_all_or_not_at_all(world: &World) {
    world.append(unit([("A-2", 1)])).await.unwrap();
    let outcome = world.append(unit([("A-1", 1), ("A-2", 1), ("A-3", 1)])).await;
    assert_eq!(outcome, conflict("A-2"));
    assert_eq!(world.everything().await.len(), 1);
}

async fn a_conflict_leaves_the_other_units_alone(world: &World) {
    world.append(unit([("A-2", 1)])).await.unwrap();
    let batch = [unit([("A-1", 1)]), unit([("A-2", 1)]), unit([("A-3", 1)])];
    let outcomes = world.journal.append(&batch).await.unwrap();
    assert_eq!((position(&outcomes[0]), position(&outcomes[2])), (Some(2), Some(3)));
    assert_eq!(outcomes[1], conflict("A-2"));
}

async fn a_gap_or_an_overlap_is_a_conflict(world: &World) {
    world.append(unit([("A-1", 1), ("A-1", 2)])).await.unwrap();
    for sequence in [0, 1, 2, 4, u64::MAX] {
        assert_eq!(world.append(unit([("A-1", sequence)])).await, conflict("A-1"));
    }
    assert_eq!(world.append(unit([("A-2", 1), ("A-2", 3)])).await, conflict("A-2"));
    assert_eq!(world.append(unit([("A-1", 3), ("A-1", 3)])).await, conflict("A-1"));
    assert_eq!(world.append(unit([("A-1", 3)])).await.unwrap().position, 3);
}

async fn a_unit_may_expect_what_one_before_it_writes(world: &World) {
    let batch = [
        unit([("A-1", 1)]),
        unit([("A-1", 2), ("A-2", 1)]),
        reading(unit([("A-3", 1)]), "A-1", 2),
        unit([("A-1", 3), ("A-1", 4)]),
    ];
    let outcomes = world.journal.append(&batch).await.unwrap();
    let positions = outcomes.iter().map(position).collect::<Vec<_>>();
    assert_eq!(positions, [Some(1), Some(3), Some(4), Some(6)]);
}

async fn a_chain_breaks_where_its_first_unit_fails(world: &World) {
    world.append(unit([("A-9", 1)])).await.unwrap();
    let batch = [
        unit([("A-1", 1), ("A-9", 1)]),
        unit([("A-1", 2)]),
        reading(unit([("A-2", 1)]), "A-1", 2),
        unit([("A-1", 1)]),
    ];
    let outcomes = world.journal.append(&batch).await.unwrap();
    assert_eq!(outcomes[0], conflict("A-9"));
    assert_eq!(outcomes[1], conflict("A-1"));
    assert_eq!(outcomes[2], conflict("A-1"));
    assert_eq!(position(&outcomes[3]), Some(2));
}

async fn a_fact_of_somebody_else_does_not_mend_a_chain(world: &World) {
    world.append(unit([("A-1", 1)])).await.unwrap();
    let batch = [
        unit([("A-1", 1)]),
        unit([("A-1", 2)]),
        reading(unit([("A-2", 1)]), "A-1", 1),
        unit([("A-3", 1)]),
    ];
    let outcomes = world.journal.append(&batch).await.unwrap();
    assert_eq!(outcomes[..3], [conflict("A-1"), conflict("A-1"), conflict("A-1")]);
    assert_eq!(position(&outcomes[3]), Some(2));
    let fresh = world.append(unit([("A-1", 2)])).await.unwrap();
    assert_eq!(fresh.position, 3, "the stream itself is none the worse");
}

async fn of_racers_in_one_batch_the_first_wins(world: &World) {
    let batch = vec![unit([("A-1", 1)]); 20];
    let outcomes = world.journal.append(&batch).await.unwrap();
    assert_eq!(position(&outcomes[0]), Some(1));
    assert!(outcomes[1..].iter().all(|outcome| *outcome == conflict("A-1")));
}

async fn a_read_stream_must_not_have_moved(world: &World) {
    world.append(unit([("event", 1)])).await.unwrap();
    let held = world.append(reading(unit([("A-1", 1)]), "event", 1)).await;
    assert_eq!(position(&held), Some(2));
    let early = world.append(reading(unit([("A-2", 1)]), "event", 0)).await;
    assert_eq!(early, conflict("event"));
    let paused = [unit([("event", 2)]), reading(unit([("A-2", 1)]), "event", 1)];
    let outcomes = world.journal.append(&paused).await.unwrap();
    assert_eq!((position(&outcomes[0]), &outcomes[1]), (Some(3), &conflict("event")));
}

async fn a_unit_may_read_what_it_writes(world: &World) {
    let outcome = world.append(reading(unit([("A-1", 1), ("A-1", 2)]), "A-1", 0)).await;
    assert_eq!(position(&outcome), Some(2));
    let outcome = world.append(reading(unit([("A-1", 3)]), "A-1", 3)).await;
    assert_eq!(outcome, conflict("A-1"));
}

async fn a_unit_without_facts_stands_at_the_head(world: &World) {
    let batch = [unit([]), unit([("A-1", 1)]), reading(unit([]), "A-1", 1)];
    let outcomes = world.journal.append(&batch).await.unwrap();
    let positions = outcomes.iter().map(position).collect::<Vec<_>>();
    assert_eq!(positions, [Some(0), Some(1), Some(1)]);
    assert_eq!(world.append(reading(unit([]), "A-1", 0)).await, conflict("A-1"));
}

async fn an_empty_batch_is_answered_by_nothing(world: &World) {
    assert_eq!(world.journal.append(&[]).await.unwrap(), []);
}

async fn text_that_is_not_json_is_refused_and_leaves_no_trace(world: &World) {
    let mut bad = unit([("A-2", 1)]);
    bad.facts[0].payload = "{not json".to_owned();
    let outcome = world.journal.append(&[unit([("A-1", 1)]), bad]).await;
    assert!(matches!(outcome, Err(JournalError::Refused(_))), "{outcome:?}");
    assert_eq!(world.everything().await, []);
    assert_eq!(world.append(unit([("A-1", 1)])).await.unwrap().position, 1);
}

async fn time_never_goes_back(world: &World) {
    let mut last = None;
    for sequence in 1..=20 {
        let appended = world.append(unit([("A-1", sequence)])).await.unwrap();
        assert!(Some(appended.recorded_at) >= last);
        last = Some(appended.recorded_at);
    }
    let recorded = world.everything().await.iter().map(|fact| fact.recorded_at).collect::<Vec<_>>();
    assert!(recorded.is_sorted());
}
