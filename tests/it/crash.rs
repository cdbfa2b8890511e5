//! `kill -9` under load: what was answered is there, nothing is half there, deadlines still fire.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use aisle_domain::testing::checker;
use aisle_infra::testing::postgres::TestDatabase;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Client, Server, row, sell};

/// How many clients hold seats at once.
const CLIENTS: usize = 40;

#[tokio::test]
async fn crash_under_load_on_the_embedded_store_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    survives(folder.path(), &["--sample", "no"]).await;
}

#[tokio::test]
async fn crash_under_load_on_postgresql_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::create().await;
    survives(folder.path(), &["--sample", "no", "--database-url", &database.url()]).await;
    database.close().await;
}

async fn survives(folder: &Path, arguments: &[&str]) {
    let mut server = Server::start(folder, arguments);
    let admin = Client::new(&server.url, &server.token("root", "admin"));
    let event = admin.event_on_sale("crash-event", sell(20, 20, 5)).await;

    let load: Vec<_> = (0..CLIENTS)
        .map(|n| {
            let token = server.token(&format!("buyer-{n}"), "customer");
            tokio::spawn(hold_until_it_breaks(Client::new(&server.url, &token), event.clone(), n))
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(700)).await;
    server.kill_9();
    let mut answered: HashMap<String, Value> = HashMap::new();
    for client in load {
        answered.extend(client.await.unwrap());
    }
    assert!(!answered.is_empty(), "the load did nothing before the crash");

    server.restart();
    let admin = admin.at(&server.url);
    let history = admin.history().await;
    checker::check(history.iter().map(row)).assert_sound();
    let held: HashMap<&str, &Value> = history
        .iter()
        .filter(|fact| fact["type"] == "booking.held")
        .map(|fact| (fact["stream"]["id"].as_str().unwrap(), fact))
        .collect();
    for (booking, answer) in &answered {
        let fact = held.get(booking.as_str()).unwrap_or_else(|| panic!("{booking} is lost"));
        assert_eq!(fact["data"]["order"]["total"], answer["total"]["amount"]);
    }
    // Nobody paid: every hold lapses, whoever was running when it was made.
    for booking in answered.keys() {
        admin.booking_becomes(booking, "expired").await;
    }
    assert!(server.stop());
}

/// Holds two seats after two seats until the server is gone; returns what was answered.
async fn hold_until_it_breaks(client: Client, event: String, n: usize) -> HashMap<String, Value> {
    let mut answered = HashMap::new();
    let path = format!("/v1/events/{event}/bookings");
    for round in 0..1_000 {
        let key = format!("hold-{n}-{round}");
        let body = json!({"quantity": 1 + (n + round) % 3});
        let sent = client.send(reqwest::Method::POST, &path, Some(&key), Some(body)).await;
        let Ok((status, answer)) = sent else { return answered };
        match status {
            StatusCode::CREATED => {
                let booking = answer["booking_id"].as_str().unwrap().to_owned();
                answered.insert(booking, answer);
            }
            StatusCode::CONFLICT => tokio::time::sleep(Duration::from_millis(20)).await,
            status => panic!("{status}: {answer}"),
        }
    }
    answered
}
