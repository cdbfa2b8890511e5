//! `aisle import`: a catalogue becomes events on sale, once, whatever is repeated or broken off.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::support::{Client, Server, program};

const PLAN: &str = r##"{"name": "Hall", "categories": [{"name": "Stalls", "color": "#1f6f8b"}],
    "zones": [{"name": "A", "position": {"x": 0, "y": 0}, "rows": [{"row_number": "1",
        "position": {"x": 0, "y": 0}, "seats": [
            {"seat_guid": "A-1-1", "seat_number": "1", "position": {"x": 0, "y": 0}, "category": "Stalls"},
            {"seat_guid": "A-1-2", "seat_number": "2", "position": {"x": 20, "y": 0}, "category": "Stalls"}]}]}],
    "size": {"width": 100, "height": 100}}"##;

fn fixture(n: usize) -> String {
    format!(
        r#"{{"name": "Home {n} – Away {n}", "category": "Football", "series": "Test League", "season": "2025-26", "round": "Matchday {n}", "performers": ["Home {n}", "Away {n}"], "date": "2025-08-02", "time": "9:30", "timezone": "Europe/Vienna", "venue": {{"name": "Ground {n}", "city": "Graz › Steiermark", "country": "AT", "capacity": null}}}}"#
    )
}

fn catalogue(folder: &Path, fixtures: usize) -> String {
    let lines: Vec<String> = (0..fixtures).map(fixture).collect();
    let file = folder.join("catalogue.jsonl");
    std::fs::write(&file, lines.join("\n")).unwrap();
    file.display().to_string()
}

fn import(data: &Path, arguments: &[&str]) -> Output {
    program().arg("import").args(arguments).arg("--data").arg(data).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn an_import_makes_each_event_once_and_puts_it_on_sale() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), catalogue(folder.path(), 30));
    let plan = folder.path().join("hall.json");
    std::fs::write(&plan, PLAN).unwrap();
    let plan = plan.display().to_string();
    let arguments = [file.as_str(), "--plan", &plan, "--days-from-now", "10"];
    let first = import(&data, &arguments);
    assert!(first.status.success() && said(&first).contains("30 events created, 0 "), "{first:?}");
    let again = import(&data, &arguments);
    assert!(said(&again).contains("0 events created, 30 were there already"), "{again:?}");

    let server = Server::start(&data, &["--sample", "no"]);
    let client = Client::new(&server.url, &server.token("ada", "customer"));
    let found = client.get("/v1/search?term=home+7+away&min-position=90&limit=1").await;
    let hit = &found["hits"][0];
    assert_eq!(hit["phase"], "on_sale");
    assert_eq!((&hit["capacity"], &hit["venue"]["region"]), (&2.into(), &"Steiermark".into()));
    let starts: jiff::Timestamp = hit["starts_at"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        starts.as_second().rem_euclid(7 * 86_400) / 86_400,
        2,
        "a Saturday stays one: {starts}"
    );
}

#[tokio::test]
async fn an_import_that_was_broken_off_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), catalogue(folder.path(), 6_000));
    let mut broken_off = Command::new(program().get_program());
    broken_off.arg("import").arg(&file).arg("--data").arg(&data).stderr(Stdio::null());
    let mut child = broken_off.spawn().unwrap();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let rest = import(&data, &[&file]);
    assert!(rest.status.success(), "{rest:?}");
    let numbers: Vec<usize> =
        said(&rest).split_whitespace().filter_map(|w| w.parse().ok()).collect();
    assert_eq!(numbers.iter().sum::<usize>(), 6_000, "{}", said(&rest));
}

#[test]
fn a_catalogue_with_a_broken_line_is_refused_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("catalogue.jsonl"));
    std::fs::write(&file, format!("{}\n{{\"name\": 7}}\n", fixture(1))).unwrap();
    let refused = import(&data, &[&file.display().to_string()]);
    assert!(!refused.status.success() && said(&refused).contains("line 2: "), "{refused:?}");
    let good = catalogue(folder.path(), 1);
    assert!(said(&import(&data, &[&good])).contains("1 events created"));
}

#[test]
fn a_plan_that_makes_no_sense_is_refused_with_the_path_of_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), catalogue(folder.path(), 1));
    let plan = folder.path().join("hall.json");
    std::fs::write(&plan, PLAN.replace("A-1-2", "A-1-1")).unwrap();
    let refused = import(&data, &[&file, "--plan", &plan.display().to_string()]);
    let said = said(&refused);
    assert!(!refused.status.success(), "{said}");
    assert!(
        said.contains("hall") && said.contains("zones[0].rows[0].seats[1].seat_guid"),
        "{said}"
    );
}
