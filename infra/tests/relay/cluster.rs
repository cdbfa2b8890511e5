//! A cluster of three servers that loses the leader of the stream.

use aisle_infra::relay::{Relay, RelayConfig, StreamSettings};
use async_nats::Client;
use tokio::time::{Duration, sleep, timeout};

use crate::nats::{NatsServer, connect, free_port};
use crate::world::{PATIENCE, World, stream};

#[tokio::test]
async fn a_cluster_that_loses_its_leader_loses_nothing() {
    let world = World::create().await;
    let mut servers = three_servers().await;
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

/// Three servers that know of each other.
async fn three_servers() -> Vec<NatsServer> {
    let routes: Vec<_> = (0..3).map(|_| format!("nats://127.0.0.1:{}", free_port())).collect();
    let all = routes.join(",");
    let arguments = |own: &String| {
        let name = ["--cluster_name", "aisle", "--cluster", own, "--routes", &all];
        name.map(str::to_owned).to_vec()
    };
    let mut servers: Vec<_> =
        routes.iter().map(|own| NatsServer::prepare(arguments(own))).collect();
    for server in &mut servers {
        server.spawn();
    }
    for server in &mut servers {
        server.run().await;
    }
    servers
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
