//! The commands of docs/OPERATIONS.md for a small cluster are run as they stand, but for addresses.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use aisle_infra::testing::nats_server::free_port;
use aisle_infra::testing::postgres::TestDatabase;
use reqwest::StatusCode;
use serde_json::json;

use super::{bookings, read_at};
use crate::support::{Client, program, sell};

/// The ports of the manual.
const PORTS: [&str; 7] = ["4222", "8080", "8081", "8082", "8083", "8084", "8090"];

/// The second and the third block of shell commands: settings, and processes. The first makes a
/// database.
fn commands() -> String {
    let manual = include_str!("../../../docs/OPERATIONS.md");
    let section = manual.split("### A small cluster on one machine").nth(1).unwrap();
    let section = section.split("\n### ").next().unwrap();
    let blocks = section.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let all: String = blocks.collect();
    let (_, after_the_database) = all.split_once("\n\n").unwrap();
    after_the_database.to_owned()
}

#[tokio::test]
async fn the_small_cluster_of_the_manual_is_one_site() {
    let folder = tempfile::tempdir().unwrap();
    let database = TestDatabase::create().await;
    let mut script = commands();
    let mut replace = |from: &str, to: &str| {
        assert!(script.contains(from), "the manual no longer says {from}");
        script = script.replace(from, to);
    };
    replace("postgres://aisle:change-me@127.0.0.1:5432/aisle", &database.url());
    // The sample takes half a minute here; other tests import it.
    replace("--sample yes", "--sample no");
    replace("--jetstream", "--jetstream --port 4222");
    let mut shown = Vec::new();
    for port in PORTS {
        let mut free = std::iter::repeat_with(|| free_port().to_string());
        // One that has another port of the manual in it would be replaced in its turn.
        let free = free.find(|free| !PORTS.iter().any(|port| free.contains(port))).unwrap();
        replace(port, &free);
        if ["8080", "8090"].contains(&port) {
            shown.push(format!("http://127.0.0.1:{free}"));
        }
    }
    let then = "aisle token --subject root --role admin; read -r _ || true";
    let script = format!("set -eu\ntrap 'kill $(jobs -p); wait' EXIT\n{script}\n{then}\n");

    let binary = std::path::PathBuf::from(program().get_program());
    let path =
        format!("{}:/usr/local/bin:/usr/bin:/bin:/usr/sbin", binary.parent().unwrap().display());
    let log = folder.path().join("log");
    let mut bash = Command::new("bash")
        .args(["-c", &script])
        .env("PATH", path)
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    // Everything else that is printed is what holds of the settings.
    let mut said = BufReader::new(bash.stdout.take().unwrap()).lines().map_while(Result::ok);
    let token = said.find(|line| line.starts_with("eyJ"));
    let token = token.unwrap_or_else(|| panic!("{}", std::fs::read_to_string(&log).unwrap()));
    let sites = [&shown[0], &shown[1]].map(|url| Client::new(url, &token));
    is_one_site(&sites).await;
    drop(bash.stdin.take());
    assert!(bash.wait().unwrap().success(), "{}", std::fs::read_to_string(&log).unwrap());
    database.close().await;
}

/// What is done at one address is seen at the other, and neither needs another address for it.
async fn is_one_site(sites: &[Client; 2]) {
    let event = sites[0].event_on_sale("manual", sell(2, 4, 600)).await;
    for (here, there) in [(0, 1), (1, 0)] {
        let (status, held) = sites[here]
            .post(&bookings(&event), &format!("at-{here}"), json!({"quantity": 2}))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{held}");
        let position = held["position"].as_u64().unwrap();
        let seats = read_at(&sites[there], &format!("/v1/events/{event}/seats"), position).await;
        assert_eq!(seats["held"], 2 * (here + 1), "{seats}");
    }
}
