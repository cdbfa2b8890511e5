//! A cluster of three servers that loses the leader of the stream.

use aisle_infra::relay::{Relay, RelayConfig, StreamSettings};
use aisle_infra::testing::nats_server::{NatsServer, connect};
use async_nats::Client;
use tokio::time::{Duration, sleep, timeout};

use crate::world::{PATIENCE, World, stream};

#[tokio::test]
async fn a_cluster_that_loses_its_leader_loses_nothing() {
    let world = World::create().await;
    let mut servers = NatsServer::three().await;
    let urls: Vec<_> = servers.iter().map(NatsServer::url).collect();
    let nats = connect(&urls.join(",")).await;
    let config = RelayConfig {
        stream: StreamSettings { replicas: 3, ..StreamSettings::default() },
        ..world.config()
    };
    let relay = Relay::start(config, world.journal.clone(), nats.clone(), Default::default());
    world.append(100).await;
    world.is_published(&nats, &[&relay]).await;

    let leader = leader(&nats, &world).await;
    let dying = servers.iter_mut().find(|server| server.name() == leader).unwrap();
    let ((), _) = tokio::join!(async { dying.kill() }, world.append(200));
    world.append(50).await;
    world.is_published(&nats, &[&relay]).await;

    // The one that was dead comes back, and another one goes.
    dying.run().await;
    world.append(50).await;
    world.is_published(&nats, &[&relay]).await;
}

/// The name of the server that leads the stream.
async fn leader(nats: &Client, world: &World) -> String {
    let named = async {
        loop {
            let info = stream(nats, &world.cell).await.cached_info().clone();
            if let Some(leader) = info.cluster.and_then(|cluster| cluster.leader) {
                return leader;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, named).await.expect("the stream has a leader")
}
