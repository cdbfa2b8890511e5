//! `aisle rebuild`: every read model is a function of the journal, beside a server that runs.

use std::path::Path;

use aisle_infra::testing::postgres::TestDatabase;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::outages::events_on_sale;
use crate::support::{
    Aftermath, Breaks, Client, Doors, Lapses, Rush, Server, Site as _, Source, assert_kept, sell,
};

#[tokio::test]
async fn every_read_model_is_rebuilt_the_same_on_the_embedded_store() {
    let folder = tempfile::tempdir().unwrap();
    rebuilt_the_same(folder.path(), &[]).await;
}

#[tokio::test]
async fn every_read_model_is_rebuilt_the_same_on_postgresql() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::create().await;
    rebuilt_the_same(folder.path(), &["--database-url", &database.url()]).await;
    database.close().await;
}

async fn rebuilt_the_same(folder: &Path, store: &[&str]) {
    let arguments: Vec<&str> =
        ["--sample", "no"].into_iter().chain(store.iter().copied()).collect();
    let mut server = Server::start(folder, &arguments);
    let admin = Client::new(&server.url, &server.token("root", "admin"));
    let event = admin.event_on_sale("rebuild-event", sell(6, 10, 600)).await;
    for (n, end) in ["pay", "release", "cancel", "hold"].into_iter().enumerate() {
        sale(&admin, &event, n, end).await;
    }
    let before = admin.get(&format!("/v1/events/{event}/seats")).await;

    let report = server.rebuild_all(store);
    for name in ["event_pages", "bookings", "sales", "seat_map", "search"] {
        let part = report.split(&format!("{name} at position")).nth(1);
        let part = part.unwrap_or_else(|| panic!("{name} is missing:\n{report}"));
        let digest = |label: &str| {
            let line = part.lines().find(|line| line.trim().starts_with(label)).unwrap();
            line.split_whitespace().last().unwrap().to_owned()
        };
        assert_eq!(digest("in use"), digest("rebuilt"), "{report}");
    }

    // The server goes on with what was swapped in.
    sale(&admin, &event, 9, "pay").await;
    let after = admin.get(&format!("/v1/events/{event}/seats")).await;
    assert_eq!(after["sold"].as_u64(), before["sold"].as_u64().map(|sold| sold + 2), "{after}");
    assert!(server.stop());
    server.restart();
    let admin = admin.at(&server.url);
    assert_eq!(admin.get(&format!("/v1/events/{event}/seats")).await["sold"], after["sold"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_go_on_while_everything_is_rebuilt_in_the_middle_of_a_sale() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::create().await;
    let url = database.url();
    let store = ["--database-url", &*url];
    let mut server = Server::start(folder.path(), &["--sample", "no", store[0], store[1]]);
    let events = events_on_sale(&server, 600).await;
    let rush = Rush::begin(
        8,
        &server,
        &Doors::new(&[&server.url]),
        &events,
        (Breaks::Never, Lapses::Never),
    );
    rush.holds(20).await;
    let over = CancellationToken::new();
    let admin = server.client("root", "admin");
    let reading = READ.map(|path| {
        let path = path.replace("{event}", &events[0]);
        tokio::spawn(read_on(admin.clone(), path, over.clone()))
    });
    for _ in 0..2 {
        // It would end with another status if it had found a difference.
        tokio::task::block_in_place(|| server.rebuild_all(&store));
        rush.holds(20).await;
    }
    over.cancel();
    for reads in reading {
        assert!(reads.await.unwrap() > 10, "hardly anything was read");
    }
    let accounts = rush.end().await;
    let aftermath = Aftermath::of(&Source::Postgres(url.clone())).await;
    assert_kept(&aftermath, &accounts, &server).await;
    assert!(server.stop());
    database.close().await;
}

/// What is read meanwhile, of each read model.
const READ: [&str; 4] = [
    "/v1/events/{event}/seats",
    "/v1/events/{event}",
    "/v1/bookings?limit=5",
    "/v1/search?limit=5",
];

/// Reads until it is over: what is shown goes on and never back. How often it was read.
async fn read_on(client: Client, path: String, over: CancellationToken) -> u32 {
    let (mut shown, mut reads) = (0, 0);
    while !over.is_cancelled() {
        let reply = client.ask(Method::GET, &path, None, None).await.unwrap();
        assert_eq!(reply.status, StatusCode::OK, "{path}: {reply:?}");
        let position = reply.headers["aisle-position"].to_str().unwrap().parse::<u64>().unwrap();
        assert!(position >= shown, "{path}: from {shown} back to {position}");
        (shown, reads) = (position, reads + 1);
    }
    reads
}

/// Holds two seats, and brings the booking to an end.
async fn sale(client: &Client, event: &str, n: usize, end: &str) {
    let key = format!("{end}-{n}");
    let path = format!("/v1/events/{event}/bookings");
    let (status, held) = client.post(&path, &key, json!({"quantity": 2})).await;
    assert_eq!(status, StatusCode::CREATED, "{held}");
    let booking = held["booking_id"].as_str().unwrap();
    if matches!(end, "pay" | "cancel") {
        let card = json!({"card": {"number": "4242 4242 4242 4242"}});
        let (status, paying) = client
            .post(&format!("/v1/bookings/{booking}/payment"), &format!("{key}-pay"), card)
            .await;
        assert_eq!(status, StatusCode::ACCEPTED, "{paying}");
        client.booking_becomes(booking, "confirmed").await;
    }
    let ended = match end {
        "release" => {
            client
                .send(reqwest::Method::DELETE, &format!("/v1/bookings/{booking}"), None, None)
                .await
        }
        "cancel" => {
            client
                .send(reqwest::Method::POST, &format!("/v1/bookings/{booking}/cancel"), None, None)
                .await
        }
        _ => return,
    };
    let (status, answer) = ended.unwrap();
    assert_eq!(status, StatusCode::OK, "{answer}");
    let position = &answer["position"];
    client.get(&format!("/v1/events/{event}/seats?min-position={position}")).await;
}
