//! One relay is active, whatever becomes of it; and one that does not know yet that it is not does
//! no harm.

use std::pin::pin;
use std::time::{Duration, Instant};

use aisle_infra::relay::{Cell, Relay, RelayState};
use aisle_infra::testing::nats_server::NatsServer;
use tokio::time::sleep;

use crate::world::{World, is_active, until};

/// Within which another relay has taken over from one that is gone.
const TAKEN_OVER: Duration = Duration::from_secs(5);

#[tokio::test]
async fn one_of_two_relays_is_active_and_the_other_takes_over() {
    let (world, server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    let first = world.relay(&nats);
    is_active(&first).await;
    let second = world.relay(&nats);
    world.append(10).await;
    world.is_published(&nats, &[&first]).await;
    // It stands by, and knows from the checkpoint how far the other is.
    until(&mut second.status(), |status| status.published == 10).await;
    assert_eq!(second.status().borrow().state, RelayState::Standby);

    world.append(10).await;
    let gone = Instant::now();
    drop(first);
    is_active(&second).await;
    assert!(gone.elapsed() < TAKEN_OVER, "{:?}", gone.elapsed());
    world.append(10).await;
    world.is_published(&nats, &[&second]).await;
}

#[tokio::test]
async fn relays_of_two_cells_do_not_wait_for_each_other() {
    let server = NatsServer::start().await;
    let nats = server.client().await;
    let world = World::create().await;
    let relay = world.relay(&nats);
    let mut config = world.config();
    config.cell = Cell::try_new("test-2").unwrap();
    let journal = world.journal.clone();
    let other = Relay::start(config, journal, nats, Default::default());
    is_active(&relay).await;
    is_active(&other).await;
}

#[tokio::test]
async fn locks_that_are_lost_under_way_leave_the_stream_in_order() {
    let (world, server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    let (first, second) = (world.relay(&nats), world.relay(&nats));
    for _ in 0..8 {
        let ((), _) = tokio::join!(
            async {
                sleep(Duration::from_millis(30)).await;
                world.cut_locks().await;
            },
            world.append(150)
        );
    }
    world.is_published(&nats, &[&first, &second]).await;
}

#[tokio::test]
async fn a_relay_without_its_lock_stops_until_it_has_one_again() {
    let (world, server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    let relay = world.relay(&nats);
    is_active(&relay).await;
    let mut status = relay.status();
    status.mark_unchanged();
    world.cut_locks().await;
    until(&mut status, |status| status.state == RelayState::Standby).await;
    is_active(&relay).await;
}

#[tokio::test]
async fn a_relay_that_freezes_is_replaced_and_does_no_harm_when_it_thaws() {
    let (world, server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    let (mut frozen, run) = Relay::unstarted(world.config(), world.journal.clone(), nats.clone());
    let mut run = pin!(run);
    tokio::select! {
        () = &mut run => {}
        _ = until(&mut frozen, |status| status.state == RelayState::Active) => {}
    }
    // From here on nobody polls it, and all its connections stay open.
    let silent = Instant::now();
    let second = world.relay(&nats);
    world.append(10).await;
    is_active(&second).await;
    assert!(silent.elapsed() < TAKEN_OVER, "{:?}", silent.elapsed());
    world.append(10).await;
    world.is_published(&nats, &[&second]).await;
    let ((), _) = tokio::join!(
        async {
            tokio::select! {
                () = &mut run => {}
                _ = until(&mut frozen, |status| status.state == RelayState::Standby) => {}
            }
        },
        world.append(100)
    );
    world.is_published(&nats, &[&second]).await;
}

#[tokio::test]
async fn whoever_stops_a_relay_frees_its_lock() {
    let (world, server) = (World::create().await, NatsServer::start().await);
    let stop = tokio_util::sync::CancellationToken::new();
    let journal = world.journal.clone();
    let nats = server.client().await;
    let relay = Relay::start(world.config(), journal, nats, stop.clone());
    is_active(&relay).await;
    stop.cancel();
    relay.ended().await;
    world.lock_is_free().await;
}
