//! A NATS server of the bench's own, for roles that run apart: on a free port, with its streams in a
//! folder, gone when dropped.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use std::{fs, io};

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::BenchError;
use super::process::{self, Process};

/// Where Debian has it, and others.
const PLACES: [&str; 4] = [
    "/usr/sbin/nats-server",
    "/usr/bin/nats-server",
    "/usr/local/bin/nats-server",
    "/opt/homebrew/bin/nats-server",
];

/// What a server says first to whoever connects.
const GREETING: &[u8] = b"INFO";

/// How often a starting server is tried, 50 ms apart.
const TRIES: u32 = 200;

/// The program.
#[derive(Debug, Clone)]
pub(super) struct Program(PathBuf);

impl Program {
    /// Where it is told to be, else where systems have it.
    pub(super) fn find(told: Option<&Path>) -> Result<Self, BenchError> {
        let mut places = PLACES.iter().map(PathBuf::from);
        let found = told.map(Path::to_owned).or_else(|| places.find(|place| place.exists()));
        found.filter(|place| place.exists()).map(Self).ok_or(BenchError::NoNats)
    }
}

/// A running server with JetStream.
pub(super) struct Nats {
    process: Process,
    address: SocketAddr,
}

impl Nats {
    /// Starts one in a folder that is empty; returns once it answers.
    pub(super) async fn start(program: &Program, folder: &Path) -> Result<Self, BenchError> {
        let address = process::free_address().map_err(BenchError::io("there is no free port"))?;
        let mut nats = process::tied(&program.0, "KILL", &[]);
        nats.args(["-a", "127.0.0.1", "-p", &address.port().to_string(), "-js", "-sd"]).arg(folder);
        let log = folder.join("log");
        let file = fs::File::create(&log).map_err(BenchError::io("cannot write NATS's log"))?;
        nats.stdout(Stdio::null()).stderr(file);
        let child = nats.spawn().map_err(BenchError::io("cannot start nats-server"))?;
        let mut process = Process::new(child, "TERM");
        for _ in 0..TRIES {
            if greets(address).await.unwrap_or(false) {
                return Ok(Self { process, address });
            }
            if process.has_ended() {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
        let said = fs::read_to_string(log).unwrap_or_default();
        Err(BenchError::Program { program: "nats-server".into(), said })
    }

    pub(super) fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// Processor seconds so far.
    pub(super) fn cpu(&self) -> Option<f64> {
        process::cpu(self.process.id())
    }
}

async fn greets(address: SocketAddr) -> io::Result<bool> {
    let mut said = [0; GREETING.len()];
    TcpStream::connect(address).await?.read_exact(&mut said).await?;
    Ok(said == GREETING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_not_where_it_is_said_to_be_is_missed_by_name() {
        let missing = Program::find(Some(Path::new("/nowhere/nats-server"))).unwrap_err();
        assert!(missing.to_string().contains("apt-get install nats-server"), "{missing}");
    }
}
