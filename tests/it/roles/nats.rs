//! A NATS server of a test's own, to be killed and started again.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A server with JetStream. Killed when dropped.
pub(super) struct Nats {
    store: PathBuf,
    port: u16,
    child: Child,
}

impl Nats {
    pub(super) fn start(store: PathBuf) -> Self {
        for port in free_ports() {
            let mut nats = Self { child: spawn(&store, port), store: store.clone(), port };
            if nats.answers() {
                return nats;
            }
        }
        unreachable!("there are free ports for ever")
    }

    pub(super) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(super) fn kill_9(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on its port, with what it kept.
    pub(super) fn restart(&mut self) {
        for _ in 0..100 {
            self.child = spawn(&self.store, self.port);
            if self.answers() {
                return;
            }
        }
        panic!("the NATS server does not come back");
    }

    /// Whether it comes to answer; it ends by itself if its port is taken.
    fn answers(&mut self) -> bool {
        while self.child.try_wait().unwrap().is_none() {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(100));
        false
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ports that nobody has just now, below the range from which the system gives them out: so one is
/// free again when a server that was killed is started once more.
pub(super) fn free_ports() -> impl Iterator<Item = u16> {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    // Tests run side by side, as threads or as processes with neighbouring numbers.
    let first = std::process::id().wrapping_mul(97);
    let ports = std::iter::repeat_with(move || {
        let n = first.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed));
        20_000 + u16::try_from(n % 12_000).unwrap()
    });
    ports.filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
}

fn spawn(store: &Path, port: u16) -> Child {
    // It must not outlive a test that is killed.
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "nats-server", "-a", "127.0.0.1", "-js"]);
    command.args(["-p", &port.to_string(), "-sd"]).arg(store);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("setpriv and nats-server in the path")
}
