//! Eight searches of the sample catalogue over HTTP, against PostgreSQL's full text over its own
//! protocol, and against tantivy called directly; over HTTP both as a site is asked, the same few
//! words again and again, and with no two requests alike, so that no answer is one that was kept.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aisle_projections::search::{Search, SearchProjection};
use tokio::task::JoinSet;

use super::super::goal::Bound;
use super::super::hold::{CLIENTS, PEER_CLIENTS};
use super::super::http::{Connection, get};
use super::super::outcome::{histogram, percentile, record};
use super::super::relevance::bring_in;
use super::super::report::Report;
use super::super::stage::Stage;
use super::super::table::Table;
use super::super::turn::{Costs, Turn};
use super::super::wish::Dice;
use super::super::{BenchError, Ground, SETTLING, per_second, process, say, share};
use super::asked::{self, Asked, HITS, SEARCHES, alike, begin, request, unalike};
use super::direct::Direct;
use super::fulltext::FullText;
use super::gets::Gets;
use crate::cli::{BenchRole, Stores};
use crate::import::Catalogue;
use crate::sample;

/// On how many threads the search is called without HTTP.
const THREADS: u64 = 2;

/// How long bringing the catalogue in takes; a guess, for the time left.
const IMPORT: f64 = 10.0 * SETTLING;

const AISLE: &str = "aisle serve";
const UNALIKE: &str = "aisle serve, no two alike";
const POSTGRES: &str = "PostgreSQL full text";
const CALLED: &str = "aisle's search, called";
const DIRECT: &str = "tantivy, called";

/// How it is run.
pub(super) struct Plan {
    pub(super) rounds: u32,
    pub(super) seconds: u64,
}

impl Plan {
    pub(super) fn announce(&self, ground: &Ground) {
        ground.pace.plan(1, IMPORT);
        ground.pace.plan(self.rounds * 5, self.seconds as f64);
    }

    pub(super) async fn run(&self, ground: &Ground, report: &mut Report) -> Result<(), BenchError> {
        let catalogue = sample::catalogue()?;
        let full_text = FullText::load(&ground.postgres, &catalogue).await?;
        let (stage, called, direct) = prepare(ground, &catalogue).await?;
        ground.pace.done(IMPORT, "the catalogue is brought in");
        let mut table = Table::new(format!(
            "Eight searches of {} events, the first {HITS} hits, {} rounds of {} s: {CLIENTS} \
             connections to Aisle, which counts facets too, {PEER_CLIENTS} clients of pgbench, \
             {THREADS} threads without HTTP",
            catalogue.fixtures().len(),
            self.rounds,
            self.seconds
        ));
        for round in 0..self.rounds {
            for at in 0..5 {
                let (name, turn) = match (at + round) % 5 {
                    0 => (AISLE, self.over_http(&stage, &alike()).await?),
                    1 => (POSTGRES, full_text.turn(&ground.postgres, self.seconds).await?),
                    2 => (UNALIKE, self.over_http(&stage, &unalike()).await?),
                    3 => (DIRECT, self.in_process(tantivys(&direct)?).await?),
                    _ => (CALLED, self.in_process(own(&called)).await?),
                };
                let rate = turn.figure("answers/s").unwrap_or_default();
                let what = format!("round {}: {name}: {rate:.0} searches/s", round + 1);
                ground.pace.done(self.seconds as f64, &what);
                table.turn(name, turn);
            }
        }
        for (peer, goal) in [(POSTGRES, 4.0), (DIRECT, 0.5)] {
            let ratio = table.compare(AISLE, peer, "answers/s");
            table.goal(format!("search: answers/s / {peer}"), Bound::AtLeast(goal), ratio);
            table.compare(UNALIKE, peer, "answers/s");
        }
        table.compare(CALLED, DIRECT, "answers/s");
        table.compare(AISLE, POSTGRES, "latency p99, ms");
        report.add(table);
        Ok(())
    }

    async fn over_http(&self, stage: &Stage, paths: &[String]) -> Result<Turn, BenchError> {
        let gets = Gets {
            address: stage.server.address,
            clients: CLIENTS,
            requests: paths.iter().map(|path| get(path, "")).collect(),
            status: 200,
            time: Duration::from_secs(self.seconds),
        };
        let (server, load) = (stage.server.cpu(), process::own_cpu());
        let got = gets.run().await?;
        let costs = Costs {
            server: share(server, stage.server.cpu(), got.seconds),
            database: None,
            load: share(load, process::own_cpu(), got.seconds),
        };
        let mut turn = Turn::default();
        got.figures(&mut turn);
        turn.costs(costs, got.seconds, got.answers);
        Ok(turn)
    }

    /// On some threads, each asking again as soon as it has its answer.
    async fn in_process(&self, ask: Ask) -> Result<Turn, BenchError> {
        let (own, begun) = (process::own_cpu(), Instant::now());
        let time = Duration::from_secs(self.seconds);
        let mut threads = JoinSet::new();
        for thread in 0..THREADS {
            let ask = ask.clone();
            threads.spawn_blocking(move || call(&*ask, time, thread));
        }
        let (mut all, mut count) = (histogram()?, 0);
        while let Some(one) = threads.join_next().await {
            let latencies = one??;
            count += latencies.len();
            // Both have the same bounds.
            let _ = all.add(&latencies);
        }
        let seconds = begun.elapsed().as_secs_f64();
        let cost = share(own, process::own_cpu(), seconds);
        let mut turn = Turn::default();
        turn.add("answers/s", per_second(count, seconds));
        turn.add("latency mean, ms", all.mean() / 1000.0);
        turn.add("latency p50, ms", percentile(&all, 0.5));
        turn.add("latency p99, ms", percentile(&all, 0.99));
        turn.costs(Costs { server: cost, ..Costs::default() }, seconds, count);
        Ok(turn)
    }
}

/// Asks one of the searches.
type Ask = Arc<dyn Fn(usize) -> Result<(), BenchError> + Send + Sync>;

fn own(search: &Search) -> Ask {
    let (search, requests) = (search.clone(), SEARCHES.each_ref().map(request));
    Arc::new(move |which| search.search(&requests[which]).map(drop).map_err(|error| failed(&error)))
}

fn tantivys(direct: &Direct) -> Result<Ask, BenchError> {
    let prepare = |Asked(words, meant, start, end): &Asked| {
        direct.prepare(words, *meant, begin(*start), asked::end(*end))
    };
    let queries = SEARCHES.iter().map(prepare).collect::<Result<Vec<_>, _>>();
    let (direct, queries) = (direct.clone(), queries.map_err(|error| failed(&error))?);
    Ok(Arc::new(move |which| {
        direct.search(&*queries[which], HITS).map(drop).map_err(|error| failed(&error))
    }))
}

fn call(
    ask: &dyn Fn(usize) -> Result<(), BenchError>,
    time: Duration,
    seed: u64,
) -> Result<hdrhistogram::Histogram<u64>, BenchError> {
    let (mut latencies, mut dice, begun) = (histogram()?, Dice::new(seed), Instant::now());
    while begun.elapsed() < time {
        let sent = Instant::now();
        ask(dice.below(SEARCHES.len()))?;
        record(&mut latencies, sent.elapsed());
    }
    Ok(latencies)
}

/// A server with the catalogue on sale, and its search index, opened without it, in two ways.
async fn prepare(
    ground: &Ground,
    catalogue: &Catalogue,
) -> Result<(Stage, Search, Direct), BenchError> {
    say(&format!("bringing in {} events", catalogue.fixtures().len()));
    let database = ground.postgres.fresh_database("aisle").await?;
    let data = ground.fresh_folder("aisle")?;
    let stores = Stores { data: data.clone(), database_url: Some(database.url()) };
    let journal = stores.open_journal().await?;
    bring_in(&journal, catalogue).await?;
    drop(journal);
    // A server that has caught up leaves an index behind, of which the search gets a copy.
    let first = Stage::on(BenchRole::Serve, data.clone(), Some(database.url())).await?;
    found(&first, catalogue).await?;
    drop(first);
    let copy = ground.fresh_folder("search")?;
    copy_folder(&stores.search_folder(), &copy)
        .map_err(BenchError::io("cannot copy the search index"))?;
    let projection = SearchProjection::open(&copy).map_err(|error| failed(&error))?;
    let direct = Direct::open(&copy.join(projection.build().to_string()));
    let (called, direct) = (projection.search(), direct.map_err(|error| failed(&error))?);
    let stage = Stage::on(BenchRole::Serve, data, Some(database.url())).await?;
    found(&stage, catalogue).await?;
    Ok((stage, called, direct))
}

/// Waits until everything is found.
async fn found(stage: &Stage, catalogue: &Catalogue) -> Result<(), BenchError> {
    let mut connection = Connection::open(stage.server.address).await?;
    loop {
        let answer = connection.send(&get("/v1/search?limit=1", "")).await?;
        let page: serde_json::Value = serde_json::from_slice(answer.body).unwrap_or_default();
        if page["total"].as_u64() == Some(catalogue.fixtures().len() as u64) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn failed(error: &dyn std::error::Error) -> BenchError {
    BenchError::Program { program: "the search".into(), said: error.to_string() }
}
