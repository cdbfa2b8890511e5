//! The folder of a search index is deleted, under a process that runs or one that does not: it is
//! built anew from the journal.

use aisle_infra::testing::nats_server::NatsServer;

use super::installation::Installation;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_of_the_disk_of_a_search_index_leaves_all_whole() {
    let nats = NatsServer::start().await;
    let mut site = Installation::open(&nats.url(), 1).await;
    let rush = site.rush();
    rush.holds(10).await;
    let folder = |name| site.nodes.folder_of(name).join("search");
    std::fs::remove_dir_all(folder("query-1")).unwrap();
    rush.holds(20).await;
    // The other one loses it while it is down.
    let accounts = rush.end().await;
    let lost = folder("query-2");
    let commands = site.command.url.clone();
    let (name, node) = site.queries.pop().unwrap();
    node.kill_9();
    std::fs::remove_dir_all(lost).unwrap();
    site.forget_watchers_of(site.queries.len());
    site.add_query(name, &["--command-url", &commands]).await;
    site.is_whole(&accounts).await;
}
