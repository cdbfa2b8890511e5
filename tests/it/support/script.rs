//! The scripts of `tests/browser`, which use the site in a real browser.

use std::process::Command;

use super::setting;

/// The folder of the program's source.
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where pictures of the site go.
pub(crate) fn shots() -> String {
    setting("AISLE_TEST_SHOTS").unwrap_or_else(|| format!("{ROOT}/target/screenshots"))
}

/// Runs a script to its end, which must be a good one. Returns what it printed.
pub(crate) fn browse(script: &str, arguments: &[&str]) -> String {
    let chromium = setting("AISLE_TEST_CHROMIUM")
        .unwrap_or_else(|| panic!("no browser is named: run the tests by tests/run"));
    let output = Command::new("node")
        .arg(format!("{ROOT}/tests/browser/{script}"))
        .args(arguments)
        .env("AISLE_TEST_CHROMIUM", chromium)
        .output()
        .unwrap();
    let (shown, wrong) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{shown}\n{wrong}");
    shown.into_owned()
}
