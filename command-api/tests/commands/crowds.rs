//! Very many at once: buyers of one area share commits and meet no conflict, and a hundred thousand
//! timers are attended to in part without anybody waiting for the rest.

use std::sync::Arc;

use aisle_command_api::box_office::{Effect, Request};
use aisle_domain::actor::Actor;
use aisle_domain::event::{AreaSpec, EventCommand};
use aisle_domain::fact::VERSION;
use aisle_domain::house::{Command, Context, House, Proposal};
use aisle_domain::id::EventId;
use aisle_domain::stream::StreamId;

use aisle_domain::testing::{
    OPENING, at, booking_id, details_of, event_id, hold_places, plan_without_accessible,
};
use aisle_infra::clock::Clock as _;
use aisle_infra::journal::memory::MemoryJournal;
use aisle_infra::journal::{JournalStore, Meaning, NewFact, SnapshotName, UnitOfWork};
use aisle_infra::testing::is_long;
use futures::FutureExt as _;
use futures::future::join_all;

use crate::fixtures::{floor_only, request};
use crate::gate::Gate;
use crate::store::{Place, Store, on_stores};
use crate::world::{Setup, Work, World, eventually};

on_stores!([sqlite, postgres], [an_area_is_sold_in_few_commits_without_a_conflict]);

/// A buyer, each another one, wants a place.
fn place_for(event: &str, number: u64) -> Request {
    request(event, number, hold_places(booking_id(number), &format!("buyer-{number}"), "Floor", 1))
}

/// The queue fills while the journal does not answer; then one commit takes what has come.
async fn an_area_is_sold_in_few_commits_without_a_conflict(store: &Store) {
    const BUYERS: u64 = 1_000;
    // What it takes to have an event on sale.
    let gate = Gate::after(3);
    let setup = Setup { work: Work::LeftUndone, gate: Some(gate.clone()), ..Setup::default() };
    let world = World::start(store, setup).await;
    let event = world.on_sale(&floor_only(10_000)).await;
    let before = world.committer.metrics();

    let requests: Vec<Request> = (1..=BUYERS).map(|number| place_for(&event, number)).collect();
    let sold = join_all(requests.iter().map(|request| world.api.box_office.execute(request)));
    let opened = async {
        eventually("all to wait", async || {
            let now = world.committer.metrics();
            (now.units - before.units + now.queue_length >= BUYERS).then_some(())
        })
        .await;
        gate.open();
    };
    let (sold, ()) = tokio::join!(sold, opened);
    assert!(sold.iter().all(|done| done.as_ref().is_ok_and(|it| it.effect == Effect::Recorded)));
    let after = world.committer.metrics();
    assert_eq!(after.rejected, 0, "somebody stood in another's way");
    assert!(after.batches - before.batches <= 4, "{before:?} {after:?}");
    assert_eq!(store.report().await.places_held, BUYERS);
}

/// An event of one area, in a house that records into a journal.
struct Recorder<'a> {
    journal: &'a MemoryJournal,
    event: EventId,
    house: House,
    units: Vec<UnitOfWork>,
}

impl<'a> Recorder<'a> {
    fn on_sale(journal: &'a MemoryJournal, number: u64, capacity: u32) -> Self {
        let event = event_id(number);
        let mut recorder =
            Self { journal, event, house: House::new(event, None), units: Vec::new() };
        let mut details = details_of(&plan_without_accessible(1, 1));
        details.plan = None;
        details.seats = 0;
        details.prices.retain(|price| price.category == "Standing");
        details.areas =
            vec![AreaSpec { name: "Floor".to_owned(), category: "Standing".to_owned(), capacity }];
        recorder.take(&Command::Run(EventCommand::Create(Box::new(details))));
        recorder.take(&Command::Run(EventCommand::Publish));
        recorder.take(&Command::Run(EventCommand::OpenSales));
        recorder
    }

    fn take(&mut self, command: &Command) {
        let context = Context { now: at(OPENING), actor: Actor::System };
        let proposal = self.house.decide(command, &context).unwrap();
        self.house.apply_proposal(&proposal).unwrap();
        self.units.push(unit(self.event, &proposal));
    }

    async fn record(self) {
        for batch in self.units.chunks(1_000) {
            let judged = self.journal.append(batch).await.unwrap();
            assert!(judged.iter().all(Result::is_ok));
        }
    }
}

fn unit(event: EventId, proposal: &Proposal) -> UnitOfWork {
    let facts = proposal.writes.iter().map(|write| NewFact {
        stream: write.stream.stream_id(event, None).unwrap(),
        sequence: write.sequence,
        fact: write.fact.name().to_owned(),
        version: VERSION.to_owned(),
        payload: write.fact.encode().unwrap(),
        meaning: Meaning::default(),
    });
    UnitOfWork {
        event_id: Some(event),
        facts: facts.collect(),
        reads: Vec::new(),
        metadata: "{}".to_owned(),
        idempotency: None,
    }
}

/// Holds of one event that lapse together, and others' that lapse much later.
async fn holds(journal: &MemoryJournal, due: u64, later: u64) {
    let mut first = Recorder::on_sale(journal, 1, 1_000_000);
    for number in 1..=due {
        let buyer = format!("buyer-{number}");
        first.take(&hold_places(booking_id(number), &buyer, "Floor", 1));
    }
    first.record().await;

    // Only their bookings: nobody asks their house anything.
    let mut other = Recorder::on_sale(journal, 2, 1_000_000);
    other.take(&hold_places(booking_id(due + 1), "bob", "Floor", 1));
    let mut held = other.units.pop().unwrap().facts.swap_remove(0);
    held.payload = held.payload.replace("2026-", "2036-");
    let event = other.event;
    other.units.extend((0..later).map(|number| UnitOfWork {
        facts: vec![NewFact {
            stream: StreamId::booking(booking_id(due + 2 + number)),
            ..held.clone()
        }],
        ..unit(event, &Proposal { event_id: event, writes: vec![], reads: vec![] })
    }));
    other.record().await;
}

/// Of many holds, some lapse at once. A buyer who comes in the midst of it is served before most of
/// them are seen to; each is recorded once.
async fn many_lapse_at_once(due: u64, later: u64) {
    let journal = Arc::new(MemoryJournal::new());
    holds(&journal, due, later).await;
    let before = journal.head().await.unwrap();
    let gate = Gate::after(500);
    let place = Place::Here(journal.clone());
    let setup = Setup { gate: Some(gate.clone()), ..Setup::default() };
    let clock = setup.clock.clone();
    clock.advance(jiff::SignedDuration::from_secs(605));
    let world = World::at(place, setup).await;

    gate.is_reached().await;
    let expired_by = |head: u64| head.saturating_sub(before) / 2;
    let then = expired_by(journal.head().await.unwrap());
    let wanted = Request {
        context: Context { now: clock.now(), actor: Actor::System },
        ..place_for(&event_id(1).to_string(), due + later + 10)
    };
    let mut bought = Box::pin(world.api.box_office.execute(&wanted));
    assert!(bought.as_mut().now_or_never().is_none(), "the journal does not answer yet");
    gate.open();
    let bought = bought.await.unwrap();
    let meanwhile = expired_by(bought.position) - then;
    assert!(meanwhile <= 256, "{meanwhile} came before a buyer");

    eventually("all to be recorded", async || {
        (journal.head().await.unwrap() >= before + 2 * due + 2).then_some(())
    })
    .await;
    world.rests().await;
    let rows = journal.read(before, usize::MAX).await.unwrap();
    let count = |name: &str| rows.iter().filter(|row| row.fact == name).count() as u64;
    let counts = [count("expired"), count("released"), count("held"), rows.len() as u64];
    assert_eq!(counts, [due, due, 2, 2 * due + 2]);
    assert_eq!(world.committer.metrics().rejected, 0);
    a_restart_reads_little(&journal, &gate, world, later).await;
}

/// The agenda was written down, and only what came after that is read again.
async fn a_restart_reads_little(
    journal: &Arc<MemoryJournal>,
    gate: &Gate,
    world: World,
    later: u64,
) {
    let name = SnapshotName { kind: "agenda", id: "all".to_owned(), schema: 1 };
    let snapshot = eventually("the agenda to be written down", async || {
        journal.snapshot(&name).await.unwrap()
    })
    .await;
    drop(world);
    let after = journal.head().await.unwrap() - snapshot.position;
    let read = gate.facts_read();
    let setup = Setup { seed: 2, gate: Some(gate.clone()), ..Setup::default() };
    let world = World::at(Place::Here(journal.clone()), setup).await;
    let read = gate.facts_read() - read;
    assert_eq!(read as u64, after, "more was read than came after the snapshot");
    let agenda: serde_json::Value = serde_json::from_slice(&snapshot.unpack().unwrap()).unwrap();
    assert!(agenda["live"].as_object().unwrap().len() as u64 >= later);
    drop(world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_hundred_thousand_holds_some_lapse_at_once() {
    // All of them take half a minute.
    let now = if is_long() { 100_000 } else { 2_000 };
    many_lapse_at_once(now, 100_000 - now).await;
}
