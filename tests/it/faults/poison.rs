//! A fact that nobody can read gets into the journal: what it concerns stops before it and says so,
//! everything else goes on, and once it can be read all is as if it had never been.

use aisle_infra::testing::nats_server::NatsServer;
use reqwest::Method;
use serde_json::json;
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::installation::Installation;
use crate::support::sell;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_of_read_models_on_a_poisoned_fact_is_mended_with_it() {
    let nats = NatsServer::start().await;
    let mut site = Installation::open(&nats.url(), 1).await;
    let admin = site.reader(0);
    let sick = admin.event_on_sale("sick", sell(1, 4, 600)).await;
    let rush = site.rush();
    rush.holds(10).await;
    let mut database = PgConnection::connect(&site.address.url()).await.unwrap();
    let position: i64 = sqlx::query_scalar(
        "insert into events (aggregate_type, aggregate_id, sequence, event_type, event_version,
             payload, metadata, event_id)
         select aggregate_type, aggregate_id, max(sequence) + 1, 'sales_paused', '1',
             '{\"melted\":{}}', '{}', aggregate_id::uuid
         from events where aggregate_type = 'event' and aggregate_id = $1
         group by aggregate_type, aggregate_id
         returning position",
    )
    .bind(&sick)
    .fetch_one(&mut database)
    .await
    .unwrap();

    // Who buys of other events notices nothing; who wants that one is told that something is wrong.
    rush.holds(20).await;
    let wish = Some(json!({"quantity": 1}));
    let path = format!("/v1/events/{sick}/bookings");
    let (status, body) =
        admin.send(Method::POST, &path, Some("want-the-sick-one"), wish).await.unwrap();
    assert!(status.is_server_error(), "{status} {body}");
    let accounts = rush.end().await;
    // It stops before that fact, and stays there.
    let before = position - 1;
    site.queries[0]
        .1
        .answers(503, |said| {
            let projections = said["projections"].as_array().unwrap();
            projections.iter().any(|it| it["state"] == "failed" && it["applied"] == before)
        })
        .await;
    site.is_published().await;

    // A version that can read it has come: everybody is started anew.
    let mend = format!(
        "update events set payload = '{{\"sales_paused\":{{}}}}' where position = {position}"
    );
    database.execute(mend.as_str()).await.unwrap();
    site.restart().await;
    site.is_shown(&accounts).await;
    let shown = site.reader(0).get(&format!("/v1/events/{sick}")).await;
    assert_eq!(shown["phase"], "paused", "{shown}");
}
