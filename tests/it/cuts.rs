//! The connection to PostgreSQL is cut in mid-sentence: whatever was lost, the same key tells what
//! became of the request, and it was carried out once.

use aisle_infra::testing::postgres_server::PostgresServer;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::outages::events_on_sale;
use crate::support::{
    Aftermath, Breaks, Client, Cut, Dice, Doors, KEYS, Lapses, Proxy, Reply, Rush, Server, Source,
    Target, Way, assert_kept, eventually, rounds,
};

/// A server that speaks to its database through a proxy.
struct World {
    cluster: PostgresServer,
    proxy: Proxy,
    server: Server,
    events: Vec<String>,
    _folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let cluster = PostgresServer::start(|_| {}).await;
        let proxy = Proxy::start(Target::Socket(cluster.socket())).await;
        let folder = tempfile::tempdir().unwrap();
        let arguments = ["--sample", "no", "--database-url", &proxy.url()];
        let server = Server::start(folder.path(), &arguments);
        let events = events_on_sale(&server, 600).await;
        Self { cluster, proxy, server, events, _folder: folder }
    }

    /// How many bookings there are.
    async fn bookings(&self) -> u64 {
        Aftermath::of(&Source::Postgres(self.cluster.url())).await.report.bookings
    }

    /// The read models go on as well.
    async fn shows_the_hold(&self) {
        let ann = Client::new(&self.server.url, &self.server.token("ann", "customer"));
        let path = format!("/v1/events/{}/seats", self.events[0]);
        eventually("the seat map with two seats held", async || {
            let map = ann.ask(Method::GET, &path, None, None).await.unwrap();
            map.body["held"] == 2
        })
        .await;
    }

    /// Holds two seats under this key.
    async fn hold(&self, key: &str) -> Reply {
        let ann = Client::new(&self.server.url, &self.server.token("ann", "customer"));
        let path = format!("/v1/events/{}/bookings", self.events[0]);
        let wish = json!({"seats": ["A-2-1", "A-2-2"]});
        ann.ask(Method::POST, &path, Some(key), Some(wish)).await.unwrap()
    }

    /// The same once more, after the server has found that its connection is gone.
    async fn hold_again(&self, key: &str) -> Reply {
        for _ in 0..200 {
            let reply = self.hold(key).await;
            if reply.status != StatusCode::SERVICE_UNAVAILABLE {
                return reply;
            }
            assert!(reply.headers.contains_key("retry-after"), "{reply:?}");
        }
        panic!("turned away 200 times");
    }
}

fn is_unknown(reply: &Reply) {
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{reply:?}");
    assert_eq!(reply.code(), "journal_unavailable");
    assert!(reply.headers.contains_key("retry-after"), "{reply:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_between_commit_and_answer_is_resolved_by_the_same_key() {
    let world = World::start().await;
    world.proxy.cut(Cut::AnswerTo("key-of-ann"));
    is_unknown(&world.hold("key-of-ann").await);
    assert_eq!(world.proxy.cuts(), 1);
    eventually("the commit", async || world.bookings().await == 1).await;

    let again = world.hold_again("key-of-ann").await;
    assert_eq!(again.status, StatusCode::CREATED, "{again:?}");
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let taken = world.hold("another-key").await;
    assert_eq!((taken.status, taken.code()), (StatusCode::CONFLICT, "seats_taken"));
    assert_eq!(world.bookings().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_in_the_middle_of_a_batch_leaves_nothing_of_it() {
    let world = World::start().await;
    world.proxy.cut(Cut::Within("key-of-ann"));
    is_unknown(&world.hold("key-of-ann").await);
    assert_eq!(world.proxy.cuts(), 1);
    assert_eq!(world.bookings().await, 0);

    let again = world.hold_again("key-of-ann").await;
    assert_eq!(again.status, StatusCode::CREATED, "{again:?}");
    assert!(!again.headers.contains_key("idempotency-replayed"), "{again:?}");
    assert_eq!(world.bookings().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_of_connections_anywhere_under_load_loses_nothing() {
    let mut world = World::start().await;
    let doors = Doors::new(&[&world.server.url]);
    let steady = (Breaks::Never, Lapses::Never);
    let rush = Rush::begin(10, &world.server, &doors, &world.events, steady);
    rush.holds(20).await;
    let mut dice = Dice(4_711);
    for round in 0..rounds(12) {
        // Anywhere, often in what the read models say; within an append; after its commit.
        let cut = match round % 4 {
            0 => Cut::After(Way::ToClient, 1 + dice.roll(20_000)),
            1 => Cut::After(Way::ToServer, 1 + dice.roll(20_000)),
            2 => Cut::Within(KEYS),
            _ => Cut::AnswerTo(KEYS),
        };
        let before = world.proxy.cuts();
        world.proxy.cut(cut);
        eventually("the cut", async || world.proxy.cuts() > before).await;
        rush.holds(4).await;
    }
    rush.holds(20).await;
    assert!(rush.turned_away() >= world.proxy.cuts() / 2, "{} only", rush.turned_away());
    let accounts = rush.end().await;

    let aftermath = Aftermath::of(&Source::Postgres(world.cluster.url())).await;
    assert_kept(&aftermath, &accounts, &world.server).await;
    assert!(world.server.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_of_the_machine_of_postgresql_is_noticed_although_nothing_is_closed() {
    let world = World::start().await;
    world.proxy.fall_silent();
    // New connections are served. Each request is answered within the half minute that the server
    // gives it, and a few of them find all the connections that are no more.
    for _ in 0..6 {
        if world.hold("key-of-ann").await.status == StatusCode::CREATED {
            assert_eq!(world.bookings().await, 1);
            return world.shows_the_hold().await;
        }
    }
    panic!("turned away six times, half a minute each");
}
