//! A PostgreSQL server of a test's own, to be killed, started again and followed by a standby.
//!
//! It listens on a socket in its folder only, so it takes no port from anybody. Tests that leave
//! the server alone use [`TestDatabase`](super::postgres::TestDatabase) instead.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection};

use super::folder::Folder;

/// Where the server's programs are.
pub const PROGRAMS: &str = "AISLE_TEST_PG_BIN";

/// A PostgreSQL server in a folder of its own. Killed when dropped.
#[derive(Debug)]
pub struct PostgresServer {
    home: Folder,
    programs: PathBuf,
    running: Option<Child>,
}

impl PostgresServer {
    /// Makes one and starts it. `prepare` may make the folder of its data something else, such as
    /// a small disk.
    ///
    /// # Panics
    /// If PostgreSQL is not there, or does not start.
    pub async fn start(prepare: impl FnOnce(&Path)) -> Self {
        let mut server = Self::empty(prepare);
        let mut initdb = server.program("initdb");
        // Small segments of the log, so that a small disk is enough.
        initdb.args(["--auth=trust", "--username=postgres", "--no-sync", "--wal-segsize=1", "-D"]);
        succeeds(initdb.arg(server.data()).stdout(Stdio::null()));
        server.is_up().await;
        server
    }

    /// Makes a standby of this server and starts it. From now on this one acknowledges nothing that
    /// the standby does not have.
    ///
    /// # Panics
    /// If it cannot be made, or does not come to follow.
    pub async fn standby(&self) -> Self {
        let mut standby = Self::empty(|_| {});
        let mut backup = standby.program("pg_basebackup");
        backup.args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "-D"]);
        backup.arg(standby.data());
        backup.args(["-U", "postgres", "-h"]).arg(self.home.path());
        succeeds(&mut backup);
        standby.is_up().await;
        // After the copy was made: the standby is to wait for nobody.
        self.execute("alter system set synchronous_standby_names = '*'").await;
        self.execute("select pg_reload_conf()").await;
        let follows = "select exists (select from pg_stat_replication where sync_state = 'sync')";
        while !self.says(follows).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        standby
    }

    /// Makes a standby the primary. Returns when it takes commits.
    ///
    /// # Panics
    /// If it is no standby.
    pub async fn promote(&self) {
        assert!(self.says("select pg_promote()").await, "the standby is not promoted");
    }

    /// The folder that holds its data and nothing else.
    #[must_use]
    pub fn disk(&self) -> PathBuf {
        self.home.path().join("disk")
    }

    /// Its socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.home.path().join(".s.PGSQL.5432")
    }

    /// Where it is, for whoever connects by URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.home.path().display())
    }

    /// `kill -9` of the server and each of its processes.
    ///
    /// # Panics
    /// Not if it has ended already.
    pub fn kill_9(&mut self) {
        let Some(mut postmaster) = self.running.take() else { return };
        let mut family = children(postmaster.id());
        family.insert(0, postmaster.id());
        // Who has ended by itself meanwhile makes `kill` complain, no more.
        let _ = Command::new("kill").arg("-9").args(family.iter().map(u32::to_string)).status();
        postmaster.wait().expect("a child that was killed");
    }

    /// Returns when it answers. Starts it if it does not run, and again if what a dead one left
    /// behind kept it from starting.
    ///
    /// # Panics
    /// If it does not start within two minutes.
    pub async fn is_up(&mut self) {
        for _ in 0..1_200 {
            if !self.runs() {
                self.spawn();
            }
            if PgConnection::connect(&self.url()).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("PostgreSQL does not start: {}", self.log());
    }

    fn runs(&mut self) -> bool {
        let running = self.running.as_mut();
        running.is_some_and(|child| child.try_wait().expect("a child").is_none())
    }

    /// What it said since it was last started.
    fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    fn empty(prepare: impl FnOnce(&Path)) -> Self {
        let server = Self { home: Folder::create(), programs: programs(), running: None };
        std::fs::create_dir(server.disk()).expect("a folder for the data");
        prepare(&server.disk());
        if is_root() {
            succeeds(Command::new("chown").arg("-R").arg("postgres").arg(server.home.path()));
        }
        server
    }

    fn data(&self) -> PathBuf {
        self.disk().join("data")
    }

    fn spawn(&mut self) {
        let log = std::fs::File::create(self.home.path().join("log")).expect("a log");
        let mut postgres = self.program("postgres");
        postgres.args(["-c", "listen_addresses=", "-k"]).arg(self.home.path());
        postgres.args(["-c", "max_wal_size=8MB", "-c", "min_wal_size=2MB"]);
        // What a start after a crash syncs first: the whole disk at once, not file by file.
        postgres.args(["-c", "recovery_init_sync_method=syncfs"]);
        postgres.arg("-D").arg(self.data()).stderr(log).stdout(Stdio::null());
        self.running = Some(postgres.spawn().expect("PostgreSQL's server"));
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

    async fn execute(&self, sql: &str) {
        let mut connection = PgConnection::connect(&self.url()).await.expect("a connection");
        connection.execute(sql).await.expect(sql);
    }

    async fn says(&self, sql: &str) -> bool {
        let mut connection = PgConnection::connect(&self.url()).await.expect("a connection");
        sqlx::query_scalar(sql).fetch_one(&mut connection).await.expect(sql)
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.kill_9();
    }
}

/// Whether this process may do anything.
fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id");
    id.stdout.trim_ascii() == b"0"
}

/// The processes that this one started: the backends each have a process group of their own.
fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("/proc");
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

fn parent_of(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may contain anything; then come the state and the parent.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn succeeds(command: &mut Command) {
    assert!(command.status().expect("a program").success(), "{command:?}");
}

#[expect(clippy::disallowed_methods, reason = "the harness is told where PostgreSQL is")]
fn programs() -> PathBuf {
    if let Ok(programs) = std::env::var(PROGRAMS) {
        return programs.into();
    }
    let versions =
        std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL, or AISLE_TEST_PG_BIN");
    let programs = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    let usable = |programs: &PathBuf| programs.join("postgres").exists();
    programs.filter(usable).max().expect("PostgreSQL's server, or AISLE_TEST_PG_BIN")
}
