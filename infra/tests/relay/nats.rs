//! Private NATS servers, to be killed and started again.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use async_nats::{Client, ConnectOptions};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::world::PATIENCE;

/// A server with JetStream, in a directory of its own. Gone with the value.
pub(crate) struct NatsServer {
    home: TempDir,
    name: String,
    port: u16,
    cluster: Vec<String>,
    running: Option<Child>,
}

impl NatsServer {
    pub(crate) async fn start() -> Self {
        let mut server = Self::prepare(Vec::new());
        server.run().await;
        server
    }

    /// Not running yet. The arguments say which cluster it is of.
    pub(crate) fn prepare(cluster: Vec<String>) -> Self {
        let name = format!("aisle-test-{:016x}", getrandom::u64().unwrap());
        let home = TempDir::with_prefix("aisle").unwrap();
        Self { home, name, port: free_port(), cluster, running: None }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Where it keeps its streams.
    pub(crate) fn store(&self) -> std::path::PathBuf {
        self.home.path().join("store")
    }

    /// Starts it, and returns once it answers. Others may have taken the port meanwhile, and may
    /// leave it again: so it is told by its name, and started until it stays.
    pub(crate) async fn run(&mut self) {
        let answers = async {
            loop {
                self.spawn();
                if self.answers().await {
                    return;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(PATIENCE, answers).await.expect("a NATS server that answers");
    }

    /// Starts the process if it is not there.
    pub(crate) fn spawn(&mut self) {
        if self.running.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some()) {
            let log = std::fs::File::create(self.home.path().join("log")).unwrap();
            // It must not outlive a test that is killed.
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "KILL", "nats-server", "-a", "127.0.0.1", "-js"]);
            command.args(["-p", &self.port.to_string(), "-n", &self.name, "-sd"]);
            command.arg(self.store()).args(&self.cluster);
            let spawned = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
            self.running = Some(spawned.expect("setpriv and nats-server in the path"));
        }
    }

    async fn answers(&self) -> bool {
        let once = ConnectOptions::new().max_reconnects(1);
        match once.connect(self.url()).await {
            Ok(client) => client.server_info().server_name == self.name,
            Err(_) => false,
        }
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// A client as Aisle has it.
    pub(crate) async fn client(&self) -> Client {
        connect(&self.url()).await
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A client as Aisle has it, on one server or several.
pub(crate) async fn connect(servers: &str) -> Client {
    let servers: aisle_infra::relay::NatsServers = servers.parse().unwrap();
    servers.connect("test").await.unwrap()
}

/// A port that nobody has just now, below the range from which the system gives them out: so it is
/// free again when a server that was killed is started once more.
pub(crate) fn free_port() -> u16 {
    loop {
        let port = 20_000 + u16::try_from(getrandom::u32().unwrap() % 12_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
