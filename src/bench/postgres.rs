//! A PostgreSQL of the bench's own: made in its folder, reached over a socket there and by nobody
//! else, gone when dropped.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};

use super::BenchError;
use super::process::{self, Process};

/// Where Debian keeps the programs of each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The settings that are not PostgreSQL's own. The first two are, but are the point. The others
/// keep checkpoints out of the turns; one is made before each.
const SETTINGS: [&str; 6] = [
    "fsync=on",
    "synchronous_commit=on",
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "checkpoint_timeout=30min",
    "max_connections=300",
];

/// The number in its socket's name.
const PORT: u16 = 5432;

/// How often a starting server is asked whether it is there, 100 ms apart.
const TRIES: u32 = 300;

/// The folder of PostgreSQL's programs.
pub(super) struct Programs(PathBuf);

impl Programs {
    /// Looks where it is told, else where Debian has them, the newest first, else in the path.
    pub(super) fn find(told: Option<&Path>) -> Result<Self, BenchError> {
        let places = match told {
            Some(folder) => vec![folder.to_owned()],
            None => usual_places(),
        };
        let whole = |folder: &PathBuf| {
            ["initdb", "postgres", "psql", "pgbench"].iter().all(|it| folder.join(it).exists())
        };
        places.into_iter().find(whole).map(Self).ok_or(BenchError::NoPostgres)
    }

    /// A program that may run as anybody.
    pub(super) fn client(&self, name: &str) -> Command {
        process::tied(&self.0.join(name), "KILL", &[])
    }

    /// A program that refuses to run as root.
    fn server(&self, name: &str) -> Command {
        let postgres = ["--reuid=postgres", "--regid=postgres", "--clear-groups"];
        let user: &[&str] = if is_root() { &postgres } else { &[] };
        process::tied(&self.0.join(name), "QUIT", user)
    }
}

fn usual_places() -> Vec<PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let mut places: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    let number = |place: &PathBuf| -> u32 {
        let version = place.parent().and_then(|folder| folder.file_name());
        version.and_then(|version| version.to_str()?.parse().ok()).unwrap_or(0)
    };
    places.sort_by_key(|place| std::cmp::Reverse(number(place)));
    places.extend(path());
    places
}

#[expect(clippy::disallowed_methods, reason = "the search path is the system's, not a setting")]
fn path() -> Vec<PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0)
}

/// A running server.
pub(super) struct Cluster {
    pub(super) programs: Programs,
    /// The folder of its socket.
    pub(super) socket: PathBuf,
    server: Process,
    version: String,
}

impl Cluster {
    /// Makes one in a folder and starts it.
    pub(super) async fn start(programs: Programs, folder: &Path) -> Result<Self, BenchError> {
        let socket = folder.join("postgres");
        fs::create_dir(&socket).map_err(BenchError::io("cannot make PostgreSQL's folder"))?;
        if is_root() {
            // The user postgres must get at it; there is nothing secret in it.
            let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            fs::set_permissions(folder, open).map_err(BenchError::io("cannot open the folder"))?;
            done(Command::new("chown").arg("postgres:").arg(&socket), "chown")?;
        }
        let data = socket.join("data");
        let mut initdb = programs.server("initdb");
        initdb.current_dir("/").arg("-D").arg(&data);
        initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        done(&mut initdb, "initdb")?;
        let mut server = Process::new(spawn(&programs, &data, &socket)?, "QUIT");
        let version = version(&mut server, &socket).await?;
        Ok(Self { programs, socket, server, version })
    }

    /// An empty database of this name.
    pub(super) async fn fresh_database(&self, name: &str) -> Result<Database, BenchError> {
        let mut admin = options(&self.socket).connect().await?;
        admin.execute(&*format!("drop database if exists {name} with (force)")).await?;
        admin.execute(&*format!("create database {name}")).await?;
        admin.close().await?;
        Ok(self.database(name))
    }

    /// Writes out what is only in memory, so that no turn pays for the one before.
    pub(super) async fn settle(&self) -> Result<(), BenchError> {
        let mut admin = options(&self.socket).connect().await?;
        admin.execute("checkpoint").await?;
        Ok(admin.close().await?)
    }

    /// Writes a file that its programs can read.
    pub(super) fn file(&self, name: &str, text: &str) -> Result<PathBuf, BenchError> {
        let path = self.socket.join(name);
        fs::write(&path, text).map_err(BenchError::io("cannot write a script"))?;
        Ok(path)
    }

    /// Has psql run a script with variables.
    pub(super) fn psql(
        &self,
        database: &Database,
        script: &str,
        variables: &[(&str, u32)],
    ) -> Result<(), BenchError> {
        let file = self.file("script.sql", script)?;
        let mut psql = self.programs.client("psql");
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", &database.name]);
        for (name, value) in variables {
            psql.arg("-v").arg(format!("{name}={value}"));
        }
        done(psql.arg("-h").arg(&self.socket).arg("-f").arg(file), "psql").map(drop)
    }

    /// A database of this name that holds what another one holds, which nobody may be using.
    pub(super) async fn copy_of(&self, from: &str, name: &str) -> Result<Database, BenchError> {
        let mut admin = options(&self.socket).connect().await?;
        admin.execute(&*format!("drop database if exists {name} with (force)")).await?;
        let copy = format!("create database {name} template {from} strategy file_copy");
        admin.execute(&*copy).await?;
        admin.close().await?;
        Ok(self.database(name))
    }

    /// A database that is there already.
    pub(super) fn database(&self, name: &str) -> Database {
        Database { name: name.to_owned(), options: options(&self.socket).database(name) }
    }

    /// Processor seconds of all its processes so far.
    pub(super) fn cpu(&self) -> Option<f64> {
        process::family_cpu(self.server.id())
    }

    pub(super) fn describe(&self) -> String {
        format!("{}, {}", self.version, SETTINGS.join(" "))
    }
}

/// A database of one turn.
pub(super) struct Database {
    pub(super) name: String,
    pub(super) options: PgConnectOptions,
}

impl Database {
    pub(super) fn url(&self) -> String {
        self.options.to_url_lossy().to_string()
    }

    pub(super) async fn connect(&self) -> Result<PgConnection, BenchError> {
        Ok(self.options.connect().await?)
    }
}

fn options(socket: &Path) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket)
        // Not what the caller's shell is set to.
        .port(PORT)
        .username("postgres")
        .database("postgres")
        .disable_statement_logging()
}

fn spawn(
    programs: &Programs,
    data: &Path,
    socket: &Path,
) -> Result<std::process::Child, BenchError> {
    let log = fs::File::create(socket.join("log")).map_err(BenchError::io("cannot make a log"))?;
    let mut server = programs.server("postgres");
    server.current_dir("/").arg("-D").arg(data).args([
        "-p",
        &PORT.to_string(),
        "-c",
        "listen_addresses=",
    ]);
    server.arg("-c").arg(format!("unix_socket_directories={}", socket.display()));
    for setting in SETTINGS {
        server.args(["-c", setting]);
    }
    server.stdout(Stdio::null()).stderr(log);
    server.spawn().map_err(BenchError::io("cannot start PostgreSQL"))
}

/// Waits until it answers, and asks what it is.
async fn version(server: &mut Process, socket: &Path) -> Result<String, BenchError> {
    for _ in 0..TRIES {
        if let Ok(mut connection) = options(socket).connect().await {
            let version = sqlx::query_scalar("show server_version").fetch_one(&mut connection);
            return Ok(version.await?);
        }
        if server.has_ended() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let said = fs::read_to_string(socket.join("log")).unwrap_or_default();
    Err(BenchError::Program { program: "postgres".into(), said })
}

/// Runs a program to its end.
pub(super) fn done(command: &mut Command, name: &str) -> Result<String, BenchError> {
    let output = command.output().map_err(BenchError::io(format!("cannot run {name}")))?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(said(&output.stdout));
    }
    Err(BenchError::Program { program: name.to_owned(), said: said(&output.stderr) })
}
