//! Aisle as the bench's other side: this same program, serving in a process of its own, so that
//! what it costs can be told from what the load costs.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{ChildStderr, Stdio};

use tokio::sync::oneshot;

use super::process::{self, Process};
use super::{BenchError, say};
use crate::cli::ProcessRole;

/// How many of a server's complaints are shown.
const MAX_COMPLAINTS: u32 = 3;

/// What the processes of a site share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The URL of the database; none for a journal in the data folder.
    pub(super) database: Option<String>,
    /// The URL of NATS, if there is one.
    pub(super) nats: Option<String>,
}

/// A running server. Ended when dropped.
pub(super) struct Server {
    process: Process,
    pub(super) address: SocketAddr,
}

impl Server {
    /// Starts it on a data folder and what it shares with others; returns when it listens.
    pub(super) async fn start(
        role: ProcessRole,
        data: &Path,
        shared: &Shared,
    ) -> Result<Self, BenchError> {
        let program = std::env::current_exe().map_err(BenchError::io("cannot find myself"))?;
        let mut command = process::tied(&program, "KILL", &[]);
        command.args(arguments(role)).args(["--listen", "127.0.0.1:0", "--data"]).arg(data);
        // Others could be meant for another server.
        let settings = ["CONFIG", "DATABASE_URL", "NATS_URL", "TOKEN_KEY", "WEBHOOK_KEY"];
        for name in settings {
            command.env_remove(format!("AISLE_{name}"));
        }
        for (flag, url) in [("--database-url", &shared.database), ("--nats-url", &shared.nats)] {
            if let Some(url) = url {
                command.args([flag, url.as_str()]);
            }
        }
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(BenchError::io("cannot start the server"))?;
        let stderr = child.stderr.take();
        let process = Process::new(child, "TERM");
        let (found, address) = oneshot::channel();
        if let Some(stderr) = stderr {
            std::thread::spawn(move || listen(stderr, found));
        }
        let failed = |said| BenchError::Program { program: format!("aisle {}", role.name()), said };
        let address = address.await.unwrap_or_else(|_| Err(String::new())).map_err(failed)?;
        Ok(Self { process, address })
    }

    /// Processor seconds so far.
    pub(super) fn cpu(&self) -> Option<f64> {
        process::cpu(self.process.id())
    }

    /// Bytes of memory in use.
    pub(super) fn resident(&self) -> Option<f64> {
        process::resident(self.process.id())
    }
}

fn arguments(role: ProcessRole) -> Vec<&'static str> {
    let mut arguments = vec![role.name()];
    if role == ProcessRole::Serve {
        arguments.extend(["--sample", "no"]);
    }
    arguments
}

/// Reads what the server says to its end: the address first; from then on only what is amiss.
fn listen(stderr: ChildStderr, found: oneshot::Sender<Result<SocketAddr, String>>) {
    let mut found = Some(found);
    let mut said = String::new();
    let mut complaints = 0_u32;
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        let url = line.trim().strip_prefix("Listening").map(str::trim);
        let address = url.and_then(|url| {
            url.strip_prefix("http://")?.trim_end_matches('/').parse::<SocketAddr>().ok()
        });
        match address {
            Some(address) => {
                if let Some(found) = found.take() {
                    // Nobody waits any more if the bench was broken off.
                    let _ = found.send(Ok(address));
                }
            }
            None if found.is_none() && (line.contains("WARN") || line.contains("ERROR")) => {
                complaints += 1;
                if complaints <= MAX_COMPLAINTS {
                    say(&format!("the server says: {line}"));
                }
            }
            None if found.is_some() => said.push_str(&format!("{line}\n")),
            None => {}
        }
    }
    if complaints > MAX_COMPLAINTS {
        say(&format!("the server complained {complaints} times in all"));
    }
    if let Some(found) = found {
        let _ = found.send(Err(said));
    }
}
