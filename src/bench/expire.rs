//! `aisle bench expire`: many holds lapse at once. How many a second are ended, on the record, and
//! what it costs those who buy meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aisle_infra::clock::{Clock, after};
use jiff::{SignedDuration, Timestamp};

use super::check::Expected;
use super::fill::{Fate, Journal, Want, fill};
use super::growth::{head, made};
use super::hold::{CLIENTS, EVENTS};
use super::house::{self, Hall};
use super::load::Until;
use super::postgres::Database;
use super::report::Report;
use super::stage::Stage;
use super::table::Table;
use super::turn::Turn;
use super::wish::Wish;
use super::{BenchError, Ground, SETTLING, clock, per_second};
use crate::cli::{BenchExpire, BenchRole};

const SCHEMA: [&str; 2] = [
    include_str!("../../tests/load/crud_schema.sql"),
    include_str!("../../tests/load/crud_lapsed.sql"),
];

const SWEEP: &str = include_str!("../../tests/load/crud_sweep.sql");

/// How long filling takes at the most, and starting the server: the deadline is that far away.
const LEAD: Duration = Duration::from_secs(20);

/// What is added to that for each hold.
const LEAD_EACH: Duration = Duration::from_micros(150);

/// How long all holds may take to be ended.
const PATIENCE: Duration = Duration::from_secs(300);

const BEFORE: &str = "aisle command, before";
const MEANWHILE: &str = "aisle command, while holds lapse";
const PEER: &str = "crud_sweep";

/// The figure that both sides have.
const ENDED: &str = "holds ended/s";

pub(super) async fn run(
    command: &BenchExpire,
    ground: &Ground,
    report: &mut Report,
) -> Result<(), BenchError> {
    let (rounds, holds) = (command.rounds.rounds, command.holds);
    let seconds = Duration::from_secs(command.rounds.seconds.unwrap_or(10));
    let lead = LEAD + LEAD_EACH * holds + seconds;
    let planned = lead.as_secs_f64() * 1.5;
    ground.pace.plan(rounds, planned);
    ground.pace.plan(rounds, 2.0 * SETTLING);
    let mut table = Table::new(format!(
        "{holds} holds of two seats lapse at once, {rounds} rounds: {CLIENTS} buyers hold seats of \
         {EVENTS} other events, for {} s before and until all are ended; the peer has no buyers",
        seconds.as_secs()
    ));
    for round in 0..rounds {
        let aisle = Aisle { holds, seconds, lead, round: u64::from(round) };
        let [before, meanwhile] = aisle.turn(ground, report).await?;
        let rate = meanwhile.figure(ENDED).unwrap_or_default();
        ground.pace.done(planned, &format!("round {}: aisle: {rate:.0} holds ended/s", round + 1));
        table.turn(BEFORE, before);
        table.turn(MEANWHILE, meanwhile);
        let turn = peer(ground, holds).await?;
        let rate = turn.figure(ENDED).unwrap_or_default();
        let what = format!("round {}: {PEER}: {rate:.0} holds ended/s", round + 1);
        ground.pace.done(2.0 * SETTLING, &what);
        table.turn(PEER, turn);
    }
    table.compare(MEANWHILE, PEER, ENDED);
    for figure in ["holds/s", "latency p99, ms"] {
        table.compare(MEANWHILE, BEFORE, figure);
    }
    report.add(table);
    Ok(())
}

/// Aisle's turn.
struct Aisle {
    holds: u32,
    seconds: Duration,
    lead: Duration,
    round: u64,
}

impl Aisle {
    async fn turn(&self, ground: &Ground, report: &mut Report) -> Result<[Turn; 2], BenchError> {
        let database = ground.postgres.fresh_database("aisle").await?;
        let events = made(ground, &database, self.holds.div_ceil(house::SEATS / 2)).await?;
        let lead = SignedDuration::try_from(self.lead).unwrap_or(SignedDuration::ZERO);
        let until = after(clock().now(), lead);
        let behind = self.fill(&database, &events, until).await?;

        let data = ground.fresh_folder("aisle")?;
        let mut stage = Stage::on(BenchRole::Command, data, Some(database.url())).await?;
        stage.put_on_sale(Hall::Seats(house::SEATS), EVENTS).await?;
        let load = stage.load(CLIENTS, Wish::Pair, Until::Passed(self.seconds), self.round << 1);
        let (first, before) = stage.measure(ground, load).await?;
        let deadline = aisle_domain::policy::enforced(until);
        if clock().now() > deadline {
            return Err(BenchError::Program {
                program: "filling the journal".into(),
                said: "it took too long, the holds have lapsed already; fewer --holds".into(),
            });
        }
        let left = deadline.duration_since(clock().now());
        tokio::time::sleep(Duration::try_from(left).unwrap_or_default()).await;

        let over = Arc::new(AtomicBool::new(false));
        let load = stage.load(CLIENTS, Wish::Pair, Until::Told(over.clone()), self.round << 1 | 1);
        let (measured, ended) =
            tokio::join!(stage.measure(ground, load), self.ended(&database, behind, &over));
        let ((second, mut meanwhile), ended) = (measured?, ended?);
        meanwhile.add(ENDED, ended);
        meanwhile.add("seconds until all ended", f64::from(self.holds) / ended);
        let (lapsed, freed) = (u64::from(self.holds), 2 * u64::from(self.holds));
        let expected = Expected { behind, lapsed, freed, ..Expected::default() };
        report.checked(stage.strike(&[first, second], expected).await?);
        Ok([before, meanwhile])
    }

    /// Fills in the holds; returns the position of the last fact.
    async fn fill(
        &self,
        database: &Database,
        events: &[String],
        until: Timestamp,
    ) -> Result<u64, BenchError> {
        let journal = Journal { events, head: head(database).await? };
        let mut connection = database.connect().await?;
        let want = Want::Holds(u64::from(self.holds));
        fill(&mut connection, journal, want, Fate::Until(until)).await
    }

    /// Waits until all holds are ended, then tells the load; returns how many were ended a second,
    /// by the times in the journal.
    async fn ended(
        &self,
        database: &Database,
        behind: u64,
        over: &AtomicBool,
    ) -> Result<f64, BenchError> {
        let ended = self.watch(database, behind).await;
        over.store(true, Ordering::Relaxed);
        ended
    }

    async fn watch(&self, database: &Database, behind: u64) -> Result<f64, BenchError> {
        let mut connection = database.connect().await?;
        let look = "select count(*) filter (where event_type = 'expired' and
                aggregate_type = 'booking'), coalesce(max(position), $1)
            from events where position > $1";
        let (begun, mut ended) = (Instant::now(), 0);
        let mut seen = i64::try_from(behind).unwrap_or(i64::MAX);
        while ended < i64::from(self.holds) {
            if begun.elapsed() > PATIENCE {
                let what = format!("{ended} of {} holds were ended in time", self.holds);
                return Err(BenchError::Unsound(what));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            let (more, last): (i64, i64) =
                sqlx::query_as(look).bind(seen).fetch_one(&mut connection).await?;
            (ended, seen) = (ended + more, last);
        }
        let took = "select extract(epoch from max(recorded_at) - min(recorded_at))::float8
            from events where event_type = 'expired' and aggregate_type = 'booking'";
        let seconds: f64 = sqlx::query_scalar(took).fetch_one(&mut connection).await?;
        Ok(per_second(u64::from(self.holds), seconds))
    }
}

/// The peer: one statement that ends what has lapsed.
async fn peer(ground: &Ground, holds: u32) -> Result<Turn, BenchError> {
    let database = ground.postgres.fresh_database("crud").await?;
    let variables = [("seats", house::SEATS), ("holds", holds)];
    ground.postgres.psql(&database, &SCHEMA.concat(), &variables)?;
    ground.postgres.settle().await?;
    let mut connection = database.connect().await?;
    let begun = Instant::now();
    let ended = sqlx::raw_sql(SWEEP).execute(&mut connection).await?.rows_affected();
    let seconds = begun.elapsed().as_secs_f64();
    if ended != u64::from(holds) {
        return Err(BenchError::Unsound(format!("{PEER} ended {ended} of {holds} holds")));
    }
    let mut turn = Turn::default();
    turn.add(ENDED, per_second(ended, seconds));
    Ok(turn)
}
