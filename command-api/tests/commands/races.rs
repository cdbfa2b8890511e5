//! Many want the same. Whatever they are told, nothing is sold twice, and nobody is refused what
//! is free.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde_json::{Value, json};

use crate::fixtures::{floor_only, know, seats, seats_only};
use crate::gate::Gate;
use crate::person::{Person, Reply};
use crate::store::{Store, on_stores};
use crate::world::{Setup, Work, World, eventually};

on_stores!(
    [sqlite, postgres],
    [
        a_hall_is_sold_out_to_the_last_seat_and_no_further,
        a_hall_is_sold_out_by_two_processes,
        of_many_who_want_one_seat_one_has_it,
        of_many_who_want_one_seat_of_two_processes_one_has_it,
        groups_have_all_their_seats_or_none,
        the_last_places_go_to_as_many_as_fit,
        the_last_places_of_two_processes_go_to_as_many_as_fit,
    ]
);

/// Who sells: one process, or two on one journal.
struct Sellers {
    worlds: Vec<World>,
    /// Before the second one's journal.
    gate: Gate,
}

impl Sellers {
    async fn open(store: &Store, processes: u64) -> Self {
        let (setup, gate) = (Setup { work: Work::LeftUndone, ..Setup::default() }, Gate::after(0));
        let mut worlds = Vec::new();
        for seed in 1..=processes {
            let gate = (seed == 2).then(|| gate.clone());
            worlds.push(World::start(store, Setup { seed, gate, ..setup.clone() }).await);
        }
        Self { worlds, gate }
    }

    /// A race. The second process, if there is one, has decided this much before it learns what the
    /// first one, which has decided as much, was quicker to take. So the guard is needed, and must
    /// be seen to have worked; one process alone has no need of it.
    async fn race<T>(&self, event: &str, much: u64, racers: impl Future<Output = T>) -> T {
        know(&self.worlds.iter().collect::<Vec<_>>(), event).await;
        let before: Vec<u64> = self.worlds.iter().map(decided).collect();
        let quicker = async {
            if let [first, second] = &*self.worlds {
                eventually("both to have decided", async || {
                    let now = [decided(first), decided(second)];
                    (now[0] >= before[0] + much && now[1] >= before[1] + much).then_some(())
                })
                .await;
                self.gate.is_reached().await;
                first.committer.barrier().await;
            }
            self.gate.open();
        };
        let (raced, ()) = tokio::join!(racers, quicker);
        let rejected: u64 = self.worlds.iter().map(|it| it.committer.metrics().rejected).sum();
        assert_eq!(rejected > 0, self.worlds.len() > 1, "{rejected} were rejected by the journal");
        raced
    }
}

/// How many units a process has decided, whatever has become of them.
fn decided(world: &World) -> u64 {
    let metrics = world.committer.metrics();
    metrics.units + metrics.queue_length
}

/// Numbers that look random and are the same at every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % sides
    }
}

/// Somebody who wants something, and asks again when told that others were in the way.
async fn insist(buyer: &Person, event: &str, wish: &Value) -> Reply {
    for _ in 0..200 {
        let reply = buyer.hold(event, wish).await;
        if reply.code() != "contended" {
            return reply;
        }
    }
    panic!("told to come back 200 times");
}

/// How often each answer was given, by status and code.
fn tally(replies: &[Reply]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for reply in replies {
        *tally.entry(format!("{} {}", reply.status, reply.code())).or_default() += 1;
    }
    tally
}

/// Wants four of 20 rows of 20: a block by name, another one, the best, at last any four.
async fn want_four(buyer: Person, event: &str, number: u64) -> Reply {
    let mut dice = Dice(number * 7_919 + 13);
    for _ in 0..dice.roll(3) {
        let (row, first) = (1 + dice.roll(20), 1 + dice.roll(17));
        let block: Vec<String> = (first..first + 4).map(|seat| format!("{row}-{seat}")).collect();
        let reply = insist(&buyer, event, &json!({"seats": block})).await;
        if reply.code() != "seats_taken" {
            return reply;
        }
    }
    let together = insist(&buyer, event, &json!({"quantity": 4})).await;
    if together.code() != "none_left" {
        return together;
    }
    insist(&buyer, event, &json!({"quantity": 4, "together": "preferred"})).await
}

async fn sell_out(store: &Store, processes: u64) {
    let sellers = Sellers::open(store, processes).await;
    let event = sellers.worlds[0].on_sale(&seats_only(20, 20)).await;
    let clients = (0..200_u64).zip(sellers.worlds.iter().cycle());
    let clients = clients.map(|(number, world)| {
        want_four(world.customer(&format!("buyer-{number}")), &event, number)
    });
    // Enough that both have sold of the best.
    let replies = sellers.race(&event, 25, join_all(clients)).await;
    let expected = [("201 ".to_owned(), 100), ("409 none_left".to_owned(), 100)];
    assert_eq!(tally(&replies), BTreeMap::from(expected));
    let report = store.report().await;
    assert_eq!((report.bookings, report.seats_held), (100, 400));
}

async fn a_hall_is_sold_out_to_the_last_seat_and_no_further(store: &Store) {
    sell_out(store, 1).await;
}

async fn a_hall_is_sold_out_by_two_processes(store: &Store) {
    sell_out(store, 2).await;
}

async fn race_for_one_seat(store: &Store, processes: u64) {
    let sellers = Sellers::open(store, processes).await;
    let event = sellers.worlds[0].on_sale(&seats_only(2, 10)).await;
    let wish = seats(&["1-5"]);
    let racers: Vec<Person> = (0..100)
        .zip(sellers.worlds.iter().cycle())
        .map(|(number, world)| world.customer(&format!("racer-{number}")))
        .collect();
    let race = join_all(racers.iter().map(|racer| racer.hold(&event, &wish)));
    let replies = sellers.race(&event, 1, race).await;
    let expected = [("201 ".to_owned(), 1), ("409 seats_taken".to_owned(), 99)];
    assert_eq!(tally(&replies), BTreeMap::from(expected));
    assert_eq!(store.report().await.seats_held, 1);
}

async fn of_many_who_want_one_seat_one_has_it(store: &Store) {
    race_for_one_seat(store, 1).await;
}

async fn of_many_who_want_one_seat_of_two_processes_one_has_it(store: &Store) {
    race_for_one_seat(store, 2).await;
}

async fn groups_have_all_their_seats_or_none(store: &Store) {
    let sellers = Sellers::open(store, 2).await;
    let event = sellers.worlds[0].on_sale(&seats_only(1, 12)).await;
    let groups: Vec<(Person, Value)> = (0..40)
        .zip(sellers.worlds.iter().cycle())
        .map(|(number, world)| {
            // Overlapping, and each in another order.
            let labels = (0..6).map(|seat| format!("1-{}", 1 + (number + 5 * seat) % 12));
            let wish = json!({"seats": labels.collect::<Vec<_>>()});
            (world.customer(&format!("group-{number}")), wish)
        })
        .collect();
    let race = join_all(groups.iter().map(|(group, wish)| insist(group, &event, wish)));
    let replies = sellers.race(&event, 1, race).await;
    let held = replies.iter().filter(|reply| reply.status == 201).count() as u64;
    assert!((1..=2).contains(&held), "{:?}", tally(&replies));
    let report = store.report().await;
    assert_eq!((report.bookings, report.seats_held), (held, 6 * held));
}

async fn race_for_places(store: &Store, processes: u64) {
    let sellers = Sellers::open(store, processes).await;
    let event = sellers.worlds[0].on_sale(&floor_only(50)).await;
    let wish = json!({"area": "Floor", "places": 3});
    let buyers: Vec<Person> = (0..60)
        .zip(sellers.worlds.iter().cycle())
        .map(|(number, world)| world.customer(&format!("buyer-{number}")))
        .collect();
    let race = join_all(buyers.iter().map(|buyer| insist(buyer, &event, &wish)));
    let replies = sellers.race(&event, 1, race).await;
    let expected = [("201 ".to_owned(), 16), ("409 too_few_places_left".to_owned(), 44)];
    assert_eq!(tally(&replies), BTreeMap::from(expected));
    let left: Vec<&Value> = replies.iter().filter_map(|reply| reply.body.get("left")).collect();
    assert!(left.iter().all(|left| **left == 2), "{left:?}");
    assert_eq!(store.report().await.places_held, 48);
}

async fn the_last_places_go_to_as_many_as_fit(store: &Store) {
    race_for_places(store, 1).await;
}

async fn the_last_places_of_two_processes_go_to_as_many_as_fit(store: &Store) {
    race_for_places(store, 2).await;
}
