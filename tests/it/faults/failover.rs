//! PostgreSQL fails over to its standby: the primary dies under load, the standby is promoted, and
//! the address leads to it. Processes connect again by themselves, and nothing acknowledged is lost.

use aisle_infra::testing::nats_server::NatsServer;

use super::installation::Installation;
use crate::support::{Target, rounds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_of_postgresql_and_fail_over_to_its_standby_under_load_leaves_all_whole() {
    let nats = NatsServer::start().await;
    let mut site = Installation::open(&nats.url(), 1).await;
    let rush = site.rush();
    for _ in 0..rounds(1) {
        let standby = site.database.standby().await;
        rush.holds(15).await;
        site.database.kill_9();
        rush.is_turned_away(1).await;
        standby.promote().await;
        site.address.lead_to(Target::Socket(standby.socket()));
        site.database = standby;
        rush.holds(15).await;
    }
    site.is_whole(&rush.end().await).await;
}
