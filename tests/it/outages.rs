//! PostgreSQL is killed under load, or its disk is full: `aisle` turns clients away meanwhile and
//! goes on by itself when it is back, and nothing is lost, done twice or half done.
//!
//! Each test has a server of its own. What a client may be told is in `support/buyer.rs`, what
//! must hold afterwards in `support/aftermath.rs`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use aisle_infra::testing::postgres_server::PostgresServer;
use serde_json::json;

use crate::support::{
    Account, Aftermath, Breaks, Doors, Lapses, Rush, Server, Site, Source, assert_kept, rounds,
    sell, setting,
};

const BUYERS: u64 = 12;

/// Two events: one that is not sold out, and a small one that everybody wants.
pub(crate) async fn events_on_sale(site: &impl Site, hold_seconds: u32) -> Vec<String> {
    let admin = site.client("root", "admin");
    let mut events = Vec::new();
    let mut put_on_sale = async |name: &str, rows, seats| {
        let mut event = sell(rows, seats, hold_seconds);
        event["limit_per_buyer"] = json!(1_000);
        events.push(admin.event_on_sale(name, event).await);
    };
    put_on_sale("large", 60, 60).await;
    put_on_sale("small", 2, 8).await;
    // So that a long form does not sell everything out before the last round.
    for more in 1..rounds(1) {
        put_on_sale(&format!("large-{more}"), 60, 60).await;
    }
    events
}

/// Buyers are at work while something breaks and is mended, again and again; what became of their
/// wishes.
async fn rush_through(
    server: &Server,
    hold_seconds: u32,
    mut outage: impl AsyncFnMut(&Rush),
) -> Vec<Account> {
    let events = events_on_sale(server, hold_seconds).await;
    let doors = Doors::new(&[&server.url]);
    // Half a minute of nothing is an outage; ten minutes are none.
    let lapses = if hold_seconds < 60 { Lapses::Allowed } else { Lapses::Never };
    let rush = Rush::begin(BUYERS, server, &doors, &events, (Breaks::Never, lapses));
    for _ in 0..rounds(1) {
        rush.holds(40).await;
        outage(&rush).await;
    }
    rush.holds(40).await;
    rush.end().await
}

/// A server over PostgreSQL, in a folder of its own.
fn server_over(cluster: &PostgresServer, folder: &Path) -> Server {
    Server::start(folder, &["--sample", "no", "--database-url", &cluster.url()])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_of_postgresql_under_load_loses_nothing() {
    let mut cluster = PostgresServer::start(|_| {}).await;
    let folder = tempfile::tempdir().unwrap();
    let mut server = server_over(&cluster, folder.path());
    let accounts = rush_through(&server, 5, async |rush| {
        cluster.kill_9();
        rush.is_turned_away(1).await;
        cluster.is_up().await;
    })
    .await;

    // Deadlines that passed while nobody could write are seen to all the same.
    let aftermath = Aftermath::with_all_expired(&Source::Postgres(cluster.url())).await;
    assert_kept(&aftermath, &accounts, &server).await;
    server.rebuild_all(&["--database-url", &cluster.url()]);
    assert!(server.stop());
}

/// A small disk, full or not.
struct Disk {
    folder: PathBuf,
}

impl Disk {
    const BYTES: u64 = 72 << 20;

    /// Makes a folder one. Says why not, where that is not allowed.
    fn mount(folder: &Path) -> Result<Self, String> {
        let size = format!("size={},mode=700", Self::BYTES);
        let mut mount = Command::new("mount");
        let output = mount.args(["-t", "tmpfs", "-o", &size, "aisle-test"]).arg(folder).output();
        match output {
            Ok(done) if done.status.success() => Ok(Self { folder: folder.to_owned() }),
            Ok(done) => Err(String::from_utf8_lossy(&done.stderr).trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }

    fn fill(&self) {
        let mut file = std::fs::File::create(self.ballast()).unwrap();
        let block = vec![0; 4096];
        while file.write_all(&block).is_ok() {}
    }

    fn clear(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: the server may have it open still.
        let _ = Command::new("umount").arg("-l").arg(&self.folder).status();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_by_a_full_disk_loses_nothing() {
    let mut disk = Err(String::new());
    let folder = tempfile::tempdir().unwrap();
    let small = |folder: &Path| disk = Disk::mount(folder);
    let mut cluster = PostgresServer::start(small).await;
    let disk = match disk {
        Ok(disk) => disk,
        Err(why) => return skip(&why),
    };
    let mut server = server_over(&cluster, folder.path());
    let accounts = rush_through(&server, 600, async |rush| {
        disk.fill();
        rush.is_turned_away(1).await;
        disk.clear();
        // A server that could not write its log has given up; its operator starts it again.
        cluster.is_up().await;
    })
    .await;

    let aftermath = Aftermath::of(&Source::Postgres(cluster.url())).await;
    assert_kept(&aftermath, &accounts, &server).await;
    assert!(server.stop());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_by_a_full_disk_of_the_embedded_store_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let disk = match Disk::mount(folder.path()) {
        Ok(disk) => disk,
        Err(why) => return skip(&why),
    };
    let mut server = Server::start(folder.path(), &["--sample", "no"]);
    let accounts = rush_through(&server, 600, async |rush| {
        disk.fill();
        rush.is_turned_away(1).await;
        disk.clear();
    })
    .await;

    let admin = server.client("root", "admin");
    let aftermath = Aftermath::of(&Source::History(admin)).await;
    assert_kept(&aftermath, &accounts, &server).await;
    assert!(server.stop());
}

/// What is not run has not passed, unless somebody has said that it cannot be run here.
#[expect(clippy::print_stderr, reason = "a test that is not run must not look like one that was")]
fn skip(why: &str) {
    assert!(
        setting("AISLE_TEST_NO_MOUNT").is_some(),
        "a small disk cannot be mounted: {why}. Set AISLE_TEST_NO_MOUNT=1 where that is not allowed."
    );
    eprintln!("SKIPPED: a small disk cannot be mounted here, so nobody saw it full: {why}");
}
