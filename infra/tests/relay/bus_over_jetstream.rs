//! What only a bus over JetStream can go through: servers and relays that are away, messages that
//! come twice or never.

use std::sync::Arc;
use std::time::Duration;

use aisle_infra::bus::{Batch, Bus as _, JetStreamBus, Subscription};
use aisle_infra::journal::JournalStore;
use aisle_infra::journal::memory::MemoryJournal;
use aisle_infra::relay::{Cell, cloud_event};
use aisle_infra::testing::nats_server::NatsServer;
use async_nats::Client;
use async_nats::jetstream::{self, message::PublishMessage};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::bus::{batches_to, entries_to, positions};
use crate::world::{PATIENCE, World, stream};

/// A bus that sees no journal but the stream.
fn blind(nats: &Client, cell: &Cell) -> Subscription {
    bus(nats, cell, Arc::new(MemoryJournal::new()))
}

fn bus(nats: &Client, cell: &Cell, journal: Arc<dyn JournalStore>) -> Subscription {
    let stop = CancellationToken::new();
    JetStreamBus::start(nats.clone(), cell.clone(), journal, 0, stop).subscribe()
}

/// Waits until somebody follows the stream.
async fn is_followed(nats: &Client, cell: &Cell) {
    let followed = async {
        while stream(nats, cell).await.cached_info().state.consumer_count == 0 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, followed).await.expect("the stream is followed");
}

#[tokio::test]
async fn a_bus_connects_again_when_the_server_is_back() {
    let (world, mut server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    let relay = world.relay(&nats);
    let mut live = blind(&nats, &world.cell);
    let mut seen = entries_to(&mut live, world.append(10).await).await;
    for _ in 0..2 {
        server.kill();
        world.append(10).await;
        server.run().await;
        let head = world.append(10).await;
        seen.extend(entries_to(&mut live, head).await);
    }
    assert_eq!(positions(&seen), (1..=50).collect::<Vec<_>>());
    drop(relay);
}

#[tokio::test]
async fn while_the_relay_or_the_server_is_away_the_journal_is_read() {
    let (world, mut server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    let relay = world.relay(&nats);
    let mut live = bus(&nats, &world.cell, world.journal.clone());
    let mut seen = entries_to(&mut live, world.append(10).await).await;
    is_followed(&nats, &world.cell).await;
    drop(relay);
    seen.extend(entries_to(&mut live, world.append(10).await).await);
    server.kill();
    seen.extend(entries_to(&mut live, world.append(10).await).await);
    server.run().await;
    let relay = world.relay(&nats);
    world.is_published(&nats, &[&relay]).await;
    seen.extend(entries_to(&mut live, world.append(10).await).await);
    assert_eq!(positions(&seen), (1..=40).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_bus_may_start_before_its_stream() {
    let world = World::create().await;
    let mut server = NatsServer::prepare(Vec::new());
    let nats = server.client().await;
    let mut live = blind(&nats, &world.cell);
    server.run().await;
    let relay = world.relay(&nats);
    let head = world.append(10).await;
    assert_eq!(positions(&entries_to(&mut live, head).await), (1..=10).collect::<Vec<_>>());
    drop(relay);
}

#[tokio::test]
async fn what_comes_twice_is_dropped_and_what_is_missing_is_a_hole() {
    let (world, server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    let sender = Sender::new(&world, &nats).await;
    for position in [1, 2, 2, 1, 3, 5, 6, 5, 4, 7] {
        sender.send(position).await;
    }
    sender.send_text("no event at all").await;
    sender.send(8).await;
    let mut live = blind(&nats, &world.cell);
    let batches = batches_to(&mut live, 8).await;
    let seen: Vec<_> = batches.iter().flat_map(|batch| positions(batch.entries())).collect();
    assert_eq!(seen, [1, 2, 3, 5, 6, 7, 8]);
    // Within a batch there is no hole.
    assert!(batches.iter().any(|batch| batch.first() == Some(5)));
}

#[tokio::test]
async fn a_position_is_found_in_a_stream_with_holes() {
    let (world, server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    let sender = Sender::new(&world, &nats).await;
    for position in [3, 4, 6, 7, 9, 10, 12] {
        sender.send(position).await;
    }
    stream(&nats, &world.cell).await.delete_message(4).await.unwrap();
    for (after, expected) in
        [(0, 3), (2, 3), (3, 4), (4, 6), (5, 6), (6, 9), (8, 9), (9, 10), (10, 12), (11, 12)]
    {
        let journal = Arc::new(MemoryJournal::new());
        let (cell, stop) = (world.cell.clone(), CancellationToken::new());
        let mut live = JetStreamBus::start(nats.clone(), cell, journal, after, stop).subscribe();
        let first = timeout(PATIENCE, live.next()).await.expect("a batch");
        assert_eq!(first.as_ref().and_then(Batch::first), Some(expected), "after {after}");
    }
}

/// Publishes single facts of a journal, in any order.
struct Sender<'a> {
    world: &'a World,
    jetstream: jetstream::Context,
}

impl<'a> Sender<'a> {
    async fn new(world: &'a World, nats: &Client) -> Self {
        world.append(12).await;
        let jetstream = jetstream::new(nats.clone());
        let config = jetstream::stream::Config {
            name: world.cell.stream(),
            subjects: vec![world.cell.subjects()],
            // So that what is sent twice is stored twice.
            duplicate_window: Duration::from_millis(100),
            ..Default::default()
        };
        jetstream.create_stream(config).await.unwrap();
        Self { world, jetstream }
    }

    async fn send(&self, position: u64) {
        let row = self.world.journal.read(position - 1, 1).await.unwrap().remove(0);
        let event = cloud_event::encode(&self.world.cell, &row).unwrap();
        let message = PublishMessage::build().payload(event.json.into());
        // The id is written as a relay does, and made to differ for the server.
        let id = self.world.cell.message_id(position);
        let subject = self.world.cell.subject(&row);
        loop {
            let message = message.clone().message_id(&id);
            let sent = self.jetstream.send_publish(subject.clone(), message).await.unwrap();
            if !sent.await.unwrap().duplicate {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn send_text(&self, text: &'static str) {
        let subject = format!("aisle.{}.none.seat.held", self.world.cell);
        let sent = self.jetstream.publish(subject, text.into()).await.unwrap();
        sent.await.unwrap();
    }
}
