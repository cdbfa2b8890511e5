//! A command that is repeated under its key is carried out once, and answered as the first time.

use std::collections::BTreeSet;
use std::sync::Arc;

use aisle_infra::journal::{JournalStore, UnitOfWork};
use aisle_infra::testing::between::{Answers, Beset, Between, Rows, Span};
use async_trait::async_trait;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::fixtures::{GOOD_CARD, card, hall, know, seats};
use crate::person::{Reply, fresh_key};
use crate::store::{Store, on_stores};
use crate::world::{Deaf, Setup, Work, World, deaf};

on_stores!(
    [sqlite, postgres],
    [
        the_same_key_fifty_times_at_once_makes_one_booking,
        the_same_key_in_two_processes_at_once_makes_one_booking,
        with_the_guard_a_key_makes_one_booking,
        a_key_is_remembered_across_a_restart,
        a_key_is_for_one_request_only,
        a_key_is_its_senders_own,
        a_key_of_a_refused_request_can_be_used_again,
        a_payment_is_started_once_per_key,
        answers_are_forgotten_by_age,
    ]
);

fn bookings(event: &str) -> String {
    format!("/v1/events/{event}/bookings")
}

/// All answers are the same booking, and there is no other.
async fn assert_one_booking(store: &Store, replies: Vec<Reply>) -> Value {
    let all = replies.len();
    let fresh = replies.iter().filter(|r| !r.headers.contains_key("idempotency-replayed"));
    assert_eq!(fresh.count(), 1, "all but one are told that they are repetitions");
    let bodies: BTreeSet<String> = replies.iter().map(|reply| reply.body.to_string()).collect();
    assert_eq!(bodies.len(), 1, "{all} answers: {bodies:#?}");
    assert!(replies.iter().all(|reply| reply.status == 201), "{bodies:?}");
    assert_eq!(store.report().await.bookings, 1);
    replies.into_iter().next().unwrap().body
}

async fn the_same_key_fifty_times_at_once_makes_one_booking(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&hall()).await;
    let (ann, path, wish) = (world.customer("ann"), bookings(&event), json!({"quantity": 2}));
    let replies = join_all((0..50).map(|_| ann.post_as("one", &path, &wish))).await;
    let held = assert_one_booking(store, replies).await;
    assert_eq!(held["position"], world.journal.head().await.unwrap());
}

async fn the_same_key_in_two_processes_at_once_makes_one_booking(store: &Store) {
    let setup = Setup::default();
    let one = World::start(store, setup.clone()).await;
    let other = World::start(store, Setup { seed: 2, ..setup }).await;
    let event = one.on_sale(&hall()).await;
    let (path, wish) = (bookings(&event), json!({"quantity": 2}));
    let [ann, ann_again] = [&one, &other].map(|world| world.customer("ann"));
    let sent = (0..50).map(|n| {
        let ann = if n % 2 == 0 { &ann } else { &ann_again };
        ann.post_as("one", &path, &wish)
    });
    assert_one_booking(store, join_all(sent).await).await;
}

async fn a_key_is_remembered_across_a_restart(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&hall()).await;
    let (path, wish) = (bookings(&event), seats(&["1-1", "1-2"]));
    let first = world.customer("ann").post_as("one", &path, &wish).await.expect(201);
    drop(world);

    let world = World::start(store, Setup { seed: 2, ..Setup::default() }).await;
    let ann = world.customer("ann");
    let again = ann.post_as("one", &path, &wish).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.expect(201), first);
    // Now that the house is loaded, the decision is a refusal at first: the seats are taken.
    assert_eq!(ann.post_as("one", &path, &wish).await.expect(201), first);
    assert_eq!(store.report().await.bookings, 1);
}

async fn a_key_is_for_one_request_only(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&hall()).await;
    let path = bookings(&event);
    world.customer("ann").post_as("one", &path, &seats(&["1-1"])).await.expect(201);
    let ann = world.customer("ann");
    let others = [seats(&["1-2"]), seats(&["1-1", "1-2"])];
    for other in &others {
        let sent = ann.post_as("one", &path, other);
        world.refuses(sent, 422, "idempotency_key_reused").await;
    }
    drop((world, ann));

    let world = World::start(store, Setup { seed: 2, ..Setup::default() }).await;
    let ann = world.customer("ann");
    for other in &others {
        let sent = ann.post_as("one", &path, other);
        world.refuses(sent, 422, "idempotency_key_reused").await;
    }
    let another_event = world.on_sale(&hall()).await;
    let (path, wish) = (bookings(&another_event), seats(&["1-1"]));
    let sent = ann.post_as("one", &path, &wish);
    world.refuses(sent, 422, "idempotency_key_reused").await;
}

async fn a_key_is_its_senders_own(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&hall()).await;
    let (path, wish) = (bookings(&event), json!({"quantity": 1}));
    let ann = world.customer("ann").post_as("one", &path, &wish).await;
    let bob = world.customer("bob").post_as("one", &path, &wish).await;
    assert_ne!(ann.booking(), bob.booking());
}

async fn a_key_of_a_refused_request_can_be_used_again(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&hall()).await;
    let (ann, bob) = (world.customer("ann"), world.customer("bob"));
    let (path, wish) = (bookings(&event), seats(&["1-1"]));
    let taken = bob.hold(&event, &wish).await.booking();
    for _ in 0..3 {
        let sent = ann.post_as("one", &path, &wish);
        world.refuses(sent, 409, "seats_taken").await;
    }
    bob.release(&taken).await.expect(200);
    let held = ann.post_as("one", &path, &wish).await.expect(201);
    assert_eq!(ann.post_as("one", &path, &wish).await.expect(201), held);
}

async fn a_payment_is_started_once_per_key(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&hall()).await;
    let ann = world.customer("ann");
    let booking = ann.hold(&event, &seats(&["1-1"])).await.booking();
    let (path, body) = (format!("/v1/bookings/{booking}/payment"), card(GOOD_CARD));
    let started = join_all((0..20).map(|_| ann.post_as("pay", &path, &body))).await;
    let first = started[0].clone().expect(202);
    assert!(started.iter().all(|reply| reply.body == first), "{started:#?}");
    world.becomes(&booking, &["held", "payment_started", "confirmed"]).await;
    // As it was then, though the booking is confirmed now.
    assert_eq!(ann.post_as("pay", &path, &body).await.expect(202), first);
    drop((world, ann));

    let world = World::start(store, Setup { seed: 2, ..Setup::default() }).await;
    let ann = world.customer("ann");
    assert_eq!(ann.post_as("pay", &path, &body).await.expect(202), first);
    ann.post_as(&fresh_key(), &path, &body).await.refused(409, "already_paid");
}

async fn answers_are_forgotten_by_age(store: &Store) {
    let world = World::open(store).await;
    let event = world.on_sale(&hall()).await;
    let path = bookings(&event);
    let (older, younger) = (seats(&["1-1"]), seats(&["1-2"]));
    world.customer("ann").post_as("older", &path, &older).await.expect(201);
    // The store keeps milliseconds.
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let kept = world.customer("ann").post_as("younger", &path, &younger).await.expect(201);
    let recorded = world.journal.read(0, usize::MAX).await.unwrap().pop().unwrap().recorded_at;
    drop(world);

    let world = World::start(store, Setup { seed: 2, ..Setup::default() }).await;
    let forgotten = world.journal.forget_answers(recorded).await.unwrap();
    // That of the event's creation is older still.
    assert_eq!(forgotten, 2);
    let ann = world.customer("ann");
    assert_eq!(ann.post_as("younger", &path, &younger).await.expect(201), kept);
    let sent = ann.post_as("older", &path, &older);
    world.refuses(sent, 409, "seats_taken").await;
}

/// Forgets under which key a unit of work was sent, and does not tell a process what the other one
/// appends: the journal's guard is off, and only each process's own memory is left.
struct Forgetful;

#[async_trait]
impl Between for Forgetful {
    async fn append(&self, journal: &dyn JournalStore, units: &[UnitOfWork]) -> Answers {
        let keyless = |unit: &UnitOfWork| UnitOfWork { idempotency: None, ..unit.clone() };
        journal.append(&units.iter().map(keyless).collect::<Vec<_>>()).await
    }

    async fn read(&self, journal: &dyn JournalStore, span: Span) -> Rows {
        Deaf.read(journal, span).await
    }
}

/// How many bookings fifty requests under one key make in two processes.
async fn bookings_of_one_key(store: &Store, setup: Setup) -> u64 {
    let one = World::start(store, setup.clone()).await;
    let other = World::start(store, Setup { seed: 2, ..setup }).await;
    let event = one.on_sale(&hall()).await;
    know(&[&one, &other], &event).await;
    let (path, wish) = (bookings(&event), json!({"quantity": 2}));
    let [ann, ann_again] = [&one, &other].map(|world| world.customer("ann"));
    let sent = (0..50).map(|n| {
        let ann = if n % 2 == 0 { &ann } else { &ann_again };
        ann.post_as("one", &path, &wish)
    });
    let replies = join_all(sent).await;
    assert!(replies.iter().all(|reply| reply.status == 201), "{replies:#?}");
    store.report().await.bookings
}

async fn without_the_guard_a_key_makes_two_bookings(store: Store) {
    let setup = Setup { work: Work::LeftUndone, ..Setup::default() };
    let forgetful = Setup {
        journal: |journal| Arc::new(Beset { journal, between: Forgetful }),
        ..setup.clone()
    };
    assert_eq!(bookings_of_one_key(&store, forgetful).await, 2);
    store.close().await;
}

/// With the guard, and as deaf.
async fn with_the_guard_a_key_makes_one_booking(store: &Store) {
    let setup = Setup { work: Work::LeftUndone, journal: deaf, ..Setup::default() };
    assert_eq!(bookings_of_one_key(store, setup).await, 1);
}

#[tokio::test]
async fn without_the_guard_a_key_makes_two_bookings_on_sqlite() {
    without_the_guard_a_key_makes_two_bookings(Store::sqlite().await).await;
}

#[tokio::test]
async fn without_the_guard_a_key_makes_two_bookings_on_postgres() {
    without_the_guard_a_key_makes_two_bookings(Store::postgres().await).await;
}
