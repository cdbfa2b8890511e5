//! The commands of docs/OPERATIONS.md for a small cluster are run as they stand, but for addresses.

use std::process::Command;

use aisle_infra::testing::postgres::TestDatabase;

use super::nats::free_ports;
use crate::support::program;

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
    for (port, free) in
        ["4222", "8080", "8081", "8082", "8083", "8084", "8090"].iter().zip(free_ports())
    {
        replace(port, &free.to_string());
        if ["8080", "8090"].contains(port) {
            shown.push(format!("http://127.0.0.1:{free}"));
        }
    }
    let look = "for url in $SITES; do curl -fsS \"$url/v1/search?limit=1\"; echo; \
        curl -sS -o /dev/null -w '%{http_code}\\n' -X POST \"$url/v1/tokens/guest\"; done";
    let script = format!("set -eu\ntrap 'kill $(jobs -p); wait' EXIT\n{script}\n{look}\n");

    let binary = std::path::PathBuf::from(program().get_program());
    let path =
        format!("{}:/usr/local/bin:/usr/bin:/bin:/usr/sbin", binary.parent().unwrap().display());
    let output = Command::new("bash")
        .args(["-c", &script])
        .env("PATH", path)
        .env("SITES", shown.join(" "))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let (said, log) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let answers: Vec<&str> = said.lines().rev().take(4).collect();
    // Each shows the same site, and hands commands on.
    assert_eq!(answers[0], "201", "{said}{log}");
    assert_eq!((answers[0], answers[1]), (answers[2], answers[3]), "{said}{log}");
    assert!(answers[1].contains("\"total\":0"), "{said}{log}");
    database.close().await;
}
