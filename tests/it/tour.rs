//! The README's tour is run as it stands.

use std::process::Command;

use crate::support::Server;

/// The shell commands of the README's tour: the fenced blocks of that section.
fn tour() -> String {
    let readme = include_str!("../../README.md");
    let section =
        readme.split("## A 60-second tour").nth(1).unwrap().split("\n## ").next().unwrap();
    let blocks = section.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.collect()
}

#[test]
fn the_tour_of_the_readme_sells_a_ticket() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let script = format!("set -eu\n{}", tour());
    let output = Command::new("bash")
        .args(["-c", &script])
        .env("AISLE", &server.url)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{shown}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(shown.contains("confirmed"), "{shown}");
}
