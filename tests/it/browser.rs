//! The page in a real browser: a ticket is bought by clicking.

use std::process::Command;

use crate::support::{Server, setting};

#[test]
fn browser_buys_a_ticket_on_the_plain_page() {
    let chromium = setting("AISLE_TEST_CHROMIUM")
        .unwrap_or_else(|| panic!("no browser is named: run the tests by tests/run"));
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let root = env!("CARGO_MANIFEST_DIR");
    let output = Command::new("node")
        .arg(format!("{root}/tests/browser/buy.mjs"))
        .arg(&server.url)
        .arg(format!("{root}/test-results/plain-page"))
        .env("AISLE_TEST_CHROMIUM", chromium)
        .output()
        .unwrap();
    let (shown, wrong) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{shown}\n{wrong}");
}
