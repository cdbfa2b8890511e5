//! PostgreSQL's own full-text search as a peer: the same catalogue, asked by pgbench over
//! PostgreSQL's own protocol.

use std::fs;
use std::path::Path;
use std::time::Instant;

use serde_json::json;

use super::super::outcome::{histogram, percentile};
use super::super::pgbench::{figure, finish};
use super::super::postgres::{Cluster, Database};
use super::super::turn::{Costs, Turn};
use super::super::{BenchError, hold, process, share};
use crate::import::{Catalogue, Fixture};

const SCHEMA: &str = include_str!("../../../tests/load/search_schema.sql");
const INDEX: &str = include_str!("../../../tests/load/search_index.sql");
const SCRIPT: &str = include_str!("../../../tests/load/search.pgbench");

/// The catalogue in a database.
pub(super) struct FullText(Database);

impl FullText {
    pub(super) async fn load(cluster: &Cluster, catalogue: &Catalogue) -> Result<Self, BenchError> {
        let database = cluster.fresh_database("fulltext").await?;
        cluster.psql(&database, SCHEMA, &[])?;
        let rows: String = catalogue.fixtures().iter().map(row).collect();
        let mut connection = database.connect().await?;
        let mut sink = connection.copy_in_raw("copy catalogue (doc, starts) from stdin").await?;
        sink.send(rows.as_bytes()).await?;
        sink.finish().await?;
        cluster.psql(&database, INDEX, &[])?;
        Ok(Self(database))
    }

    pub(super) async fn turn(&self, cluster: &Cluster, seconds: u64) -> Result<Turn, BenchError> {
        let script = cluster.file("search.pgbench", SCRIPT)?;
        let log = cluster.socket.join("search-log");
        fs::create_dir_all(&log).map_err(BenchError::io("cannot make a folder for a log"))?;
        let (database, load) = (cluster.cpu(), process::ended_children_cpu());
        let begun = Instant::now();
        let mut pgbench = cluster.programs.client("pgbench");
        pgbench.args(["-n", "-M", "prepared", "-U", "postgres", "-j2", "-l"]);
        pgbench.arg(format!("-c{}", hold::PEER_CLIENTS)).arg(format!("-T{seconds}"));
        pgbench.arg(format!("--log-prefix={}", log.join("turn").display()));
        pgbench.arg("-h").arg(&cluster.socket).arg("-f").arg(script).arg(&self.0.name);
        let said = finish(pgbench, "pgbench").await?;
        let wall = begun.elapsed().as_secs_f64();
        let costs = Costs {
            server: None,
            database: share(database, cluster.cpu(), wall),
            load: share(load, process::ended_children_cpu(), wall),
        };
        let rate: Option<f64> = figure(&said, "tps = ");
        let rate = rate.ok_or(BenchError::Program { program: "pgbench".into(), said })?;
        let mut turn = Turn::default();
        turn.add("answers/s", rate);
        latencies(&log, &mut turn)?;
        turn.costs(costs, wall, (rate * wall) as u64);
        fs::remove_dir_all(log).map_err(BenchError::io("cannot remove a log"))?;
        Ok(turn)
    }
}

/// A line of `COPY`.
fn row(fixture: &Fixture) -> String {
    let venue = &fixture.venue;
    let document = json!({
        "name": fixture.name, "category": fixture.category, "series": fixture.series,
        "season": fixture.season, "round": fixture.round, "performers": fixture.performers,
        "date": fixture.date, "timezone": fixture.timezone,
        "venue": {"name": venue.name, "city": venue.city, "country": venue.country}
    });
    format!("{}\t{}\n", document.to_string().replace('\\', "\\\\"), fixture.date)
}

/// Of every transaction, from pgbench's log: the third column, in microseconds.
fn latencies(folder: &Path, turn: &mut Turn) -> Result<(), BenchError> {
    let mut all = histogram()?;
    let failed = || BenchError::io("cannot read pgbench's log");
    for file in fs::read_dir(folder).map_err(failed())? {
        let log = fs::read_to_string(file.map_err(failed())?.path()).map_err(failed())?;
        let micros = log.lines().filter_map(|line| line.split(' ').nth(2)?.parse().ok());
        micros.for_each(|micros| all.saturating_record(micros));
    }
    turn.add("latency mean, ms", all.mean() / 1000.0);
    turn.add("latency p50, ms", percentile(&all, 0.5));
    turn.add("latency p99, ms", percentile(&all, 0.99));
    Ok(())
}
