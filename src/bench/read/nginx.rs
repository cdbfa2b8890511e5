//! nginx as a peer: a static file server on a free port, with a configuration of its own, gone when
//! dropped.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::super::BenchError;
use super::super::process::{self, Process};

const CONFIGURATION: &str = include_str!("../../../tests/load/nginx_static.conf");

/// Where Debian has it, and others.
const PLACES: [&str; 4] =
    ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx"];

/// How often a starting server is tried, 50 ms apart.
const TRIES: u32 = 200;

/// The program.
#[derive(Debug, Clone)]
pub(super) struct Program(PathBuf);

impl Program {
    /// Where it is told to be, else where systems have it.
    pub(super) fn find(told: Option<&Path>) -> Option<Self> {
        let mut places = PLACES.iter().map(PathBuf::from);
        told.map(Path::to_owned).or_else(|| places.find(|place| place.exists())).map(Self)
    }

    pub(super) fn version(&self) -> Result<String, BenchError> {
        let said = Command::new(&self.0).arg("-v").output();
        let said = said.map_err(BenchError::io(format!("cannot run {}", self.0.display())))?;
        // It says so on standard error.
        Ok(String::from_utf8_lossy(&said.stderr).trim().replace("nginx version: ", ""))
    }
}

/// A running server.
pub(super) struct Nginx {
    process: Process,
    pub(super) address: SocketAddr,
}

impl Nginx {
    /// Serves a file at `/seats.json`, from a folder that is empty.
    pub(super) async fn start(
        program: &Program,
        folder: &Path,
        body: &[u8],
    ) -> Result<Self, BenchError> {
        let address = process::free_address().map_err(BenchError::io("there is no free port"))?;
        let written = lay_out(folder, address, body);
        written.map_err(BenchError::io("cannot lay out nginx's folder"))?;
        let mut nginx = process::tied(&program.0, "KILL", &[]);
        nginx.args(["-e", "stderr", "-c", "nginx.conf", "-p"]).arg(folder);
        let log = fs::File::create(folder.join("log"));
        let log = log.map_err(BenchError::io("cannot write nginx's log"))?;
        nginx.stdout(Stdio::null()).stderr(log);
        let child = nginx.spawn().map_err(BenchError::io("cannot start nginx"))?;
        let mut process = Process::new(child, "TERM");
        for _ in 0..TRIES {
            if tokio::net::TcpStream::connect(address).await.is_ok() {
                return Ok(Self { process, address });
            }
            if process.has_ended() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let said = fs::read_to_string(folder.join("log")).unwrap_or_default();
        Err(BenchError::Program { program: "nginx".into(), said })
    }

    /// Processor seconds of all its processes so far.
    pub(super) fn cpu(&self) -> Option<f64> {
        process::family_cpu(self.process.id())
    }
}

fn lay_out(folder: &Path, address: SocketAddr, body: &[u8]) -> std::io::Result<()> {
    for part in ["html", "temp"] {
        fs::create_dir_all(folder.join(part))?;
    }
    fs::write(folder.join("html/seats.json"), body)?;
    let port = format!(":{};", address.port());
    fs::write(folder.join("nginx.conf"), CONFIGURATION.replace(":port;", &port))
}
