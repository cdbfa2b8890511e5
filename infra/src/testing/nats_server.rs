//! A NATS server of a test's own, to be killed and started again; alone or one of three.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use async_nats::{Client, ConnectOptions};
use tokio::time::{sleep, timeout};

use super::folder::Folder;
use crate::relay::NatsServers;

/// Far longer than a start ever takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server with JetStream, in a folder of its own. Gone with the value.
#[derive(Debug)]
pub struct NatsServer {
    home: Folder,
    name: String,
    port: u16,
    cluster: Vec<String>,
    running: Option<Child>,
}

impl NatsServer {
    /// One that runs.
    ///
    /// # Panics
    /// If `nats-server` is not there, or does not start.
    pub async fn start() -> Self {
        let mut server = Self::prepare(Vec::new());
        server.run().await;
        server
    }

    /// Three that run and know of each other.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub async fn three() -> Vec<Self> {
        let routes: Vec<_> = (0..3).map(|_| format!("nats://127.0.0.1:{}", free_port())).collect();
        let all = routes.join(",");
        let arguments = |own: &String| {
            let name = ["--cluster_name", "aisle", "--cluster", own, "--routes", &all];
            name.map(str::to_owned).to_vec()
        };
        let mut servers: Vec<_> = routes.iter().map(|own| Self::prepare(arguments(own))).collect();
        servers.iter_mut().for_each(Self::spawn);
        for server in &mut servers {
            server.run().await;
        }
        servers
    }

    /// One that does not run yet. The arguments say which cluster it is of.
    ///
    /// # Panics
    /// If it can have no folder.
    #[must_use]
    pub fn prepare(cluster: Vec<String>) -> Self {
        let name = format!("aisle-test-{:016x}", getrandom::u64().expect("random numbers"));
        Self { home: Folder::create(), name, port: free_port(), cluster, running: None }
    }

    /// Where it is, or will be.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// What it calls itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it keeps its streams.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.home.path().join("store")
    }

    /// Starts it, and returns once it answers. Others may have taken the port meanwhile, and may
    /// leave it again: so it is told by its name, and started until it stays.
    ///
    /// # Panics
    /// If it does not answer within a minute.
    pub async fn run(&mut self) {
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
    fn spawn(&mut self) {
        let running = self.running.as_mut();
        if running.is_none_or(|child| child.try_wait().expect("a child").is_some()) {
            let log = std::fs::File::create(self.home.path().join("log")).expect("a log");
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
    ///
    /// # Panics
    /// Not if it has ended already.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.running.take() {
            child.kill().expect("a child");
            child.wait().expect("a child that was killed");
        }
    }

    /// A client as Aisle has it.
    ///
    /// # Panics
    /// As [`connect`].
    pub async fn client(&self) -> Client {
        connect(&self.url()).await
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A client as Aisle has it, on one server or several, separated by commas.
///
/// # Panics
/// If these are no addresses.
pub async fn connect(servers: &str) -> Client {
    let servers: NatsServers = servers.parse().expect("addresses of NATS");
    servers.connect("test").await.expect("a client")
}

/// A port that nobody has just now, below the range from which the system gives them out: so it is
/// free again when a server that was killed is started once more.
///
/// # Panics
/// If there are no random numbers.
#[must_use]
pub fn free_port() -> u16 {
    loop {
        let random = getrandom::u32().expect("random numbers") % 12_000;
        let port = 20_000 + u16::try_from(random).expect("less than 12,000");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
