//! The peers that hold seats by updating rows, driven by pgbench.

use std::process::Stdio;
use std::time::Instant;

use super::postgres::{Cluster, Database};
use super::turn::{Costs, Turn};
use super::{BenchError, per_second, process, share};

const SCHEMA: &str = include_str!("../../tests/load/crud_schema.sql");

/// One statement tuned by hand.
pub(super) const TUNED: Peer = Peer {
    name: "crud_tuned",
    schema: &[SCHEMA],
    script: include_str!("../../tests/load/crud_tuned.pgbench"),
};

/// The usual transaction of several statements.
pub(super) const TRANSACTION: Peer = Peer {
    name: "crud_transaction",
    schema: &[SCHEMA],
    script: include_str!("../../tests/load/crud_transaction.pgbench"),
};

/// The first seats that are free.
pub(super) const BEST: Peer = Peer {
    name: "crud_best",
    schema: &[SCHEMA, include_str!("../../tests/load/crud_best_index.sql")],
    script: include_str!("../../tests/load/crud_best.pgbench"),
};

/// Places of an area.
pub(super) const AREA: Peer = Peer {
    name: "crud_area",
    schema: &[include_str!("../../tests/load/crud_area.sql")],
    script: include_str!("../../tests/load/crud_area.pgbench"),
};

/// A way to hold seats without Aisle.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer {
    pub(super) name: &'static str,
    schema: &'static [&'static str],
    script: &'static str,
}

/// How pgbench is to be run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) clients: u32,
    pub(super) length: Length,
    pub(super) seats: u32,
    pub(super) events: u32,
}

/// For how long.
#[derive(Debug, Clone, Copy)]
pub(super) enum Length {
    /// Seconds.
    Seconds(u64),
    /// Transactions of each client.
    Each(u32),
}

impl Peer {
    /// One turn, on fresh tables.
    pub(super) async fn turn(self, cluster: &Cluster, sizes: Sizes) -> Result<Turn, BenchError> {
        let database = cluster.fresh_database("crud").await?;
        let seats = [("seats", sizes.seats)];
        cluster.psql(&database, &self.schema.concat(), &seats)?;
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

    async fn run(
        self,
        cluster: &Cluster,
        database: &Database,
        sizes: Sizes,
    ) -> Result<String, BenchError> {
        let script = cluster.file(self.name, self.script)?;
        let mut pgbench = cluster.programs.client("pgbench");
        pgbench.args(["-n", "-M", "prepared", "-U", "postgres"]).arg("-h").arg(&cluster.socket);
        pgbench.arg(format!("-Dseats={}", sizes.seats)).arg(format!("-Devents={}", sizes.events));
        pgbench.arg(format!("-c{}", sizes.clients)).arg(format!("-j{}", sizes.clients.min(2)));
        pgbench.arg(match sizes.length {
            Length::Seconds(seconds) => format!("-T{seconds}"),
            Length::Each(transactions) => format!("-t{transactions}"),
        });
        pgbench.arg("-f").arg(script).arg(&database.name);
        finish(pgbench, "pgbench").await
    }
}

/// Runs a program to its end, without standing in the way of whoever breaks the bench off; returns
/// what it said.
pub(super) async fn finish(
    program: std::process::Command,
    name: &str,
) -> Result<String, BenchError> {
    let mut program = tokio::process::Command::from(program);
    program.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let output = program.output().await.map_err(BenchError::io(format!("cannot run {name}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(BenchError::Program { program: name.to_owned(), said })
}

/// What pgbench said, as figures.
fn turn(said: &str, bookings: u64, costs: Costs) -> Option<Turn> {
    let transactions: u64 = figure(said, "number of transactions actually processed: ")?;
    // On a machine that is overwhelmed a short turn may see none, and then it says no more.
    if transactions == 0 {
        let mut turn = Turn::default();
        turn.add("holds/s", 0.0);
        return Some(turn);
    }
    let rate: f64 = figure(said, "tps = ")?;
    let latency: f64 = figure(said, "latency average = ")?;
    let mut turn = Turn::default();
    turn.add("holds/s", per_second(bookings, transactions as f64 / rate));
    turn.add("answers/s", rate);
    turn.add("latency mean, ms", latency);
    turn.costs(costs, transactions as f64 / rate, transactions);
    Some(turn)
}

/// A figure of what pgbench said.
pub(super) fn figure<T: std::str::FromStr>(said: &str, name: &str) -> Option<T> {
    let rest = said.lines().find_map(|line| line.strip_prefix(name))?;
    // It says 3200/3200 when it counts transactions.
    rest.split([' ', '/', '\n']).next()?.parse().ok()
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
        let read = turn(said, 400, costs).unwrap();
        assert_eq!(read.figure("answers/s"), Some(250.0));
        assert_eq!(read.figure("holds/s"), Some(200.0));
        assert_eq!(read.figure("latency mean, ms"), Some(0.4));
        assert_eq!(read.figure("µs an answer: database"), Some(6000.0));
        let none = turn("number of transactions actually processed: 0\n", 0, costs).unwrap();
        assert_eq!(none.figure("holds/s"), Some(0.0));
        let counted = said.replace("processed: 500", "processed: 500/500");
        assert_eq!(turn(&counted, 400, costs).unwrap().figure("holds/s"), Some(200.0));
    }
}
