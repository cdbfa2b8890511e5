//! `aisle bench search`: how well the search finds what people mean, by queries over the sample
//! catalogue that were judged by hand, and how long they take in the process.
//!
//! It needs no PostgreSQL: the catalogue goes by way of a journal in a file into an index of its
//! own. How fast the search is over HTTP and beside others is the business of `read`.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use aisle_domain::id::Subject;
use aisle_infra::clock::Clock;
use aisle_infra::journal::{Entry, JournalStore};
use aisle_projections::projection::Projection;
use aisle_projections::search::relevance::{DEPTH, Judged, ndcg};
use aisle_projections::search::{
    FacetMode, Listing, MAX_LIMIT, Search, SearchProjection, SearchRequest,
};

use super::goal::Bound;
use super::outcome::{histogram, percentile, record};
use super::report::Report;
use super::table::Table;
use super::turn::Turn;
use super::{BenchError, build, clock, machine, say};
use crate::cli::{BenchRounds, Stores};
use crate::import::{Catalogue, Import};
use crate::sample;

/// How many of the worst queries are told.
const WORST: usize = 10;
/// How many facts are read at once.
const BATCH: usize = 20_000;
const SIDE: &str = "aisle's search";
const MEAN: &str = "nDCG@10, mean";

/// What came of a query.
struct Scored {
    score: f64,
    query: String,
    /// The grades of the hits, in their order.
    grades: Vec<u8>,
}

/// Brings the catalogue in and asks all judged queries.
pub(super) async fn run(how: &BenchRounds) -> Result<Report, BenchError> {
    let folder = folder(how)?;
    let catalogue = sample::catalogue()?;
    say(&format!("bringing in {} events", catalogue.fixtures().len()));
    let search = index(folder.path(), &catalogue).await?;
    let judged = Judged::all().map_err(|error| failed(&error))?;
    let everything = everything(&search)?;
    let setting = vec![("machine", machine::describe(folder.path())), ("Aisle", build())];
    let mut report = Report::new(setting);
    let mut table = Table::new(format!(
        "{} judged queries over {} events, the first {DEPTH} hits, called without HTTP",
        judged.len(),
        catalogue.fixtures().len()
    ));
    let mut scored = Vec::new();
    for _ in 0..how.rounds {
        let mut turn = Turn::default();
        scored = ask(&search, &judged, &everything, &mut turn)?;
        table.turn(SIDE, turn);
    }
    table.goal(MEAN, Bound::AtLeast(0.95), table.figures(SIDE, MEAN));
    report.add(table);
    report.list(format!("the {WORST} worst queries, with the grades of their hits"), worst(scored));
    Ok(report)
}

/// Brings a catalogue as it is into a journal: queries name days.
pub(super) async fn bring_in(
    journal: &Arc<dyn JournalStore>,
    catalogue: &Catalogue,
) -> Result<(), BenchError> {
    let organiser = Subject::try_new("organiser").map_err(|error| failed(&error))?;
    let import = Import { organiser, days_from_now: None, now: clock().now() };
    import.run(journal, catalogue, &mut sample::houses()?, |_| ()).await?;
    Ok(())
}

fn folder(how: &BenchRounds) -> Result<tempfile::TempDir, BenchError> {
    let parent = how.folder.clone().unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::Builder::new().prefix("aisle-bench-").tempdir_in(&parent);
    folder.map_err(BenchError::io(format!("cannot make a folder in {parent:?}")))
}

async fn index(folder: &Path, catalogue: &Catalogue) -> Result<Search, BenchError> {
    let stores = Stores { data: folder.to_owned(), database_url: None };
    let journal = stores.open_journal().await?;
    bring_in(&journal, catalogue).await?;
    let opened = SearchProjection::open(&stores.search_folder());
    let mut projection = opened.map_err(|error| failed(&error))?;
    let mut position = 0;
    loop {
        let facts = journal.read(position, BATCH).await?;
        let Some(last) = facts.last().map(|fact| fact.position) else { break };
        let entries = facts.into_iter().map(Entry::decode).collect::<Result<Vec<_>, _>>();
        let entries = entries.map_err(|error| failed(&error))?;
        projection.apply(&entries).await.map_err(|error| failed(&error))?;
        position = last;
    }
    projection.commit(position).await.map_err(|error| failed(&error))?;
    Ok(projection.search())
}

fn everything(search: &Search) -> Result<Vec<Arc<Listing>>, BenchError> {
    let mut request =
        SearchRequest { limit: MAX_LIMIT, facets: FacetMode::Skip, ..SearchRequest::default() };
    let mut listings = Vec::new();
    loop {
        let page = search.search(&request).map_err(|error| failed(&error))?;
        listings.extend(page.hits.into_iter().map(|hit| hit.listing));
        request.after = page.next;
        if request.after.is_none() {
            return Ok(listings);
        }
    }
}

fn ask(
    search: &Search,
    judged: &[Judged],
    everything: &[Arc<Listing>],
    turn: &mut Turn,
) -> Result<Vec<Scored>, BenchError> {
    let (mut scored, mut latencies) = (Vec::new(), histogram()?);
    for judged in judged {
        let term = Some(judged.query.clone());
        let request = SearchRequest { term, limit: DEPTH, ..SearchRequest::default() };
        let sent = Instant::now();
        let page = search.search(&request).map_err(|error| failed(&error))?;
        record(&mut latencies, sent.elapsed());
        let grades: Vec<_> = page.hits.iter().map(|hit| judged.grade(&hit.listing)).collect();
        let all: Vec<_> = everything.iter().map(|listing| judged.grade(listing)).collect();
        scored.push(Scored { score: ndcg(&grades, &all), query: judged.query.clone(), grades });
    }
    turn.add(MEAN, scored.iter().map(|one| one.score).sum::<f64>() / scored.len() as f64);
    let best = scored.iter().filter(|one| one.score > 0.999).count();
    turn.add("queries with the best order there is", best as f64);
    turn.add("latency mean, ms", latencies.mean() / 1000.0);
    turn.add("latency p50, ms", percentile(&latencies, 0.5));
    turn.add("latency p99, ms", percentile(&latencies, 0.99));
    Ok(scored)
}

fn worst(mut scored: Vec<Scored>) -> Vec<(String, String)> {
    scored.sort_by(|left, right| left.score.total_cmp(&right.score));
    let row = |Scored { score, query, grades }: Scored| {
        let grades: Vec<_> = grades.iter().map(u8::to_string).collect();
        (query, format!("{:.3}  {}", score.abs(), grades.join(" ")))
    };
    scored.into_iter().take(WORST).map(row).collect()
}

fn failed(error: &dyn std::error::Error) -> BenchError {
    BenchError::Program { program: "the search".into(), said: error.to_string() }
}
