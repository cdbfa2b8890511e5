//! What is published: every fact, once, in order, as a CloudEvent; wherever the stream ends.

use aisle_infra::journal::NewFact;
use aisle_infra::relay::{RelayConfig, RelayState, StreamSettings};
use aisle_infra::testing::nats_server::NatsServer;
use async_nats::jetstream::{self, stream::StorageType};
use serde_json::Value;
use sqlx::Executor as _;
use std::time::Duration;

use crate::world::{Published, TRACE, World, event, held, is_active, stream, unit, until};

#[tokio::test]
async fn what_is_in_the_journal_gets_into_the_stream() {
    let (world, server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    world.append(20).await;
    let relay = world.relay(&nats);
    world.is_published(&nats, &[&relay]).await;
    world.append(1300).await;
    world.is_published(&nats, &[&relay]).await;
    assert_eq!(relay.lag(), 0);
    let status = *relay.status().borrow();
    assert_eq!((status.state, status.published_total), (RelayState::Active, 1320));
}

#[tokio::test]
async fn a_message_says_what_it_is_in_its_subject_headers_and_attributes() {
    let (world, server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    world.append(2).await;
    let relay = world.relay(&nats);
    world.is_published(&nats, &[&relay]).await;
    let message = &Published::read(&nats, &world.cell).await.messages[1];
    assert_eq!(message.subject.as_str(), format!("aisle.test-1.{}.seat.held", event()));
    let header = |name: &str| message.headers.get(name).unwrap().as_str().to_owned();
    assert_eq!(header("Nats-Msg-Id"), "test-1.2");
    assert_eq!(header("Content-Type"), "application/cloudevents+json; charset=utf-8");
    assert_eq!(header("traceparent"), TRACE);
    let sent: Value = serde_json::from_slice(&message.payload).unwrap();
    assert_eq!((&sent["id"], &sent["type"]), (&"test-1.2".into(), &"aisle.seat.held.v1".into()));
}

#[tokio::test]
async fn rows_that_aisle_cannot_read_are_published_as_they_are() {
    let (world, server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    let odd = NewFact { fact: "Held > by *".into(), payload: "[1,  2]".into(), ..held("1-1") };
    world.journal.append(&[unit(vec![odd])]).await.unwrap();
    let insert = "insert into events (aggregate_type, aggregate_id, sequence, event_type,
                                      event_version, payload, metadata)
                  values ('booking', 'B', 1, 'Held', '1.0', '{}', '{\"trace\": \"a b\"}')";
    world.admin().await.execute(insert).await.unwrap();
    let relay = world.relay(&nats);
    world.is_published(&nats, &[&relay]).await;
    let subjects = Published::read(&nats, &world.cell).await.messages;
    assert_eq!(subjects[1].subject.as_str(), "aisle.test-1.none.booking.Held");
}

#[tokio::test]
async fn the_stream_is_made_and_kept_as_the_settings_say() {
    let (world, server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    let relay = world.relay(&nats);
    is_active(&relay).await;
    drop(relay);
    let limits = StreamSettings {
        max_age: Some(Duration::from_secs(60)),
        max_bytes: Some(1 << 20),
        ..StreamSettings::default()
    };
    let config = RelayConfig { stream: limits, ..world.config() };
    let (mut status, run) =
        aisle_infra::relay::Relay::unstarted(config, world.journal.clone(), nats.clone());
    let run = tokio::spawn(run);
    until(&mut status, |status| status.state == RelayState::Active).await;
    let kept = stream(&nats, &world.cell).await.cached_info().config.clone();
    assert_eq!(kept.name, "AISLE_test-1");
    assert_eq!(kept.subjects, ["aisle.test-1.>"]);
    assert_eq!((kept.storage, kept.num_replicas), (StorageType::File, 1));
    assert_eq!((kept.max_age, kept.max_bytes), (Duration::from_secs(60), 1 << 20));
    assert_eq!(kept.duplicate_window, Duration::from_secs(60));
    run.abort();
}

#[tokio::test]
async fn a_stream_that_was_emptied_goes_on_at_the_checkpoint() {
    let (world, server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    world.append(10).await;
    let relay = world.relay(&nats);
    world.is_published(&nats, &[&relay]).await;
    while world.checkpoint().await < 10 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    drop(relay);
    let jetstream = jetstream::new(nats.clone());
    jetstream.delete_stream(world.cell.stream()).await.unwrap();
    world.append(5).await;
    let relay = world.relay(&nats);
    until(&mut relay.status(), |status| status.published == 15).await;
    let positions: Vec<_> =
        Published::read(&nats, &world.cell).await.rows.iter().map(|row| row.position).collect();
    assert_eq!(positions, [11, 12, 13, 14, 15]);
}

#[tokio::test]
async fn a_server_that_lost_what_it_had_acknowledged_gets_it_again() {
    let (world, mut server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    world.append(5).await;
    let relay = world.relay(&nats);
    world.is_published(&nats, &[&relay]).await;
    server.kill();
    let aside = tempfile::TempDir::new().unwrap();
    copy(&server.store(), &aside.path().join("store"));
    server.run().await;
    world.append(5).await;
    world.is_published(&nats, &[&relay]).await;

    server.kill();
    std::fs::remove_dir_all(server.store()).unwrap();
    copy(&aside.path().join("store"), &server.store());
    server.run().await;
    world.append(5).await;
    until(&mut relay.status(), |status| status.published == 15).await;
    world.is_published(&nats, &[&relay]).await;
}

#[tokio::test]
async fn a_journal_that_is_behind_the_stream_publishes_nothing() {
    let (world, server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    world.append(6).await;
    let relay = world.relay(&nats);
    world.is_published(&nats, &[&relay]).await;
    drop(relay);
    // As after a restore from a backup: another history, which is shorter as yet.
    let restored = World::create().await;
    restored.append(4).await;
    let relay = restored.relay(&nats);
    let mut status = relay.status();
    // The checkpoint is told before the turn that ends in trouble.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(status.borrow_and_update().state, RelayState::Standby);
    assert_eq!(Published::read(&nats, &world.cell).await.rows, world.everything().await);
}

#[tokio::test]
async fn commands_go_on_while_nats_is_away_and_all_is_drained_in_order() {
    let (world, mut server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    let relay = world.relay(&nats);
    for round in 1..=3 {
        let (appended, ()) = tokio::join!(world.append(300), async {
            until(&mut relay.status(), |status| status.published >= (round - 1) * 400 + 50).await;
            server.kill();
        });
        assert_eq!(appended, (round - 1) * 400 + 300);
        world.append(100).await;
        server.run().await;
        world.is_published(&nats, &[&relay]).await;
    }
}

#[tokio::test]
async fn a_relay_may_start_before_nats() {
    let world = World::create().await;
    let mut server = NatsServer::prepare(Vec::new());
    let nats = server.client().await;
    let relay = world.relay(&nats);
    world.append(10).await;
    server.run().await;
    world.is_published(&nats, &[&relay]).await;
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    let copied = std::process::Command::new("cp").arg("-r").arg(from).arg(to).status();
    assert!(copied.unwrap().success());
}
