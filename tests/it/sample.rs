//! The first start shows a site worth looking at; the next ones find it there.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::support::{Client, Server, program};

/// Starts a server and ends it at once when it has imported a part of the sample.
fn break_the_first_start_off(data: &Path) {
    let mut child = program()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let journal = data.join("journal.sqlite-wal");
    let has_begun = || journal.metadata().is_ok_and(|file| file.len() > 1_000_000);
    while !has_begun() {
        std::thread::sleep(Duration::from_millis(5));
        assert!(child.try_wait().unwrap().is_none(), "the server ended by itself");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test]
async fn the_sample_is_imported_once_even_if_the_first_start_is_broken_off() {
    let folder = tempfile::tempdir().unwrap();
    break_the_first_start_off(folder.path());
    let mut server = Server::start(folder.path(), &[]);
    let client = Client::new(&server.url, &server.token("ada", "analyst"));
    // Who said that it is ready shows everything.
    let ready = client.get("/readyz").await;
    for projection in ready["projections"].as_array().unwrap() {
        assert_eq!(projection["applied"], 53_046, "{ready}");
    }
    let found = client.get("/v1/search?limit=1").await;
    assert_eq!(found["total"], 17_682, "{found}");
    let typo = client.get("/v1/search?term=Barcelnoa&limit=1").await;
    assert!(typo["hits"][0]["title"].as_str().unwrap().contains("Barcelona"), "{typo}");
    assert!(server.stop(), "the server did not stop well");
    server.restart();
    let client = client.at(&server.url);
    let found = client.get("/v1/search?min-position=53046&limit=1").await;
    assert_eq!(found["total"], 17_682, "{found}");
}
