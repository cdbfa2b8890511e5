//! The first start shows a site worth looking at; the next ones find it there.

use crate::support::{Client, Server};

#[tokio::test]
async fn the_first_start_imports_the_sample_catalogue_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), &[]);
    let client = Client::new(&server.url, &server.token("ada", "analyst"));
    let found = client.get("/v1/search?min-position=53046&limit=1").await;
    assert_eq!(found["total"], 17_682, "{found}");
    let typo = client.get("/v1/search?term=Barcelnoa&limit=1").await;
    assert!(typo["hits"][0]["title"].as_str().unwrap().contains("Barcelona"), "{typo}");
    assert!(server.stop(), "the server did not stop well");
    server.restart();
    let client = client.at(&server.url);
    let found = client.get("/v1/search?min-position=53046&limit=1").await;
    assert_eq!(found["total"], 17_682, "{found}");
}
