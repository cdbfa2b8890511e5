//! Two processes sell the same events from one journal, and one of them is killed: nothing is sold
//! twice, no key is answered twice, and what the dead one began the other one ends.

use std::path::Path;

use aisle_infra::testing::postgres::TestDatabase;
use futures::future::join_all;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::outages::events_on_sale;
use crate::support::{
    Aftermath, Breaks, Client, Doors, Lapses, Reply, Rush, Server, Source, assert_kept, rounds,
};

/// Two servers on one database, each with a folder of its own and the same keys.
fn two_servers(folder: &Path, url: &str) -> (Server, Server) {
    let arguments = ["--sample", "no", "--database-url", url];
    let (first, second) = (folder.join("first"), folder.join("second"));
    let one = Server::start(&first, &arguments);
    std::fs::create_dir(&second).unwrap();
    for key in ["token.key", "webhook.key"] {
        // A copy keeps the mode, which the server insists on.
        std::fs::copy(first.join(key), second.join(key)).unwrap();
    }
    (one, Server::start(&second, &arguments))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_of_one_of_two_processes_under_load_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::create().await;
    let (mut one, mut other) = two_servers(folder.path(), &database.url());
    let events = events_on_sale(&one, 600).await;
    let doors = Doors::new(&[&one.url, &other.url]);

    let rush = Rush::begin(12, &one, &doors, &events, (Breaks::Allowed, Lapses::Never));
    for _ in 0..rounds(1) {
        rush.holds(40).await;
        other.kill_9();
        doors.are(&[&one.url]);
        rush.holds(20).await;
        other.restart();
        doors.are(&[&one.url, &other.url]);
        rush.holds(20).await;
        one.kill_9();
        doors.are(&[&other.url]);
        rush.holds(20).await;
        one.restart();
        doors.are(&[&one.url, &other.url]);
    }
    rush.holds(40).await;
    let accounts = rush.end().await;

    let aftermath = Aftermath::of(&Source::Postgres(database.url())).await;
    assert_kept(&aftermath, &accounts, &one).await;
    assert_kept(&aftermath, &accounts, &other).await;
    // One set of read models, kept up by both and by those that died.
    one.rebuild_all(&["--database-url", &database.url()]);
    assert!(one.stop() && other.stop());
    database.close().await;
}

/// Sends the same requests to both servers at once, each by so many.
async fn at_once(
    servers: [&Server; 2],
    event: &str,
    by: u64,
    request: impl Fn(u64) -> (String, String, Value),
) -> Vec<Reply> {
    let tokens: Vec<String> =
        (0..by).map(|number| servers[0].token(&request(number).0, "customer")).collect();
    let path = format!("/v1/events/{event}/bookings");
    let sent = (0..by).flat_map(|number| servers.map(|server| (number, server)));
    join_all(sent.map(|(number, server)| {
        let (_, key, wish) = request(number);
        let client = Client::new(&server.url, &tokens[number as usize]);
        let path = &path;
        async move {
            loop {
                let reply =
                    client.ask(Method::POST, path, Some(&key), Some(wish.clone())).await.unwrap();
                if reply.code() != "contended" {
                    return reply;
                }
            }
        }
    }))
    .await
}

/// How often the journal had to turn down what this server had decided.
async fn rejected_by(server: &Server) -> u64 {
    let text = reqwest::get(format!("{}/metrics", server.url)).await.unwrap().text().await.unwrap();
    let counted = text.lines().find_map(|line| line.strip_prefix("aisle_commit_rejected_total "));
    counted.unwrap_or_else(|| panic!("not counted: {text}")).trim().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn racers_of_two_processes_get_a_seat_once_and_a_key_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::create().await;
    let (one, other) = two_servers(folder.path(), &database.url());
    let events = events_on_sale(&one, 600).await;
    for round in 0..rounds(3) {
        let row = 1 + round;
        // Ten buyers, each in two windows at once under one key, want overlapping pairs.
        let replies = at_once([&one, &other], &events[0], 10, |number| {
            let seats =
                [format!("A-{row}-{}", 1 + number / 3), format!("A-{row}-{}", 2 + number / 3)];
            (format!("racer-{number}"), format!("race-{round}"), json!({"seats": seats}))
        })
        .await;
        let mut won = 0;
        for windows in replies.chunks(2) {
            let [first, second] = windows else { unreachable!() };
            // Both windows hear of the same booking, or of none.
            assert_eq!(first.status, second.status, "{windows:#?}");
            assert_eq!(first.body["booking_id"], second.body["booking_id"]);
            match first.status {
                StatusCode::CREATED => won += 1,
                StatusCode::CONFLICT => assert_eq!(first.code(), "seats_taken"),
                _ => panic!("{first:?}"),
            }
        }
        // Pairs 1-2, 2-3, 3-4 and 4-5: two of them at the most, one at the least.
        assert!((1..=2).contains(&won), "{won}");
    }
    Aftermath::of(&Source::Postgres(database.url())).await;
    let rejected = rejected_by(&one).await + rejected_by(&other).await;
    assert!(rejected > 0, "they were never in each other's way");
    database.close().await;
}
