//! `aisle bench`: it measures, finds the journal sound, and leaves nothing running. What the figures
//! are is no test's business.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{program, setting};

/// How long something may take that takes a moment.
const PATIENCE: Duration = Duration::from_secs(60);

fn bench(folder: &Path, arguments: &[&str]) -> Command {
    let mut bench = program();
    bench.arg("bench").args(arguments).args(["--rounds", "1", "--json", "--folder"]).arg(folder);
    if let Some(programs) = setting("AISLE_TEST_PG_BIN") {
        bench.args(["--pg-bin", &programs]);
    }
    bench
}

/// Runs a bench to its end; returns its report.
fn report(arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let output = bench(folder.path(), arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(of_folder(folder.path()).is_empty(), "something runs on:\n{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "something is left behind");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The processes that have to do with a folder.
fn of_folder(folder: &Path) -> Vec<String> {
    let name = folder.display().to_string();
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(&name)).collect()
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_bench_measures_both_sides_and_checks_the_journal() {
    let report = report(&["ga", "--seconds", "1"]);
    let sides = report["tables"][0]["sides"].as_array().unwrap();
    assert_eq!(sides.len(), 2, "{report}");
    for side in sides {
        // How many, and whether any in so short a time, is the machine's business.
        assert!(side["figures"]["holds/s"]["median"].is_number(), "{side}");
    }
    assert_eq!(report["checks"].as_array().unwrap().len(), 1, "{report}");
}

/// A bench at its smallest comes to an end with figures for so many sides, and the checker found the
/// journal sound: else it would have failed.
fn ends_with_a_sound_journal(arguments: &[&str], sides: usize) {
    let report = report(arguments);
    for table in report["tables"].as_array().unwrap() {
        assert_eq!(table["sides"].as_array().unwrap().len(), sides, "{report}");
    }
    let checks = report["checks"].as_array().unwrap();
    let sound = |check: &Value| check.as_str().unwrap().starts_with("no seat held twice");
    assert!(!checks.is_empty() && checks.iter().all(sound), "{report}");
}

#[test]
fn pairs_of_seats_are_held_and_the_journal_is_sound() {
    ends_with_a_sound_journal(&["hold", "--seconds", "1"], 3);
}

#[test]
fn facts_are_appended_and_the_journal_is_sound() {
    ends_with_a_sound_journal(&["append", "--seconds", "1", "--clients", "64"], 2);
}

#[test]
fn the_best_seats_are_held_and_the_journal_is_sound() {
    ends_with_a_sound_journal(&["best-available", "--seconds", "1"], 4);
}

#[test]
fn holds_lapse_and_the_journal_is_sound() {
    ends_with_a_sound_journal(&["expire", "--seconds", "1", "--holds", "100"], 3);
}

#[test]
fn a_journal_that_was_filled_is_replayed_into_every_read_model() {
    let report = report(&["read", "--only", "replay", "--facts", "1000"]);
    let replayed = &report["tables"][0]["sides"].as_array().unwrap().len();
    assert_eq!(*replayed, 3, "{report}");
    assert_eq!(report["goals"].as_array().unwrap().len(), 2, "{report}");
}

#[test]
fn seat_maps_are_read_whole_and_conditionally_beside_nginx() {
    let report = report(&["read", "--only", "maps", "--seconds", "1"]);
    assert!(!report["tables"].as_array().unwrap().is_empty(), "{report}");
    for table in report["tables"].as_array().unwrap() {
        for side in table["sides"].as_array().unwrap() {
            assert!(!side["figures"].as_object().unwrap().is_empty(), "{side}");
        }
    }
}

#[test]
fn searches_are_answered_over_http_by_postgresql_and_when_called() {
    let report = report(&["read", "--only", "search", "--seconds", "1"]);
    let tables = report["tables"].as_array().unwrap();
    let sides = tables.iter().flat_map(|table| table["sides"].as_array().unwrap());
    assert!(sides.clone().count() >= 4, "{report}");
    for side in sides {
        assert!(!side["figures"].as_object().unwrap().is_empty(), "{side}");
    }
}

#[test]
fn a_live_seat_map_is_watched_while_holds_are_made() {
    let report = report(&["read", "--only", "live", "--seconds", "1", "--readers", "2"]);
    let sides = report["tables"][0]["sides"].as_array().unwrap();
    assert_eq!(sides.len(), 1, "{report}");
    assert_eq!(sides[0]["figures"]["readers cut off"]["median"], 0.0, "{report}");
    assert_eq!(report["checks"].as_array().unwrap().len(), 1, "{report}");
}

#[test]
fn a_live_seat_map_is_watched_at_a_query_process_over_the_relay() {
    let readers = ["read", "--only", "live", "--role", "query", "--seconds", "1", "--readers", "2"];
    let report = report(&readers);
    let side = &report["tables"][0]["sides"][0];
    assert_eq!(side["name"], "2 readers, aisle query", "{report}");
    assert!(side["figures"]["cores busy: query"]["median"].is_number(), "{side}");
    assert_eq!(side["figures"]["readers cut off"]["median"], 0.0, "{report}");
    assert_eq!(report["checks"].as_array().unwrap().len(), 1, "{report}");
}

#[test]
fn without_nats_no_roles_run_apart_and_it_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let live = ["read", "--only", "live", "--role", "query", "--nats-server", "/nowhere/nats"];
    let output = bench(folder.path(), &live).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("apt-get install nats-server"), "{said}");
}

#[test]
fn a_bench_that_is_killed_outright_leaves_nothing_running() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = bench(folder.path(), &["ga", "--seconds", "300"]);
    let mut killed = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let running = |what: &str| of_folder(folder.path()).iter().any(|line| line.contains(what));
    wait_until("the server did not start", || running("postgres -D") && running("aisle command"));
    killed.kill().unwrap();
    killed.wait().unwrap();
    wait_until("something runs on", || of_folder(folder.path()).is_empty());
}
