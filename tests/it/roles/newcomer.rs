//! A new query process begins with the tables that others keep, and needs the facts that they were
//! made of no more.

use serde_json::json;
use sqlx::Executor as _;

use super::cluster::Cluster;
use super::{bookings, read_at, sale, same_everywhere};
use crate::support::sell;

#[tokio::test]
async fn a_new_query_process_reads_only_what_came_after_the_tables() {
    let cluster = Cluster::create().await;
    let command = cluster.start("command", "c", &[]);
    let project = cluster.start("project", "p", &[]);
    let old = cluster.start("query", "q1", &[]);
    for node in [&command, &project, &old] {
        node.ready().await;
    }
    let admin = cluster.client(&command, "root", "admin");
    let event = admin.event_on_sale("early", sell(6, 10, 600)).await;
    let ada = cluster.client(&command, "ada", "customer");
    sale(&ada, &ada, &ada.at(&old.url), &event, 0).await;
    let (_, held) = ada.post(&bookings(&event), "kept", json!({"quantity": 2})).await;
    let early = held["position"].as_u64().unwrap();

    // Who ends in peace has stored what it kept. Whoever reads the facts of before from now on stops.
    project.says(|said| all_have_applied(said, early)).await;
    project.stop();
    let melt =
        format!("update events set payload = '{{\"melted\":{{}}}}' where position <= {early}");
    let done = cluster.database().await.execute(melt.as_str()).await.unwrap();
    assert_eq!(done.rows_affected(), early);
    let project = cluster.start("project", "p", &[]);

    let mut late = sell(1, 4, 600);
    late["title"] = json!("Late show");
    late["venue"]["name"] = json!("Late hall");
    admin.event_on_sale("late", late).await;
    assert!(!cluster.folder_of("q2").exists());
    let new = cluster.start("query", "q2", &[]);
    new.ready().await;
    new.has_said("the search index begins with the event pages").await;
    // What was held before and what is sold since count together, there as here.
    sale(&ada, &ada, &ada.at(&new.url), &event, 1).await;
    let queries = [old, new];
    let shown = same_everywhere(&ada, &command, &queries, &event).await;
    let counted = (&shown["seats"]["held"], &shown["seats"]["sold"]);
    assert_eq!(counted, (&json!(2), &json!(2)), "{shown}");
    let found = &shown["search"]["hits"][0];
    assert_eq!((&found["event_id"], &found["available"]), (&json!(event), &json!(56)), "{shown}");
    let head = command.ready().await["head"].as_u64().unwrap();
    let found = read_at(&ada.at(&queries[1].url), "/v1/search?term=late", head).await;
    assert_eq!(found["total"], 1, "{found}");
    drop((command, project));
    cluster.close().await;
}

fn all_have_applied(said: &serde_json::Value, position: u64) -> bool {
    let projections = said["projections"].as_array();
    projections.is_some_and(|all| {
        all.iter().all(|it| it["applied"].as_u64().is_some_and(|applied| applied >= position))
    })
}
