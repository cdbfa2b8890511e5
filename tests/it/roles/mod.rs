//! Roles as processes: several of each over one PostgreSQL and one NATS are one consistent site,
//! whichever of them is asked, and whichever of them dies.

mod cluster;
mod manual;
mod newcomer;

use std::io::Write as _;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::{Value, json};

use self::cluster::Cluster;
use crate::support::{Client, Node, program, sell};

/// How often a read is repeated that is told to come again: half a minute.
const TRIES: u32 = 300;

#[tokio::test]
async fn two_processes_of_each_role_are_one_site() {
    let cluster = Cluster::create().await;
    let commands = [cluster.start("command", "c1", &[]), cluster.start("command", "c2", &[])];
    let relay = cluster.start("relay", "r", &[]);
    let project = [cluster.start("project", "p1", &[]), cluster.start("project", "p2", &[])];
    let to = format!("{},{}", commands[0].url, commands[1].url);
    let queries =
        [cluster.start("query", "q1", &["--command-url", &to]), cluster.start("query", "q2", &[])];
    for node in commands.iter().chain(&project).chain(&queries).chain([&relay]) {
        node.ready().await;
    }
    assert_eq!(states(&project).await, ["active", "standby"]);

    let admin = cluster.client(&commands[0], "root", "admin");
    let event = admin.event_on_sale("one-site", sell(6, 10, 600)).await;
    let ada = cluster.client(&commands[0], "ada", "customer");
    // Held by one, paid at the other, each in turn; the house of one learns of the other's sales.
    for n in 0..6 {
        let (here, there) = (&commands[n % 2], &commands[(n + 1) % 2]);
        sale(&ada.at(&here.url), &ada.at(&there.url), &ada.at(&queries[n % 2].url), &event, n)
            .await;
    }
    // The page of a query process that hands commands on needs nothing else.
    let page = ada.at(&queries[0].url);
    sale(&page, &page, &page, &event, 6).await;
    let (status, refused) = ada
        .at(&queries[1].url)
        .post(&format!("/v1/events/{event}/bookings"), "not-here", json!({"quantity": 2}))
        .await;
    assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{refused}");

    let shown = same_everywhere(&ada, &commands[0], &queries, &event).await;
    assert_eq!(shown["seats"]["sold"], 7, "{shown}");
    assert_eq!(shown["bookings"].as_array().unwrap().len(), 7, "{shown}");
    // What was published is all there is, and one relay did it.
    let head = commands[1].ready().await["head"].clone();
    relay.says(|said| said["published"] == head && said["status"] == "active").await;
    for node in commands.into_iter().chain(project).chain(queries).chain([relay]) {
        node.stop();
    }
    cluster.close().await;
}

#[tokio::test]
async fn crash_of_a_query_process_or_of_nats_is_not_seen_in_what_is_read() {
    let mut cluster = Cluster::create().await;
    let commands = [cluster.start("command", "c1", &[]), cluster.start("command", "c2", &[])];
    let relay = cluster.start("relay", "r", &[]);
    let project = cluster.start("project", "p", &[]);
    let first = cluster.start("query", "q1", &[]);
    let lost = cluster.start("query", "q2", &[]);
    for node in [&commands[0], &commands[1], &relay, &project, &first, &lost] {
        node.ready().await;
    }
    let admin = cluster.client(&commands[0], "root", "admin");
    let event = admin.event_on_sale("crashes", sell(6, 10, 600)).await;
    let ada = cluster.client(&commands[1], "ada", "customer");
    let reads = ada.at(&first.url);
    sale(&ada, &ada, &reads, &event, 0).await;

    // Without NATS commands go on, and reads follow the journal.
    cluster.nats.kill();
    sale(&ada, &ada.at(&commands[0].url), &reads, &event, 1).await;
    cluster.nats.run().await;
    sale(&ada, &ada, &reads, &event, 2).await;
    let head = commands[0].ready().await["head"].clone();
    relay.says(|said| said["published"] == head).await;

    // A new query process with nothing is not ready before everything is there: without anybody
    // to keep the tables, it cannot be.
    lost.kill_9();
    project.kill_9();
    let (_, held) = ada.post(&bookings(&event), "behind", json!({"quantity": 2})).await;
    assert!(held["position"].is_u64(), "{held}");
    assert!(!cluster.folder_of("q3").exists());
    let new = cluster.start("query", "q3", &[]);
    assert_eq!(new.ask("/healthz").await.0, 200);
    for _ in 0..20 {
        assert_eq!(new.ask("/readyz").await.0, 503);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let project = cluster.start("project", "p", &[]);
    new.ready().await;
    let shown = same_everywhere(&ada, &commands[0], &[first, new], &event).await;
    assert_eq!(
        (&shown["seats"]["sold"], &shown["seats"]["held"]),
        (&json!(3), &json!(2)),
        "{shown}"
    );
    drop((commands, project, relay));
    cluster.close().await;
}

/// Within which another relay has taken over from one that was killed.
const TAKEN_OVER: Duration = Duration::from_secs(5);

#[tokio::test]
async fn crash_of_the_relay_at_work_is_made_up_for_by_another_within_seconds() {
    let cluster = Cluster::create().await;
    let command = cluster.start("command", "c", &[]);
    let first = cluster.start("relay", "r1", &[]);
    first.says(|said| said["status"] == "active").await;
    let second = cluster.start("relay", "r2", &[]);
    second.says(|said| said["status"] == "standby").await;
    let killed = Instant::now();
    first.kill_9();
    second.says(|said| said["status"] == "active").await;
    let took = killed.elapsed();
    assert!(took < TAKEN_OVER, "{took:?}");
    // It is at work.
    let admin = cluster.client(&command, "root", "admin");
    admin.event_on_sale("taken-over", sell(1, 2, 600)).await;
    let head = command.ready().await["head"].clone();
    second.says(|said| said["published"] == head).await;
    drop((command, second));
    cluster.close().await;
}

#[tokio::test]
async fn who_serves_everything_publishes_too() {
    let cluster = Cluster::create().await;
    let all = cluster.start("serve", "s", &["--sample", "no"]);
    all.ready().await;
    // Ready does not mean that it has taken up publishing: somebody else may do that.
    all.has_said("the relay is active").await;
    let admin = cluster.client(&all, "root", "admin");
    admin.event_on_sale("alone", sell(1, 2, 600)).await;
    // Another relay stands by, and sees how far the one that works is.
    let relay = cluster.start("relay", "r", &[]);
    relay.says(|said| said["status"] == "standby" && said["published"] == 3).await;
    all.stop();
    relay.says(|said| said["status"] == "active").await;
    drop(relay);
    cluster.close().await;
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let cluster = Cluster::create().await;
    let mut node = cluster.start("command", "c", &[]);
    node.ready().await;
    // A request under way, whose body never comes, keeps it from ending.
    let address = node.url.trim_start_matches("http://").to_owned();
    let mut slow = std::net::TcpStream::connect(address).unwrap();
    slow.write_all(b"POST /v1/payments/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")
        .unwrap();
    // Answered later on the same socket: the request before it is being read.
    node.ready().await;
    node.signal_term();
    node.has_said("stopping").await;
    node.signal_term();
    assert_eq!(node.exit_code(), Some(130));
    drop(slow);
    cluster.close().await;
}

#[test]
fn what_is_wrong_with_the_settings_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("aisle.toml");
    std::fs::write(&file, "listen = '127.0.0.1:99'\ndatabase_ur = 'x'\nguests = 'maybe'\n")
        .unwrap();
    let check = |role: &str| {
        let mut command = program();
        command.args(["config", "--check", "--role", role, "--config"]).arg(&file);
        let output = command.env("AISLE_CELL", "Main Cell").output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, table, problems) = check("serve");
    assert_eq!(code, Some(1));
    assert!(
        table.lines().any(|line| line.starts_with("listen") && line.contains("aisle.toml")),
        "{table}"
    );
    for part in ["`database_ur`; the nearest is `database_url`", "`maybe`", "`Main Cell`"] {
        assert!(problems.contains(part), "{part} is missing:\n{problems}");
    }
    std::fs::write(&file, "database_url = 'postgres://ada:secret@db/aisle'\nguests = false\n")
        .unwrap();
    let (code, table, problems) = check("command");
    assert_eq!((code, problems.as_str()), (Some(0), ""), "{table}");
    assert!(!table.contains(":secret") && table.contains("postgres://…@db/aisle"), "{table}");
}

/// The states of the processes that keep the read models, in alphabetical order.
async fn states(nodes: &[Node]) -> Vec<String> {
    let mut states = Vec::new();
    for node in nodes {
        states.push(node.ready().await["status"].as_str().unwrap().to_owned());
    }
    states.sort();
    states
}

fn bookings(event: &str) -> String {
    format!("/v1/events/{event}/bookings")
}

/// Holds a seat at one process, pays at another, and reads at a third.
async fn sale(hold: &Client, pay: &Client, read: &Client, event: &str, n: usize) {
    let (status, held) =
        hold.post(&bookings(event), &format!("hold-{n}"), json!({"quantity": 1})).await;
    assert_eq!(status, StatusCode::CREATED, "{held}");
    let booking = held["booking_id"].as_str().unwrap();
    let position = held["position"].as_u64().unwrap();
    // The buyer's own booking is there, whoever shows it.
    let own = read_at(read, &format!("/v1/bookings/{booking}"), position).await;
    assert_eq!(own["state"], "held", "{own}");
    let card = json!({"card": {"number": "4242 4242 4242 4242"}});
    let path = format!("/v1/bookings/{booking}/payment");
    let (status, paying) = pay.post(&path, &format!("pay-{n}"), card).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{paying}");
    read.booking_becomes(booking, "confirmed").await;
}

/// Reads as of a position at least, as a client does that is told to come again.
async fn read_at(client: &Client, path: &str, position: u64) -> Value {
    let separator = if path.contains('?') { '&' } else { '?' };
    let path = format!("{path}{separator}min-position={position}");
    let mut told = Value::Null;
    for _ in 0..TRIES {
        let (status, answer) = client.send(reqwest::Method::GET, &path, None, None).await.unwrap();
        if status.is_success() {
            return answer;
        }
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}: {answer}");
        told = answer;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} was never answered: {told}");
}

/// What is shown of an event and to its buyer, once everything is there; the same at each query
/// process.
async fn same_everywhere(buyer: &Client, command: &Node, queries: &[Node], event: &str) -> Value {
    let head = command.ready().await["head"].as_u64().unwrap();
    let mut shown = Vec::new();
    for query in queries {
        let client = buyer.at(&query.url);
        shown.push(json!({
            "seats": read_at(&client, &format!("/v1/events/{event}/seats"), head).await,
            "event": read_at(&client, &format!("/v1/events/{event}"), head).await,
            "search": read_at(&client, "/v1/search?term=test+match", head).await,
            "bookings": read_at(&client, "/v1/bookings", head).await["bookings"],
        }));
    }
    for other in &shown[1..] {
        assert_eq!(shown[0], *other);
    }
    assert_eq!(shown[0]["search"]["total"], 1, "{}", shown[0]);
    shown.remove(0)
}
