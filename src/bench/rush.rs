//! `aisle bench hold --contended`: everybody wants the same event at once, until it is sold out.

use super::hold::{AISLE, Stage, progress, store};
use super::load::{Until, Wish};
use super::report::Report;
use super::{BenchError, Ground, house};
use crate::cli::BenchHold;

/// How many buyers are at it at any time; who is served makes room for the next one.
const BUYERS: u32 = 1_000;

pub(super) async fn run(command: &BenchHold) -> Result<Report, BenchError> {
    let ground = Ground::prepare(&command.rounds).await?;
    let title = format!(
        "Selling out one event of {} seats to {BUYERS} buyers at a time, the best two that are \
         left, {} rounds, journal on {}",
        house::SEATS,
        command.rounds.rounds,
        store(command.store)
    );
    let mut report = Report::new(title, ground.setting());
    for round in 0..command.rounds.rounds {
        let stage = Stage::set(&ground, command.store, 1).await?;
        let load = stage.load(BUYERS, Wish::Best, Until::Refused, u64::from(round));
        let (outcome, mut turn) = stage.measure(&ground, load).await?;
        progress(round, AISLE, &turn);
        turn.add("seconds until sold out", outcome.seconds);
        turn.add("seats sold", 2.0 * outcome.held as f64);
        report.turn(AISLE, turn);
        report.checked(stage.strike(&[outcome]).await?);
    }
    Ok(report)
}
