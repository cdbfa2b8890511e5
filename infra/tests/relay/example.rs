//! What others see: the example consumer of `docs/examples`, and the messages as the SDK of the
//! CloudEvents project reads them, both in Python.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aisle_infra::testing::nats_server::NatsServer;
use serde_json::{Value, json};

use crate::asyncapi::every_kind_of_event;
use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_example_prints_each_fact_once_and_goes_on_where_it_left_off() {
    let (world, mut server) = (World::create().await, NatsServer::start().await);
    let nats = server.client().await;
    let relay = world.relay(&nats);
    let home = tempfile::TempDir::new().unwrap();
    let state = home.path().join("state.json");

    world.append(250).await;
    let all: Vec<_> = (1..=250).collect();
    assert_eq!(consume(&server.url(), &state, 250).await, all);
    world.append(5).await;
    assert_eq!(consume(&server.url(), &state, 255).await, [251, 252, 253, 254, 255]);

    // As if it had not come to note how far it was in the stream: it gets all again, and drops it.
    std::fs::write(&state, r#"{"position": 255, "sequence": 0}"#).unwrap();
    world.append(2).await;
    assert_eq!(consume(&server.url(), &state, 257).await, [256, 257]);

    let (url, waiting) = (server.url(), state.clone());
    let consumer = tokio::spawn(async move { consume(&url, &waiting, 260).await });
    world.append(1).await;
    server.kill();
    world.append(2).await;
    server.run().await;
    assert_eq!(consumer.await.unwrap(), [258, 259, 260]);
    drop(relay);
}

#[test]
fn the_sdk_of_another_language_reads_every_kind_of_event() {
    let events = every_kind_of_event();
    let read = validate(&events);
    let ids = String::from_utf8(read.stdout).unwrap();
    let errors = String::from_utf8(read.stderr).unwrap();
    assert!(read.status.success(), "{errors}");
    let expected: Vec<_> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn the_sdk_refuses_what_is_no_cloud_event() {
    let good = every_kind_of_event().remove(0);
    for (name, value) in [("id", json!(null)), ("Position", json!("1")), ("time", json!("now"))] {
        let mut event = good.clone();
        event[name] = value;
        assert!(!validate(&[event]).status.success(), "{name}");
    }
}

/// Runs the example up to a position. Returns the positions that it printed.
async fn consume(nats: &str, state: &Path, until: u64) -> Vec<u64> {
    let mut consumer = tokio::process::Command::new(python());
    consumer.arg(root().join("docs/examples/consumer.py"));
    consumer.args(["--cell", "test-1", "--nats", nats, "--until", &until.to_string(), "--state"]);
    consumer.arg(state).kill_on_drop(true);
    let run = tokio::time::timeout(crate::world::PATIENCE, consumer.output()).await;
    let run = run.expect("the consumer gets there").unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let lines = String::from_utf8(run.stdout).unwrap();
    let events = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.map(|event| event["position"].as_str().unwrap().parse().unwrap()).collect()
}

fn validate(events: &[Value]) -> std::process::Output {
    let mut python = Command::new(python());
    python.arg(root().join("infra/tests/relay/validate.py"));
    python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut python = python.spawn().unwrap();
    let mut input = python.stdin.take().unwrap();
    for event in events {
        // Fails if it has ended at an earlier one, which its status tells.
        let _ = writeln!(input, "{event}");
    }
    drop(input);
    python.wait_with_output().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the harness is told where Python is")]
fn python() -> PathBuf {
    let python = std::env::var_os("AISLE_TEST_PYTHON");
    python.expect("AISLE_TEST_PYTHON: run the tests by `tests/run`, which installs it").into()
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
