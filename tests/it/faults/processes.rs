//! Relays and those who keep the tables are killed in mid-work, and others take over: between a
//! message and its acknowledgement, between what is applied and its checkpoint.
//!
//! Each single step is killed in the tests of the relay and of the runner; here it is whatever comes.

use aisle_infra::testing::nats_server::NatsServer;

use super::installation::Installation;
use crate::support::rounds;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_of_relays_and_projectors_under_load_leaves_all_whole() {
    let nats = NatsServer::start().await;
    let mut site = Installation::open(&nats.url(), 1).await;
    site.relays[0].says(|said| said["status"] == "active").await;
    site.relays.push(site.nodes.start("relay", "relay-2", &[]));
    site.projectors.push(site.nodes.start("project", "project-2", &[]));
    let rush = site.rush();
    for _ in 0..rounds(2) {
        rush.holds(15).await;
        // The one that works, and the last that came stands by.
        site.relays.remove(0).kill_9();
        site.projectors.remove(0).kill_9();
        rush.holds(15).await;
        site.relays[0].says(|said| said["status"] == "active").await;
        site.projectors[0].says(|said| said["status"] == "active").await;
        site.relays.push(site.nodes.start("relay", "relay-1", &[]));
        site.projectors.push(site.nodes.start("project", "project-1", &[]));
    }
    rush.holds(15).await;
    site.is_whole(&rush.end().await).await;
}
