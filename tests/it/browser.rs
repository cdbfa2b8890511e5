//! The site in a real browser, as visitors use it: see `tests/browser/site.mjs`.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Client, Server, sell, setting};

/// How long a hold of the event with short holds lasts: as the flows expect it.
const BRIEF_SECONDS: u32 = 8;

/// A house in which every flow finds seats, with some that are kept for those who need them.
fn house() -> Value {
    let mut event = sell(12, 20, 600);
    event["performers"] = json!(["Reds", "Blues"]);
    event["series"] = json!("Test cup");
    event
}

#[tokio::test(flavor = "multi_thread")]
async fn browser_visitors_find_their_way_from_the_front_page_to_a_ticket() {
    let chromium = setting("AISLE_TEST_CHROMIUM")
        .unwrap_or_else(|| panic!("no browser is named: run the tests by tests/run"));
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let organiser = Client::new(&server.url, &server.token("olga", "organiser"));
    let event = organiser.event_on_sale("usual", house()).await;
    let mut brief = sell(4, 10, BRIEF_SECONDS);
    brief["title"] = json!("Brief match");
    let brief = organiser.event_on_sale("brief", brief).await;

    let root = env!("CARGO_MANIFEST_DIR");
    let shots = setting("AISLE_TEST_SHOTS").unwrap_or_else(|| format!("{root}/target/screenshots"));
    let output = Command::new("node")
        .arg(format!("{root}/tests/browser/site.mjs"))
        .args([&server.url, &shots, &event, &brief])
        .env("AISLE_TEST_CHROMIUM", chromium)
        .output()
        .unwrap();
    let (shown, wrong) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{shown}\n{wrong}");
}
