//! Processes of roles that share a database and NATS, each in a folder of its own.
//!
//! What they share is up to the test: it may be dead, or a proxy.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use aisle_infra::testing::folder::Folder;
use serde_json::Value;

use super::{Client, Site, program};

/// How long anything may take. Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// What all processes share, and would be a secret elsewhere.
const KEY: &str = "5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c";

/// What the processes share, and their folders.
pub(crate) struct Nodes {
    folder: Folder,
    database_url: String,
    nats_url: String,
}

/// A process of one role. Killed when dropped.
pub(crate) struct Node {
    child: Child,
    pub(crate) url: String,
    /// What it said.
    log: PathBuf,
}

impl Nodes {
    pub(crate) fn over(database_url: String, nats_url: String) -> Self {
        Self { folder: Folder::create(), database_url, nats_url }
    }

    /// Starts a process in a folder of its own, which is made if it is missing; returns once it
    /// listens. Arguments go before what is shared.
    pub(crate) fn start(&self, role: &str, name: &str, arguments: &[&str]) -> Node {
        let mut command = self.aisle(&[role, "--listen", "127.0.0.1:0", "--data"]);
        command.arg(self.folder_of(name)).args(arguments);
        let log = self.folder.path().join(format!("{name}.log"));
        let said = std::fs::File::create(&log).unwrap();
        let mut child = command.stdout(Stdio::null()).stderr(said).spawn().unwrap();
        let url = address(&mut child, &log);
        Node { child, url, log }
    }

    pub(crate) fn folder_of(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn client(&self, node: &Node, subject: &str, role: &str) -> Client {
        let token = self.run(&["token", "--subject", subject, "--role", role]);
        Client::new(&node.url, token.trim())
    }

    /// A process together with those who share its keys: whom clients meet.
    pub(crate) fn site<'a>(&'a self, node: &'a Node) -> impl Site + 'a {
        At { nodes: self, node }
    }

    /// Runs a command that must end well; returns what it printed.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.aisle(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (said, error) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{arguments:?}: {said}{error}");
        said
    }

    fn aisle(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(arguments);
        command.env("AISLE_TOKEN_KEY", KEY).env("AISLE_WEBHOOK_KEY", KEY);
        command.env("AISLE_DATABASE_URL", &self.database_url);
        command.env("AISLE_NATS_URL", &self.nats_url);
        command
    }
}

struct At<'a> {
    nodes: &'a Nodes,
    node: &'a Node,
}

impl Site for At<'_> {
    fn url(&self) -> &str {
        &self.node.url
    }

    fn client(&self, subject: &str, role: &str) -> Client {
        self.nodes.client(self.node, subject, role)
    }
}

impl Node {
    pub(crate) fn kill_9(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop; it must end well.
    pub(crate) fn stop(mut self) {
        self.signal_term();
        assert_eq!(self.exit_code(), Some(0), "it did not end well");
    }

    pub(crate) fn signal_term(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    pub(crate) fn exit_code(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Waits until it has said something on standard error.
    pub(crate) async fn has_said(&self, text: &str) {
        while !std::fs::read_to_string(&self.log).unwrap().contains(text) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What a path answers: its status and its body.
    pub(crate) async fn ask(&self, path: &str) -> (u16, Value) {
        let answer = reqwest::get(format!("{}{path}", self.url)).await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// Waits until `/readyz` answers this status and what it says will do.
    pub(crate) async fn answers(&self, status: u16, will_do: impl Fn(&Value) -> bool) -> Value {
        let mut last = (0, Value::Null);
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            last = self.ask("/readyz").await;
            if last.0 == status && will_do(&last.1) {
                return last.1;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let log = std::fs::read_to_string(&self.log).unwrap();
        panic!("not within {PATIENCE:?}: {last:?}\n{log}");
    }

    /// Waits until it is ready and what it says will do.
    pub(crate) async fn says(&self, will_do: impl Fn(&Value) -> bool) -> Value {
        self.answers(200, will_do).await
    }

    pub(crate) async fn ready(&self) -> Value {
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
