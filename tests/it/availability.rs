//! What is left of an event is found in the results of a search soon after it was sold, without
//! anybody waiting for a position.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Client, Server, eventually, sell};

/// The results are to be fresh within a second, which `projections/tests/search/availability.rs`
/// holds the index to. This much is left to a machine that others use, too.
const SOON: Duration = Duration::from_secs(5);

async fn available(client: &Client) -> Option<u64> {
    let found: Value = client.get("/v1/search?term=Test%20match").await;
    found["hits"][0]["available"].as_u64()
}

#[tokio::test]
async fn what_was_held_is_soon_missing_from_the_results() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--sample", "no"]);
    let client = Client::new(&server.url, &server.token("otto", "organiser"));
    let event = client.event_on_sale("availability", sell(6, 10, 600)).await;
    eventually("the event to be found", async || available(&client).await == Some(60)).await;
    for sold in 1..=4 {
        let path = format!("/v1/events/{event}/bookings");
        let key = format!("hold-{sold}");
        let (status, held) = client.post(&path, &key, json!({"quantity": 2})).await;
        assert_eq!(status, StatusCode::CREATED, "{held}");
        let answered = Instant::now();
        while available(&client).await != Some(60 - 2 * sold) {
            assert!(answered.elapsed() < SOON, "after {sold} holds");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
