//! The peers that hold seats by updating rows, driven by pgbench.

use std::process::Stdio;
use std::time::Instant;

use super::postgres::{Cluster, Database, done};
use super::report::{Costs, Turn};
use super::{BenchError, per_second, process};

const SCHEMA: &str = include_str!("../../tests/load/crud_schema.sql");

/// The peers: their names and what they do.
pub(super) const PEERS: [Peer; 2] = [
    Peer { name: "crud_tuned", script: include_str!("../../tests/load/crud_tuned.pgbench") },
    Peer {
        name: "crud_transaction",
        script: include_str!("../../tests/load/crud_transaction.pgbench"),
    },
];

/// A way to hold two seats without Aisle.
#[derive(Clone, Copy)]
pub(super) struct Peer {
    pub(super) name: &'static str,
    script: &'static str,
}

/// How pgbench is to be run.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) clients: u32,
    pub(super) seconds: u64,
    pub(super) seats: u32,
}

impl Peer {
    /// One turn, on fresh tables.
    pub(super) async fn turn(self, cluster: &Cluster, sizes: Sizes) -> Result<Turn, BenchError> {
        let database = cluster.fresh_database("crud").await?;
        self.prepare(cluster, &database, sizes.seats)?;
        cluster.settle().await?;
        let (database_before, load_before) = (cluster.cpu(), process::ended_children_cpu());
        let begun = Instant::now();
        let said = self.run(cluster, &database, sizes).await?;
        let wall = begun.elapsed().as_secs_f64();
        let costs = Costs {
            server: None,
            database: share(database_before, cluster.cpu(), wall),
            load: share(load_before, process::ended_children_cpu(), wall),
        };
        let mut connection = database.connect().await?;
        let bookings: i64 =
            sqlx::query_scalar("select count(*) from bookings").fetch_one(&mut connection).await?;
        turn(&said, u64::try_from(bookings).unwrap_or(0), costs)
            .ok_or(BenchError::Program { program: "pgbench".into(), said })
    }

    fn prepare(self, cluster: &Cluster, database: &Database, seats: u32) -> Result<(), BenchError> {
        let file = |name: &str, text: &str| {
            let written = std::fs::write(cluster.socket.join(name), text);
            written.map_err(BenchError::io("cannot write a script"))
        };
        file("schema.sql", SCHEMA)?;
        file(self.name, self.script)?;
        let mut psql = cluster.programs.client("psql");
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", &database.name]);
        psql.arg("-v").arg(format!("seats={seats}")).arg("-h").arg(&cluster.socket);
        done(psql.arg("-f").arg(cluster.socket.join("schema.sql")), "psql").map(drop)
    }

    async fn run(
        self,
        cluster: &Cluster,
        database: &Database,
        sizes: Sizes,
    ) -> Result<String, BenchError> {
        let mut pgbench = tokio::process::Command::from(cluster.programs.client("pgbench"));
        pgbench.args(["-n", "-M", "prepared", "-U", "postgres"]);
        pgbench.arg("-h").arg(&cluster.socket).arg(format!("-Dseats={}", sizes.seats));
        pgbench.arg(format!("-c{}", sizes.clients)).arg(format!("-j{}", sizes.clients.min(2)));
        pgbench.arg(format!("-T{}", sizes.seconds)).arg("-f").arg(cluster.socket.join(self.name));
        pgbench.arg(&database.name).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = pgbench.kill_on_drop(true).output().await;
        let output = output.map_err(BenchError::io("cannot run pgbench"))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(BenchError::Program { program: "pgbench".into(), said })
    }
}

/// How many processors were busy, on average.
pub(super) fn share(before: Option<f64>, after: Option<f64>, seconds: f64) -> Option<f64> {
    Some((after? - before?) / seconds)
}

/// What pgbench said, as figures.
fn turn(said: &str, bookings: u64, costs: Costs) -> Option<Turn> {
    let transactions: u64 = figure(said, "number of transactions actually processed: ")?;
    let rate: f64 = figure(said, "tps = ")?;
    let latency: f64 = figure(said, "latency average = ")?;
    let mut turn = Turn::default();
    turn.add("answers/s", rate);
    turn.add("holds/s", per_second(bookings, transactions as f64 / rate));
    turn.add("latency mean, ms", latency);
    turn.costs(costs, transactions as f64 / rate, transactions);
    Some(turn)
}

fn figure<T: std::str::FromStr>(said: &str, name: &str) -> Option<T> {
    let rest = said.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pgbench_says_is_read() {
        let said = "transaction type: x\nnumber of transactions actually processed: 500\n\
                    latency average = 0.400 ms\ninitial connection time = 6 ms\n\
                    tps = 250.000000 (without initial connection time)\n";
        let costs = Costs { server: None, database: Some(1.5), load: None };
        let turn = turn(said, 400, costs).unwrap();
        assert_eq!(turn.figure("answers/s"), Some(250.0));
        assert_eq!(turn.figure("holds/s"), Some(200.0));
        assert_eq!(turn.figure("latency mean, ms"), Some(0.4));
        assert_eq!(turn.figure("µs an answer: database"), Some(6000.0));
    }
}
