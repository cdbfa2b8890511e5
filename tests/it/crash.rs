//! `kill -9` under load: what was answered is there, nothing is half there, deadlines still fire.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use aisle_domain::testing::checker;
use aisle_infra::testing::postgres::TestDatabase;
use reqwest::{Method, StatusCode};
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
    let mut unknown = Vec::new();
    for client in load {
        let buyer = client.await.unwrap();
        answered.extend(buyer.answered);
        unknown.extend(buyer.unknown.map(|hold| (buyer.client, hold)));
    }
    assert!(!answered.is_empty(), "the load did nothing before the crash");
    assert!(!unknown.is_empty(), "nobody was waiting for an answer");

    server.restart();
    let admin = admin.at(&server.url);
    // Whether it was carried out is nobody's guess: the same key tells, or has it done now.
    for (client, hold) in unknown {
        answered.extend(hold.again(&client.at(&server.url)).await);
    }
    let history = admin.history().await;
    checker::check(history.iter().map(row)).assert_sound();
    let held: HashMap<&str, &Value> = history
        .iter()
        .filter(|fact| fact["type"] == "booking.held")
        .map(|fact| (fact["stream"]["id"].as_str().unwrap(), fact))
        .collect();
    assert_eq!(held.len(), answered.len(), "there are bookings that nobody was told of");
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

/// A hold as it was sent.
struct Hold {
    path: String,
    key: String,
    wish: Value,
}

impl Hold {
    async fn send(&self, client: &Client) -> Result<(StatusCode, Value), reqwest::Error> {
        client.send(Method::POST, &self.path, Some(&self.key), Some(self.wish.clone())).await
    }

    /// Sends it once more under its key, twice: both times the answer is one booking, or that there
    /// is none.
    async fn again(&self, client: &Client) -> Option<(String, Value)> {
        let (status, answer) = self.send(client).await.unwrap();
        let (again, once_more) = self.send(client).await.unwrap();
        assert_eq!((status, &answer["booking_id"]), (again, &once_more["booking_id"]));
        assert!(matches!(status, StatusCode::CREATED | StatusCode::CONFLICT), "{answer}");
        Some((answer["booking_id"].as_str()?.to_owned(), answer))
    }
}

/// What a buyer knows when the server is gone.
struct Buyer {
    client: Client,
    /// By booking.
    answered: HashMap<String, Value>,
    /// What was under way.
    unknown: Option<Hold>,
}

/// Holds seat after seat until the server is gone.
async fn hold_until_it_breaks(client: Client, event: String, n: usize) -> Buyer {
    let mut buyer = Buyer { client, answered: HashMap::new(), unknown: None };
    for round in 0..1_000 {
        let path = format!("/v1/events/{event}/bookings");
        let (key, wish) = (format!("hold-{n}-{round}"), json!({"quantity": 1 + (n + round) % 3}));
        let hold = Hold { path, key, wish };
        let Ok((status, answer)) = hold.send(&buyer.client).await else {
            buyer.unknown = Some(hold);
            break;
        };
        match status {
            StatusCode::CREATED => {
                let booking = answer["booking_id"].as_str().unwrap().to_owned();
                buyer.answered.insert(booking, answer);
            }
            StatusCode::CONFLICT => tokio::time::sleep(Duration::from_millis(20)).await,
            status => panic!("{status}: {answer}"),
        }
    }
    buyer
}
