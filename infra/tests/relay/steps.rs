//! A relay that is killed at every one of its steps: each point at which it waits for somebody.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use aisle_infra::relay::{Relay, RelayConfig, RelayStatus};
use aisle_infra::testing::nats_server::NatsServer;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::world::{PATIENCE, World};

/// What is new for each relay.
const FACTS: u64 = 7;

/// More than a relay takes from its start until what is there is published and its checkpoint is
/// saved; the further ones find it waiting.
const STEPS: usize = 30;

#[tokio::test]
async fn a_relay_killed_at_any_step_has_lost_and_disordered_nothing() {
    let (world, server) = (World::create().await, NatsServer::start().await);
    for steps in 1..=STEPS {
        let head = world.append(FACTS).await;
        let nats = server.client().await;
        // Few at once, so that there are points between one message and the next.
        let config = RelayConfig { in_flight: 2, ..world.config() };
        let (status, run) = Relay::unstarted(config, world.journal.clone(), nats);
        // Some are killed only after they have saved how far they are.
        let until_saved = steps % 10 == 0;
        let over = async {
            let published = published(status, head).await;
            while published && until_saved && world.checkpoint().await < head {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let lived = async {
            tokio::select! {
                () = killed_after(steps, run) => {}
                () = over => {}
            }
        };
        timeout(PATIENCE, lived).await.expect("the relay makes its steps");
        world.lock_is_free().await;
    }
    let nats = server.client().await;
    let relay = world.relay(&nats);
    world.is_published(&nats, &[&relay]).await;
    assert_eq!(world.journal.head().await.unwrap(), FACTS * STEPS as u64);
}

/// Runs a future until it has been polled so often, and drops it there.
async fn killed_after(steps: usize, future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    let mut left = steps;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        future.as_mut().poll(context)
    })
    .await;
}

async fn published(mut status: watch::Receiver<RelayStatus>, head: u64) -> bool {
    status.wait_for(|status| status.published >= head).await.is_ok()
}
