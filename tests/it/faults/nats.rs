//! NATS is killed, or the server of three that leads: nobody who reads or buys notices.

use std::time::Duration;

use aisle_infra::relay::Cell;
use aisle_infra::testing::nats_server::{NatsServer, connect};
use async_nats::jetstream;

use super::installation::Installation;
use crate::support::rounds;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_of_nats_under_load_leaves_all_whole() {
    let mut nats = NatsServer::start().await;
    let site = Installation::open(&nats.url(), 1).await;
    let rush = site.rush();
    for _ in 0..rounds(2) {
        rush.holds(15).await;
        nats.kill();
        rush.holds(15).await;
        nats.run().await;
    }
    rush.holds(15).await;
    site.is_whole(&rush.end().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_of_the_leader_of_three_nats_under_load_leaves_all_whole() {
    let mut servers = NatsServer::three().await;
    let urls: Vec<_> = servers.iter().map(NatsServer::url).collect();
    let site = Installation::open(&urls.join(","), 3).await;
    let client = connect(&urls.join(",")).await;
    let rush = site.rush();
    for _ in 0..rounds(1) {
        rush.holds(15).await;
        let leader = leader(&client).await;
        let dying = servers.iter_mut().find(|server| server.name() == leader).unwrap();
        dying.kill();
        rush.holds(15).await;
        dying.run().await;
    }
    rush.holds(15).await;
    site.is_whole(&rush.end().await).await;
}

/// The name of the server that leads the stream.
async fn leader(client: &async_nats::Client) -> String {
    loop {
        let stream = jetstream::new(client.clone()).get_stream(Cell::default().stream()).await;
        let cluster = stream.ok().and_then(|stream| stream.cached_info().cluster.clone());
        if let Some(leader) = cluster.and_then(|cluster| cluster.leader) {
            return leader;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
