//! `aisle bench ga`: places of one general-admission area, which everybody counts down together.

use std::time::Duration;

use super::best::{MOST, Plan};
use super::check::Expected;
use super::hold::PEER_CLIENTS;
use super::house::{self, Hall};
use super::load::Until;
use super::pgbench::{AREA, Length, Sizes};
use super::report::Report;
use super::stage::{Setup, Stage};
use super::table::Table;
use super::turn::Turn;
use super::wish::Wish;
use super::{BenchError, FAIR_PLAY, Ground, SETTLING};

pub(super) fn announce(plan: &Plan, ground: &Ground) {
    ground.pace.plan(plan.rounds * 2, plan.seconds as f64 + SETTLING);
}

pub(super) async fn run(
    plan: &Plan,
    ground: &Ground,
    report: &mut Report,
) -> Result<(), BenchError> {
    let mut table = Table::new(format!(
        "1 to {MOST} places of one area of {} places, {} rounds of {} s: {} connections to Aisle, \
         {PEER_CLIENTS} clients of pgbench",
        house::PLACES,
        plan.rounds,
        plan.seconds,
        plan.clients
    ));
    let ours = Setup::COMMAND.name();
    for round in 0..plan.rounds {
        for at in 0..2 {
            let (name, turn) = if (at + round) % 2 == 0 {
                (ours.as_str(), aisle(plan, ground, u64::from(round), report).await?)
            } else {
                (AREA.name, peer(plan, ground).await?)
            };
            let rate = turn.figure("holds/s").unwrap_or_default();
            let what = format!("round {}: {name}: {rate:.0} holds/s", round + 1);
            ground.pace.done(plan.seconds as f64 + SETTLING, &what);
            table.turn(name, turn);
        }
    }
    table.compare(&ours, AREA.name, "holds/s");
    report.note(FAIR_PLAY);
    report.add(table);
    Ok(())
}

async fn aisle(
    plan: &Plan,
    ground: &Ground,
    round: u64,
    report: &mut Report,
) -> Result<Turn, BenchError> {
    let stage = Stage::set(ground, Setup::COMMAND, Hall::Area, 1).await?;
    let until = Until::Passed(Duration::from_secs(plan.seconds));
    let load = stage.load(plan.clients, Wish::Places(MOST), until, round);
    let (outcome, turn) = stage.measure(ground, load).await?;
    report.checked(stage.strike(&[outcome], Expected::default()).await?);
    Ok(turn)
}

async fn peer(plan: &Plan, ground: &Ground) -> Result<Turn, BenchError> {
    let length = Length::Seconds(plan.seconds);
    let sizes = Sizes { clients: PEER_CLIENTS, length, seats: 2, events: 1 };
    AREA.turn(&ground.postgres, sizes).await
}
