//! What was acknowledged is there after PostgreSQL was killed in mid-work: on a server of the
//! test's own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use aisle_infra::journal::JournalStore;
use aisle_infra::journal::commit::{Committer, CommitterConfig};
use aisle_infra::journal::postgres::{PostgresJournal, PostgresOptions};
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::world::unit;

const WRITERS: usize = 8;
/// After so many acknowledged appends the server dies.
const ENOUGH: u64 = 200;

/// A PostgreSQL server in a directory of its own, listening on a socket there.
struct Server {
    home: TempDir,
    programs: PathBuf,
    running: Option<Child>,
}

impl Server {
    fn create() -> Self {
        // Socket paths are limited to some hundred bytes.
        let home = TempDir::with_prefix("aisle").unwrap();
        let server = Self { home, programs: programs(), running: None };
        if is_root() {
            succeeds(Command::new("chown").arg("postgres").arg(server.home.path()));
        }
        let mut initdb = server.program("initdb");
        initdb.args(["--auth=trust", "--username=postgres", "--no-sync", "-D"]);
        succeeds(initdb.arg(server.data()).stdout(Stdio::null()));
        server
    }

    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.home.path().display())
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

    /// Starts the server; it need not be ready yet.
    fn start(&mut self) {
        let log = std::fs::File::create(self.home.path().join("log")).unwrap();
        let mut postgres = self.program("postgres");
        postgres.args(["-c", "listen_addresses=", "-k"]).arg(self.home.path());
        postgres.arg("-D").arg(self.data()).stderr(log).stdout(Stdio::null());
        self.running = Some(postgres.spawn().unwrap());
    }

    /// Connects once the server is ready, starting it again if what the dead one left behind kept
    /// it from starting.
    async fn connect(&mut self) -> PostgresJournal {
        for _ in 0..600 {
            if self.running.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some()) {
                self.start();
            }
            let options = PostgresOptions::default();
            if let Ok(journal) = PostgresJournal::connect(&self.url(), options).await {
                return journal;
            }
            sleep(Duration::from_millis(100)).await;
        }
        let log = std::fs::read_to_string(self.home.path().join("log"));
        panic!("the server does not start: {}", log.unwrap_or_default());
    }

    /// `kill -9` of the server and each of its processes.
    fn kill(&mut self) {
        let Some(mut postmaster) = self.running.take() else { return };
        let mut family = children(postmaster.id());
        family.insert(0, postmaster.id());
        // Who has ended by itself meanwhile makes `kill` complain, no more.
        let _ = Command::new("kill").arg("-9").args(family.iter().map(u32::to_string)).status();
        postmaster.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
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

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    String::from_utf8(id.stdout).unwrap().trim() == "0"
}

fn succeeds(command: &mut Command) {
    assert!(command.status().unwrap().success(), "{command:?}");
}

#[expect(clippy::disallowed_methods, reason = "the harness is told where PostgreSQL is")]
fn programs() -> PathBuf {
    if let Ok(programs) = std::env::var("AISLE_TEST_PG_BIN") {
        return programs.into();
    }
    let versions =
        std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL, or AISLE_TEST_PG_BIN");
    let programs = versions.map(|version| version.unwrap().path().join("bin"));
    let usable = |programs: &PathBuf| Path::new(&programs.join("postgres")).exists();
    programs.filter(usable).max().expect("PostgreSQL's server, or AISLE_TEST_PG_BIN")
}

/// Appends to a stream of its own until the server is gone. Returns the last sequence that was
/// acknowledged.
async fn write(committer: Committer, writer: usize) -> u64 {
    let stream = format!("{writer}");
    let mut acknowledged = 0;
    loop {
        let unit = unit([(&stream, acknowledged + 1)]);
        match committer.append(unit).await {
            Ok(_) => acknowledged += 1,
            Err(_) => return acknowledged,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_a_kill_of_postgres() {
    let mut server = Server::create();
    let journal: Arc<dyn JournalStore> = Arc::new(server.connect().await);
    let committer = Committer::start(Arc::clone(&journal), CommitterConfig::default());
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let committer = committer.clone();
        writers.spawn(async move { (writer, write(committer, writer).await) });
    }
    journal.watch_head().wait_for(|head| *head >= ENOUGH).await.unwrap();
    server.kill();
    let acknowledged = writers.join_all().await;
    committer.shutdown().await;
    drop(journal);

    let journal = server.connect().await;
    let facts = journal.read(0, usize::MAX).await.unwrap();
    assert!(facts.iter().map(|fact| fact.position).eq(1..=facts.len() as u64), "a gap");
    assert_eq!(journal.head().await.unwrap(), facts.len() as u64);
    assert!(acknowledged.iter().map(|(_, sequence)| sequence).sum::<u64>() > 0);
    for (writer, sequence) in acknowledged {
        let mine = facts.iter().filter(|fact| fact.stream.id == writer.to_string());
        // The last one may have been committed without being acknowledged.
        let kept = mine.count() as u64;
        assert!(kept == sequence || kept == sequence + 1, "{writer}: {kept} of {sequence}");
    }
    journal.append(&[unit([("after", 1)])]).await.unwrap().remove(0).unwrap();
    journal.close().await;
}
