//! A query process is cut off from the database and from NATS, and nothing is closed: it says how
//! stale it is, turns red past the limit, answers as of before, and comes back by itself.

use aisle_infra::testing::nats_server::NatsServer;
use serde_json::Value;

use super::installation::Installation;
use crate::support::{Proxy, Target};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_of_the_network_of_a_query_process_makes_it_stale_and_not_wrong() {
    let nats = NatsServer::start().await;
    let mut site = Installation::open(&nats.url(), 1).await;
    let database = Proxy::start(Target::Socket(site.database.socket())).await;
    let address = nats.url().trim_start_matches("nats://").parse().unwrap();
    let to_nats = Proxy::start(Target::Port(address)).await;
    let urls = (database.url(), format!("nats://{}", to_nats.address()));
    let commands = site.command.url.clone();
    let arguments = ["--database-url", &urls.0, "--nats-url", &urls.1, "--stale-limit", "2"];
    let arguments = [&arguments[..], &["--command-url", &commands]].concat();
    let far = site.add_query("far", &arguments).await;

    let rush = site.rush();
    rush.holds(10).await;
    database.keep_apart();
    to_nats.keep_apart();
    let path = format!("/v1/events/{}/seats", site.events[0]);
    let node = &site.queries[far].1;
    // It does not know that it misses anything; only that nobody tells it that it does not.
    node.answers(503, |said| stalest(said) > 2).await;
    let before = node.ask(&path).await;
    assert_eq!(before.0, 200, "{before:?}");
    rush.holds(20).await;
    assert_eq!(node.ask(&path).await, before, "it knows what it cannot know");
    assert_eq!(node.ask("/healthz").await.0, 200);

    database.let_through();
    to_nats.let_through();
    node.says(|said| stalest(said) == 0).await;
    rush.holds(10).await;
    site.is_whole(&rush.end().await).await;
}

/// How stale the stalest read model is, in seconds.
fn stalest(said: &Value) -> u64 {
    let projections = said["projections"].as_array().map(Vec::as_slice).unwrap_or_default();
    projections.iter().filter_map(|it| it["stale_seconds"].as_u64()).max().unwrap_or_default()
}
