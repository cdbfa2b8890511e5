//! A command that comes again under its key gets its first answer, whatever has happened since.

use std::time::Duration;

use aisle_infra::journal::{Appended, Rejection, StoredAnswer, UnitOfWork};
use jiff::ToSpan;

use crate::world::{World, actor, keyed, on_stores, position, unit};

/// Far longer than an answer ever takes.
const LONG: Duration = Duration::from_secs(30);

on_stores!(
    [memory, sqlite, indexing, postgres],
    [
        a_repeated_command_gets_its_first_answer,
        the_first_answer_comes_before_a_conflict,
        within_a_batch_the_second_gets_the_firsts_answer,
        a_rejected_command_does_not_use_up_its_key,
        another_actors_key_is_another_key,
        an_answer_may_be_kept_without_facts,
        answers_are_forgotten_by_age,
        many_ask_at_once_and_each_gets_the_answer_to_its_key,
    ]
);

/// Half of the keys were never used; some who ask give up before they are answered.
async fn many_ask_at_once_and_each_gets_the_answer_to_its_key(world: &World) {
    let answer = |number: u64| format!("number {number}");
    for number in 0..20 {
        let unit = unit([(&format!("A-{number}"), 1)]);
        world
            .append(keyed(unit, "ann", &format!("k-{}", 2 * number), &answer(number)))
            .await
            .unwrap();
    }
    let ask = |number: u64| {
        let journal = world.journal.clone();
        async move { journal.answer(&actor("ann"), &format!("k-{number}")).await.unwrap() }
    };
    let (patient, impatient): (Vec<_>, Vec<_>) =
        (0..40).map(|number| (tokio::spawn(ask(number)), tokio::spawn(ask(number)))).unzip();
    tokio::task::yield_now().await;
    impatient.iter().for_each(tokio::task::JoinHandle::abort);
    for (number, asked) in (0..).zip(patient) {
        let found = tokio::time::timeout(LONG, asked).await.expect("never answered").unwrap();
        let given = (number % 2 == 0).then(|| format!(r#"{{"answer":"number {}"}}"#, number / 2));
        assert_eq!(found.map(|found| found.answer), given, "k-{number}");
    }
}

fn first_answer(unit: &UnitOfWork, position: u64) -> Result<Appended, Rejection> {
    let given = unit.idempotency.clone().expect("a keyed unit");
    Err(Rejection::Repeated(StoredAnswer { digest: given.digest, answer: given.answer, position }))
}

async fn a_repeated_command_gets_its_first_answer(world: &World) {
    let first = keyed(unit([("A-1", 1), ("A-2", 1)]), "ann", "k", "first");
    assert_eq!(position(&world.append(first.clone()).await), Some(2));
    assert_eq!(world.append(first.clone()).await, first_answer(&first, 2));
    let other_body = keyed(unit([("A-3", 1)]), "ann", "k", "other body");
    assert_eq!(world.append(other_body).await, first_answer(&first, 2));
    assert_eq!(world.everything().await.len(), 2);
    let stored = world.journal.answer(&actor("ann"), "k").await.unwrap().unwrap();
    assert_eq!(Err(Rejection::Repeated(stored)), first_answer(&first, 2));
    assert_eq!(world.journal.answer(&actor("ann"), "other").await.unwrap(), None);
}

async fn the_first_answer_comes_before_a_conflict(world: &World) {
    let first = keyed(unit([("A-1", 1)]), "ann", "k", "first");
    world.append(first.clone()).await.unwrap();
    world.append(unit([("A-1", 2)])).await.unwrap();
    let batch = [unit([("A-1", 3)]), first.clone(), unit([("A-1", 4)])];
    let outcomes = world.journal.append(&batch).await.unwrap();
    assert_eq!(outcomes[1], first_answer(&first, 1));
    assert_eq!((position(&outcomes[0]), position(&outcomes[2])), (Some(3), Some(4)));
}

async fn within_a_batch_the_second_gets_the_firsts_answer(world: &World) {
    let first = keyed(unit([("A-1", 1)]), "ann", "k", "first");
    let again = keyed(unit([("A-2", 1)]), "ann", "k", "again");
    let batch = [unit([("A-9", 1)]), first.clone(), again, unit([("A-2", 1)])];
    let outcomes = world.journal.append(&batch).await.unwrap();
    assert_eq!(position(&outcomes[1]), Some(2));
    assert_eq!(outcomes[2], first_answer(&first, 2));
    assert_eq!(position(&outcomes[3]), Some(3));
}

async fn a_rejected_command_does_not_use_up_its_key(world: &World) {
    let bad = keyed(unit([("A-1", 7)]), "ann", "k", "bad");
    let good = keyed(unit([("A-1", 1)]), "ann", "k", "good");
    let batch = [bad.clone(), good.clone(), bad.clone()];
    let outcomes = world.journal.append(&batch).await.unwrap();
    assert!(matches!(outcomes[0], Err(Rejection::Conflict(_))));
    assert_eq!(position(&outcomes[1]), Some(1));
    assert_eq!(outcomes[2], first_answer(&good, 1));
}

async fn another_actors_key_is_another_key(world: &World) {
    let batch = [
        keyed(unit([("A-1", 1)]), "ann", "k", "for ann"),
        keyed(unit([("A-2", 1)]), "bob", "k", "for bob"),
    ];
    let outcomes = world.journal.append(&batch).await.unwrap();
    assert_eq!(outcomes.iter().map(position).collect::<Vec<_>>(), [Some(1), Some(2)]);
    assert_eq!(world.append(batch[1].clone()).await, first_answer(&batch[1], 2));
}

async fn an_answer_may_be_kept_without_facts(world: &World) {
    world.append(unit([("A-1", 1)])).await.unwrap();
    let refused = keyed(unit([]), "ann", "k", "refused");
    assert_eq!(position(&world.append(refused.clone()).await), Some(1));
    assert_eq!(world.append(refused.clone()).await, first_answer(&refused, 1));
    assert_eq!(world.journal.head().await.unwrap(), 1);
}

async fn answers_are_forgotten_by_age(world: &World) {
    let first = keyed(unit([("A-1", 1)]), "ann", "k", "first");
    let recorded_at = world.append(first.clone()).await.unwrap().recorded_at;
    assert_eq!(world.journal.forget_answers(recorded_at).await.unwrap(), 0);
    let later = recorded_at + 1.microsecond();
    assert_eq!(world.journal.forget_answers(later).await.unwrap(), 1);
    assert_eq!(world.journal.answer(&actor("ann"), "k").await.unwrap(), None);
    assert!(matches!(world.append(first).await, Err(Rejection::Conflict(_))));
}
