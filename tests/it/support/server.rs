//! A server of our own: the real binary, in a folder and on a port of its own.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use super::{Client, Site};

/// How long a server may take to say that it is ready. Generous: the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// The program under test.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_aisle"))
}

/// A setting of `tests/run`, if it is there.
#[expect(clippy::disallowed_methods, reason = "the harness reads what tests/run exports")]
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A running server. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// Where it answers.
    pub(crate) url: String,
    /// Its data folder.
    pub(crate) data: PathBuf,
    arguments: Vec<String>,
}

impl Server {
    /// Starts a server over a data folder, without the sample unless asked for.
    pub(crate) fn start(data: &Path, arguments: &[&str]) -> Self {
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        let mut child = program()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let url = address(&mut child);
        Self { child, url, data: data.to_owned(), arguments }
    }

    /// Ends the process at once, as a power failure would.
    pub(crate) fn kill_9(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again over the same data.
    pub(crate) fn restart(&mut self) {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let data = self.data.clone();
        *self = Self::start(&data, &arguments);
    }

    /// Asks it to stop, and returns whether it ended well.
    pub(crate) fn stop(&mut self) -> bool {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        self.child.wait().unwrap().success()
    }

    /// Rebuilds every read model beside the running server; returns what was printed.
    pub(crate) fn rebuild_all(&self, store: &[&str]) -> String {
        let output = program()
            .args(["rebuild", "all", "--data"])
            .arg(&self.data)
            .args(store)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        let report = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{report}{error}");
        report
    }

    /// A token for this server.
    pub(crate) fn token(&self, subject: &str, role: &str) -> String {
        let output =
            self.aisle(["token", "--subject", subject, "--role", role, "--data"], &self.data);
        output.trim().to_owned()
    }

    /// Runs the program over this server's data; returns what it printed.
    pub(crate) fn aisle<const N: usize>(
        &self,
        arguments: [&str; N],
        data: impl AsRef<OsStr>,
    ) -> String {
        let output = program().args(arguments).arg(data).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Site for Server {
    fn url(&self) -> &str {
        &self.url
    }

    fn client(&self, subject: &str, role: &str) -> Client {
        Client::new(&self.url, &self.token(subject, role))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for the line that names the address; goes on reading, so that the server never waits.
fn address(child: &mut Child) -> String {
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let (found, address) = mpsc::channel();
    std::thread::spawn(move || {
        let mut log = String::new();
        for line in stderr.lines().map_while(Result::ok) {
            let url =
                line.trim().strip_prefix("Site").map(|rest| rest.trim().trim_end_matches('/'));
            match url {
                Some(url) => drop(found.send(Ok(url.to_owned()))),
                None => log.push_str(&format!("{line}\n")),
            }
        }
        drop(found.send(Err(log)));
    });
    match address.recv_timeout(PATIENCE) {
        Ok(Ok(url)) => url,
        Ok(Err(log)) => panic!("the server did not start:\n{log}"),
        Err(_) => panic!("the server was not ready within {PATIENCE:?}"),
    }
}
