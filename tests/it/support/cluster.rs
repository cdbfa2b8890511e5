//! A PostgreSQL of a test's own, to be killed and started again as the test likes.
//!
//! It listens on a socket in its folder only, so it takes no port from anybody. Tests that leave
//! the server alone use `TestDatabase` instead.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use super::setting;

/// A PostgreSQL server in a folder of its own.
pub(crate) struct Cluster {
    home: TempDir,
    programs: PathBuf,
    running: Option<Child>,
}

impl Cluster {
    /// Makes one and starts it. `prepare` may make its folder something else, such as a small disk.
    pub(crate) async fn start(prepare: impl FnOnce(&Path)) -> Self {
        // Socket paths are limited to some hundred bytes.
        let home = TempDir::with_prefix("aisle").unwrap();
        let mut cluster = Self { home, programs: programs(), running: None };
        std::fs::create_dir(cluster.disk()).unwrap();
        prepare(&cluster.disk());
        if is_root() {
            succeeds(Command::new("chown").arg("-R").arg("postgres").arg(cluster.home.path()));
        }
        let mut initdb = cluster.program("initdb");
        // Small segments of the log, so that a small disk is enough.
        initdb.args(["--auth=trust", "--username=postgres", "--no-sync", "--wal-segsize=1", "-D"]);
        succeeds(initdb.arg(cluster.data()).stdout(Stdio::null()));
        cluster.is_up().await;
        cluster
    }

    /// The folder that holds its data and nothing else.
    pub(crate) fn disk(&self) -> PathBuf {
        self.home.path().join("disk")
    }

    /// Its socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.home.path().join(".s.PGSQL.5432")
    }

    /// Where it is, for whoever connects by URL.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.home.path().display())
    }

    /// `kill -9` of the server and each of its processes.
    pub(crate) fn kill_9(&mut self) {
        let Some(mut postmaster) = self.running.take() else { return };
        let mut family = children(postmaster.id());
        family.insert(0, postmaster.id());
        // Who has ended by itself meanwhile makes `kill` complain, no more.
        let _ = Command::new("kill").arg("-9").args(family.iter().map(u32::to_string)).status();
        postmaster.wait().unwrap();
    }

    /// Returns when it answers. Starts it if it does not run, and again if what a dead one left
    /// behind kept it from starting.
    pub(crate) async fn is_up(&mut self) {
        for _ in 0..1_200 {
            if self.running.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some()) {
                self.spawn();
            }
            if PgConnection::connect(&self.url()).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("PostgreSQL does not start: {}", self.log());
    }

    /// What it said since it was last started.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    fn data(&self) -> PathBuf {
        self.disk().join("data")
    }

    fn spawn(&mut self) {
        let log = std::fs::File::create(self.home.path().join("log")).unwrap();
        let mut postgres = self.program("postgres");
        postgres.args(["-c", "listen_addresses=", "-k"]).arg(self.home.path());
        postgres.args(["-c", "max_wal_size=8MB", "-c", "min_wal_size=2MB"]);
        // What a start after a crash syncs first: the whole disk at once, not file by file.
        postgres.args(["-c", "recovery_init_sync_method=syncfs"]);
        postgres.arg("-D").arg(self.data()).stderr(log).stdout(Stdio::null());
        self.running = Some(postgres.spawn().unwrap());
    }

    /// A program of PostgreSQL, which refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(self.home.path());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill_9();
    }
}

/// Whether this process may do anything.
pub(super) fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    String::from_utf8(id.stdout).unwrap().trim() == "0"
}

/// The processes that this one started: the backends each have a process group of their own.
fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap();
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

fn parent_of(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may contain anything; then come the state and the parent.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn succeeds(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}

fn programs() -> PathBuf {
    if let Some(programs) = setting("AISLE_TEST_PG_BIN") {
        return programs.into();
    }
    let versions =
        std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL, or AISLE_TEST_PG_BIN");
    let programs = versions.map(|version| version.unwrap().path().join("bin"));
    let usable = |programs: &PathBuf| programs.join("postgres").exists();
    programs.filter(usable).max().expect("PostgreSQL's server, or AISLE_TEST_PG_BIN")
}
