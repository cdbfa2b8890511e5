//! `aisle bench append`: one fact at a time, through Aisle's group commit and through `execute` of
//! postgres-es, the same aggregate on either side, each on seats that nobody held before.
//!
//! Aisle's side decides in memory, as the box office does; postgres-es loads the stream first,
//! because that is how it works.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aisle_domain::decider::{Decider, Decision};
use aisle_domain::id::{BookingId, EventId};
use aisle_domain::seat::{Seat, SeatCommand, SeatContext};
use aisle_domain::stream::StreamId;
use aisle_infra::clock::{Clock, Ids, RandomIds, after};
use aisle_infra::journal::commit::{Committer, CommitterConfig};
use aisle_infra::journal::postgres::{PostgresJournal, PostgresOptions};
use aisle_infra::journal::{NewFact, UnitOfWork};
use jiff::SignedDuration;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Executor, PgPool};
use tokio::task::JoinSet;

use super::check::{self, Expected};
use super::goal::Bound;
use super::report::Report;
use super::table::Table;
use super::turn::{Costs, Turn};
use super::{BenchError, Ground, SETTLING, clock, per_second, process, share};
use crate::cli::BenchAppend;

/// The numbers of tasks that are tried unless told otherwise.
const CLIENTS: [u32; 2] = [64, MANY];

/// How many there are where it is a goal.
pub(super) const MANY: u32 = 1_024;

/// The table of postgres-es, as its documentation has it.
const PEER_TABLE: &str = "create table events (
    aggregate_type text not null, aggregate_id text not null,
    sequence bigint check (sequence >= 0) not null,
    event_type text not null, event_version text not null,
    payload json not null, metadata json not null,
    primary key (aggregate_type, aggregate_id, sequence))";

/// How it is run.
pub(super) struct Plan {
    /// How many tasks append at once.
    pub(super) tasks: Vec<u32>,
    /// The pool of postgres-es.
    pub(super) peer_connections: u32,
    pub(super) rounds: u32,
    pub(super) seconds: u64,
}

impl From<&BenchAppend> for Plan {
    fn from(command: &BenchAppend) -> Self {
        let tasks =
            if command.clients.is_empty() { CLIENTS.to_vec() } else { command.clients.clone() };
        Self {
            tasks,
            peer_connections: command.peer_connections,
            rounds: command.rounds.rounds,
            seconds: command.rounds.seconds.unwrap_or(10),
        }
    }
}

impl Plan {
    pub(super) fn announce(&self, ground: &Ground) {
        let turns = self.rounds * self.tasks.len() as u32 * 2;
        ground.pace.plan(turns, self.turn_seconds());
    }

    /// Nothing has to be put on sale.
    fn turn_seconds(&self) -> f64 {
        self.seconds as f64 + SETTLING / 2.0
    }

    pub(super) async fn run(&self, ground: &Ground, report: &mut Report) -> Result<(), BenchError> {
        let (rounds, time) = (self.rounds, Duration::from_secs(self.seconds));
        let mut table = Table::new(format!(
            "Appending one fact at a time, {rounds} rounds of {} s: group commit over one \
             connection, postgres-es over {}",
            self.seconds, self.peer_connections
        ));
        for round in 0..rounds {
            for tasks in &self.tasks {
                let (ours, theirs) = names(*tasks);
                for first in 0..2 {
                    let (side, turn) = if (first + round) % 2 == 0 {
                        (&ours, aisle(ground, *tasks, time, report).await?)
                    } else {
                        (&theirs, peer(ground, *tasks, time, self.peer_connections).await?)
                    };
                    let rate = turn.figure("facts/s").unwrap_or_default();
                    let what = format!("round {}: {side}: {rate:.0} facts/s", round + 1);
                    ground.pace.done(self.turn_seconds(), &what);
                    table.turn(side, turn);
                }
            }
        }
        for tasks in &self.tasks {
            let (ours, theirs) = names(*tasks);
            let ratio = table.compare(&ours, &theirs, "facts/s");
            if *tasks == MANY {
                let what = format!("appends of one fact, {MANY} tasks / postgres-es");
                table.goal(what, Bound::AtLeast(8.0), ratio);
            }
        }
        report.add(table);
        Ok(())
    }
}

fn names(tasks: u32) -> (String, String) {
    (format!("aisle, {tasks} tasks"), format!("postgres-es, {tasks} tasks"))
}

async fn aisle(
    ground: &Ground,
    tasks: u32,
    time: Duration,
    report: &mut Report,
) -> Result<Turn, BenchError> {
    let database = ground.postgres.fresh_database("aisle").await?;
    let journal = PostgresJournal::connect(&database.url(), PostgresOptions::default()).await?;
    let journal = Arc::new(journal);
    let committer = Committer::start(journal.clone(), CommitterConfig::default());
    let appending = committer.clone();
    let one = move |seat: u64| {
        let (committer, unit) = (appending.clone(), unit(seat));
        async move { committer.append(unit).await.map(drop).map_err(broken) }
    };
    let (appended, mut turn) = measure(ground, tasks, time, one).await?;
    let metrics = committer.metrics();
    turn.add("facts a commit", metrics.units as f64 / metrics.batches.max(1) as f64);
    turn.add("ms a commit", metrics.commit_micros as f64 / 1e3 / metrics.batches.max(1) as f64);
    committer.shutdown().await;
    journal.close().await;
    let expected = Expected { seats: appended, ..Expected::default() };
    report.checked(check::journal(&database.url(), expected).await?);
    Ok(turn)
}

/// What the box office does with a command on a seat that it knows to be free.
fn unit(seat: u64) -> UnitOfWork {
    let stream = StreamId::seat(EventId(RandomIds.next()), &seat.to_string());
    let decided = Seat::default().decide(&hold(), &context());
    let facts = decided.map_or_else(|_| Vec::new(), Decision::into_facts);
    let facts = (1..)
        .zip(facts)
        .map(|(sequence, fact)| NewFact::of(stream.clone(), sequence, Arc::new(fact.into())));
    UnitOfWork {
        event_id: None,
        facts: facts.collect(),
        reads: Vec::new(),
        metadata: "{}".to_owned(),
        idempotency: None,
    }
}

async fn peer(
    ground: &Ground,
    tasks: u32,
    time: Duration,
    connections: u32,
) -> Result<Turn, BenchError> {
    let database = ground.postgres.fresh_database("peer").await?;
    let pool = PgPoolOptions::new().max_connections(connections).min_connections(connections);
    let pool = pool.connect_with(database.options.clone()).await?;
    pool.execute(PEER_TABLE).await?;
    let framework = postgres_es::postgres_cqrs::<Seat>(pool.clone(), Vec::new(), context());
    let framework = Arc::new(framework);
    let one = move |seat: u64| {
        let framework = framework.clone();
        async move {
            let id = StreamId::seat(EventId(RandomIds.next()), &seat.to_string()).id;
            framework.execute(&id, hold()).await.map_err(broken)
        }
    };
    let (appended, turn) = measure(ground, tasks, time, one).await?;
    found(&pool, appended).await?;
    pool.close().await;
    Ok(turn)
}

/// The peer, too, must have written what it answered.
async fn found(pool: &PgPool, appended: u64) -> Result<(), BenchError> {
    let found: i64 = sqlx::query_scalar("select count(*) from events").fetch_one(pool).await?;
    if u64::try_from(found) == Ok(appended) {
        return Ok(());
    }
    Err(BenchError::Unsound(format!("postgres-es: {found} facts, {appended} answers")))
}

/// Has tasks append one fact after another for a while; returns how many facts there are.
async fn measure<F>(
    ground: &Ground,
    tasks: u32,
    time: Duration,
    one: impl Fn(u64) -> F + Clone + Send + 'static,
) -> Result<(u64, Turn), BenchError>
where
    F: Future<Output = Result<(), BenchError>> + Send,
{
    ground.postgres.settle().await?;
    let (own, database) = (process::own_cpu(), ground.postgres.cpu());
    let (begun, next) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let mut running = JoinSet::new();
    for _ in 0..tasks {
        let (one, next) = (one.clone(), next.clone());
        running.spawn(async move {
            while begun.elapsed() < time {
                one(next.fetch_add(1, Ordering::Relaxed)).await?;
            }
            Ok::<_, BenchError>(())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    let (seconds, appended) = (begun.elapsed().as_secs_f64(), next.load(Ordering::Relaxed));
    let costs = Costs {
        server: share(own, process::own_cpu(), seconds),
        database: share(database, ground.postgres.cpu(), seconds),
        load: None,
    };
    let mut turn = Turn::default();
    turn.add("facts/s", per_second(appended, seconds));
    turn.costs(costs, seconds, appended);
    Ok((appended, turn))
}

fn hold() -> SeatCommand {
    let until = after(clock().now(), SignedDuration::from_mins(10));
    SeatCommand::Hold { booking: BookingId(RandomIds.next()), until }
}

fn context() -> SeatContext {
    SeatContext { now: clock().now() }
}

fn broken(error: impl std::error::Error) -> BenchError {
    BenchError::Program { program: "appending".into(), said: error.to_string() }
}
