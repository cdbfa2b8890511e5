//! A cluster of real processes: one PostgreSQL database, one NATS, and processes of each role.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aisle_infra::testing::postgres::TestDatabase;
use serde_json::Value;
use tempfile::TempDir;

use super::nats::Nats;
use crate::support::{Client, program};

/// How long anything may take. Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// What all processes share, and would be a secret elsewhere.
const KEY: &str = "5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c";

/// What the processes of a cluster share.
pub(super) struct Cluster {
    folder: TempDir,
    database: TestDatabase,
    pub(super) nats: Nats,
}

/// A process of one role. Killed when dropped.
pub(super) struct Node {
    child: Child,
    pub(super) url: String,
    /// What it said.
    log: PathBuf,
}

impl Cluster {
    pub(super) async fn create() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let nats = Nats::start(folder.path().join("nats"));
        Self { folder, database: TestDatabase::create().await, nats }
    }

    /// Starts a process in a folder of its own, which is made if it is missing; returns once it
    /// listens.
    pub(super) fn start(&self, role: &str, name: &str, arguments: &[&str]) -> Node {
        let mut command = self.aisle(&[role, "--listen", "127.0.0.1:0", "--data"]);
        command.arg(self.folder_of(name)).args(arguments);
        if role != "command" {
            command.args(["--nats-url", &self.nats.url()]);
        }
        let log = self.folder.path().join(format!("{name}.log"));
        let said = std::fs::File::create(&log).unwrap();
        let mut child = command.stdout(Stdio::null()).stderr(said).spawn().unwrap();
        let url = address(&mut child, &log);
        Node { child, url, log }
    }

    pub(super) fn folder_of(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn client(&self, node: &Node, subject: &str, role: &str) -> Client {
        let output = self.aisle(&["token", "--subject", subject, "--role", role]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        Client::new(&node.url, String::from_utf8(output.stdout).unwrap().trim())
    }

    pub(super) async fn close(self) {
        self.database.close().await;
    }

    fn aisle(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(arguments);
        command.env("AISLE_TOKEN_KEY", KEY).env("AISLE_WEBHOOK_KEY", KEY);
        command.env("AISLE_DATABASE_URL", self.database.url());
        command
    }
}

impl Node {
    pub(super) fn kill_9(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop; it must end well.
    pub(super) fn stop(mut self) {
        self.signal_term();
        assert_eq!(self.exit_code(), Some(0), "it did not end well");
    }

    pub(super) fn signal_term(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    pub(super) fn exit_code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Waits until it has said something on standard error.
    pub(super) async fn has_said(&self, text: &str) {
        while !std::fs::read_to_string(&self.log).unwrap().contains(text) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What a path answers: its status and its body.
    pub(super) async fn ask(&self, path: &str) -> (u16, Value) {
        let answer = reqwest::get(format!("{}{path}", self.url)).await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// Waits until `/readyz` answers 200 and what it says will do.
    pub(super) async fn says(&self, will_do: impl Fn(&Value) -> bool) -> Value {
        let mut last = (0, Value::Null);
        for _ in 0..PATIENCE.as_millis() / 50 {
            last = self.ask("/readyz").await;
            if last.0 == 200 && will_do(&last.1) {
                return last.1;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = std::fs::read_to_string(&self.log).unwrap();
        panic!("not within {PATIENCE:?}: {last:?}\n{log}");
    }

    pub(super) async fn ready(&self) -> Value {
        self.says(|_| true).await
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for the line that names the address.
fn address(child: &mut Child, log: &Path) -> String {
    for _ in 0..PATIENCE.as_millis() / 20 {
        let said = std::fs::read_to_string(log).unwrap();
        let line = said.lines().find_map(|line| line.split("listening").nth(1));
        // Half a line may have been written.
        if let Some(address) = line.and_then(|line| line.split("address=").nth(1))
            && said.ends_with('\n')
        {
            return format!("http://{}", address.trim());
        }
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself:\n{said}");
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("it does not listen:\n{}", std::fs::read_to_string(log).unwrap());
}
