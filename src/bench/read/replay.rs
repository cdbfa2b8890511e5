//! Replay of a long journal into all read models, against `COPY TO` of the same rows, which is the
//! limit, and against what cqrs-es has for it: `QueryReplay` into views of postgres-es.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Instant;

use aisle_domain::seat::{Seat, SeatFact};
use cqrs_es::persist::{GenericQuery, QueryReplay};
use cqrs_es::{EventEnvelope, View};
use postgres_es::{PostgresEventRepository, PostgresViewRepository};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgPoolOptions;

use super::super::fill::{Fate, Journal, Want, facts_of_a_house, fill};
use super::super::goal::Bound;
use super::super::growth::{head, made};
use super::super::pgbench::finish;
use super::super::postgres::Database;
use super::super::report::Report;
use super::super::table::Table;
use super::super::turn::{Costs, Turn};
use super::super::{BenchError, Ground, SETTLING, per_second, process, say, share};

/// How many rounds there are at the most: a turn takes long, and does not vary much.
const ROUNDS: u32 = 3;

/// A turn that takes longer than this many seconds is the last one of its side: it would be what
/// all the time of a run goes to.
const LONG: f64 = 100.0;

/// How many seat facts the peer replays: as many as take it some seconds.
const SAMPLE: u32 = 3_000;

/// Facts that are filled, and that are replayed, in a second; guesses, for the time left.
const FILLED: f64 = 60_000.0;
const REPLAYED: f64 = 50_000.0;

const AISLE: &str = "aisle rebuild all";
const COPY: &str = "COPY TO";
const PEER: &str = "cqrs-es QueryReplay";

/// The peer's tables: a copy of some of the journal, in its own form, and a view.
const PEER_TABLES: &str = "
    drop table if exists sample_events, seat_view;
    create table sample_events as
        select aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata
        from events where aggregate_type = 'seat' and position <= 10 * :sample
        order by position limit :sample;
    alter table sample_events add primary key (aggregate_type, aggregate_id, sequence);
    create table seat_view (view_id text primary key, version bigint not null, payload json not null);
    vacuum analyze sample_events;";

/// How it is run.
pub(super) struct Plan {
    pub(super) rounds: u32,
    pub(super) facts: u64,
}

impl Plan {
    fn rounds(&self) -> u32 {
        self.rounds.min(ROUNDS)
    }

    pub(super) fn announce(&self, ground: &Ground) {
        ground.pace.plan(1, self.facts as f64 / FILLED);
        ground.pace.plan(self.rounds(), self.facts as f64 / REPLAYED);
        ground.pace.plan(2 * self.rounds(), SETTLING);
    }

    pub(super) async fn run(&self, ground: &Ground, report: &mut Report) -> Result<(), BenchError> {
        say(&format!("filling a journal of {} facts", self.facts));
        let database = ground.postgres.fresh_database("replay").await?;
        let houses = self.facts.div_ceil(facts_of_a_house()) as u32;
        let events = made(ground, &database, houses).await?;
        let mut connection = database.connect().await?;
        let journal = Journal { events: &events, head: head(&database).await? };
        let want = Want::Facts(self.facts);
        let facts = fill(&mut connection, journal, want, Fate::Over).await?;
        ground.pace.done(self.facts as f64 / FILLED, "the journal is filled");
        let mut table = Table::new(format!(
            "Replay of {facts} facts into all read models, {} rounds (one if it takes longer than \
             {LONG} s); {PEER} replays {SAMPLE} seat \
             facts into one view",
            self.rounds()
        ));
        for round in 0..self.rounds() {
            if table.figures(AISLE, "seconds").iter().any(|seconds| *seconds > LONG) {
                say("a replay takes long: there are no more rounds of it");
                break;
            }
            for at in 0..3 {
                let (name, planned, turn) = match (at + round) % 3 {
                    0 => {
                        let turn = rebuild(ground, &database, facts).await?;
                        (AISLE, self.facts as f64 / REPLAYED, turn)
                    }
                    1 => (COPY, SETTLING, copy(ground, &database, facts).await?),
                    _ => (PEER, SETTLING, query_replay(ground, &database).await?),
                };
                let rate = turn.figure("facts/s").unwrap_or_default();
                let what = format!("round {}: {name}: {rate:.0} facts/s", round + 1);
                ground.pace.done(planned, &what);
                table.turn(name, turn);
            }
        }
        for (peer, goal) in [(COPY, 0.3), (PEER, 10.0)] {
            let ratio = table.compare(AISLE, peer, "facts/s");
            table.goal(format!("replay: facts/s / {peer}"), Bound::AtLeast(goal), ratio);
        }
        report.checked("every rebuilt read model is equal to the one before".into());
        report.add(table);
        Ok(())
    }
}

/// The figures of a turn in which a program, or this one, took some time over facts.
fn figures(facts: u64, seconds: f64, costs: Costs) -> Turn {
    let mut turn = Turn::default();
    turn.add("facts/s", per_second(facts, seconds));
    turn.add("seconds", seconds);
    turn.costs(costs, seconds, facts);
    turn
}

/// `aisle rebuild all`, which fails if a read model is not what it was.
async fn rebuild(ground: &Ground, database: &Database, facts: u64) -> Result<Turn, BenchError> {
    ground.postgres.settle().await?;
    let program = std::env::current_exe().map_err(BenchError::io("cannot find myself"))?;
    let mut rebuild = process::tied(&program, "KILL", &[]);
    rebuild.args(["rebuild", "all", "--data"]).arg(ground.folder.path().join("aisle"));
    rebuild.args(["--database-url", &database.url()]);
    let (server, load) = (process::ended_children_cpu(), ground.postgres.cpu());
    let begun = Instant::now();
    finish(rebuild, AISLE).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let costs = Costs {
        server: share(server, process::ended_children_cpu(), seconds),
        database: share(load, ground.postgres.cpu(), seconds),
        load: None,
    };
    Ok(figures(facts, seconds, costs))
}

async fn copy(ground: &Ground, database: &Database, facts: u64) -> Result<Turn, BenchError> {
    ground.postgres.settle().await?;
    let mut psql = ground.postgres.programs.client("psql");
    psql.args(["-X", "-q", "-U", "postgres", "-d", &database.name, "-c", "copy events to stdout"]);
    psql.arg("-h").arg(&ground.postgres.socket).stdout(Stdio::null());
    let (server, before) = (process::ended_children_cpu(), ground.postgres.cpu());
    let begun = Instant::now();
    let mut copying = tokio::process::Command::from(psql);
    let status = copying.kill_on_drop(true).status().await;
    let status = status.map_err(BenchError::io("cannot run psql"))?;
    if !status.success() {
        return Err(BenchError::Program { program: "psql".into(), said: status.to_string() });
    }
    let seconds = begun.elapsed().as_secs_f64();
    let costs = Costs {
        server: None,
        database: share(before, ground.postgres.cpu(), seconds),
        load: share(server, process::ended_children_cpu(), seconds),
    };
    Ok(figures(facts, seconds, costs))
}

/// What cqrs-es shows of a seat.
#[derive(Debug, Default, Serialize, Deserialize)]
struct SeatView {
    state: String,
    booking: Option<aisle_domain::id::BookingId>,
}

impl View<Seat> for SeatView {
    fn update(&mut self, event: &EventEnvelope<Seat>) {
        event.payload.name().clone_into(&mut self.state);
        self.booking = match &event.payload {
            SeatFact::Held { booking_id, .. }
            | SeatFact::Extended { booking_id, .. }
            | SeatFact::Booked { booking_id } => Some(*booking_id),
            SeatFact::Released { .. } => None,
        };
    }
}

async fn query_replay(ground: &Ground, database: &Database) -> Result<Turn, BenchError> {
    ground.postgres.psql(database, PEER_TABLES, &[("sample", SAMPLE)])?;
    ground.postgres.settle().await?;
    let pool = PgPoolOptions::new().connect_with(database.options.clone()).await?;
    let events = PostgresEventRepository::new(pool.clone()).with_tables("sample_events", "none");
    let views = PostgresViewRepository::<SeatView, Seat>::new("seat_view", pool.clone());
    let replay = QueryReplay::<_, _, Seat>::new(events, GenericQuery::new(Arc::new(views)));
    let (own, before) = (process::own_cpu(), ground.postgres.cpu());
    let begun = Instant::now();
    let failed = |said| BenchError::Program { program: PEER.into(), said };
    replay.replay_all().await.map_err(|error| failed(error.to_string()))?;
    let seconds = begun.elapsed().as_secs_f64();
    let costs = Costs {
        server: share(own, process::own_cpu(), seconds),
        database: share(before, ground.postgres.cpu(), seconds),
        load: None,
    };
    let found =
        "select (select count(*) from sample_events), (select sum(version) from seat_view)::bigint";
    let (facts, applied): (i64, Option<i64>) = sqlx::query_as(found).fetch_one(&pool).await?;
    pool.close().await;
    if applied != Some(facts) {
        return Err(failed(format!("{applied:?} of {facts} facts are in its view")));
    }
    Ok(figures(facts.unsigned_abs(), seconds, costs))
}
