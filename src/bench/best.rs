//! `aisle bench best-available`: the best one to eight seats that are left, chosen inside the
//! decision, on many events and on one.

use std::time::Duration;

use super::check::Expected;
use super::hold::{CLIENTS, EVENTS, PEER_CLIENTS};
use super::house::{self, Hall};
use super::load::Until;
use super::pgbench::{BEST, Length, Sizes};
use super::report::Report;
use super::stage::{Setup, Stage};
use super::table::Table;
use super::turn::Turn;
use super::wish::Wish;
use super::{BenchError, FAIR_PLAY, Ground, SETTLING};

/// The most seats that somebody wants.
pub(super) const MOST: u32 = 8;

/// How many bookings each client of the peer makes where there is one event: some 70 % of the
/// house, since behind its end it would be asked for what is no work.
const EACH: u32 = 100;

/// How it is run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) clients: u32,
    pub(super) rounds: u32,
    pub(super) seconds: u64,
}

impl Plan {
    pub(super) fn usual(rounds: u32, seconds: u64) -> Self {
        Self { clients: CLIENTS, rounds, seconds }
    }

    pub(super) fn announce(&self, ground: &Ground) {
        ground.pace.plan(self.rounds * 4, self.turn_seconds());
    }

    fn turn_seconds(&self) -> f64 {
        self.seconds as f64 + SETTLING
    }

    pub(super) async fn run(&self, ground: &Ground, report: &mut Report) -> Result<(), BenchError> {
        let mut table = Table::new(format!(
            "The best 1 to {MOST} seats that are left, of {EVENTS} events and of one (until it is \
             sold out), {} rounds of {} s: {} connections to Aisle, {PEER_CLIENTS} clients of \
             pgbench, whose seats need not be side by side",
            self.rounds, self.seconds, self.clients
        ));
        for round in 0..self.rounds {
            for at in 0..4 {
                let (ours, events) = [(true, EVENTS), (false, EVENTS), (true, 1), (false, 1)]
                    [(at + round as usize) % 4];
                let (name, turn) = if ours {
                    let turn = self.aisle(ground, events, u64::from(round), report).await?;
                    (name(&Setup::COMMAND.name(), events), turn)
                } else {
                    (name(BEST.name, events), self.peer(ground, events).await?)
                };
                let rate = turn.figure("holds/s").unwrap_or_default();
                let what = format!("round {}: {name}: {rate:.0} holds/s", round + 1);
                ground.pace.done(self.turn_seconds(), &what);
                table.turn(&name, turn);
            }
        }
        for events in [EVENTS, 1] {
            let (ours, theirs) = (name(&Setup::COMMAND.name(), events), name(BEST.name, events));
            table.compare(&ours, &theirs, "holds/s");
        }
        report.note(FAIR_PLAY);
        report.add(table);
        Ok(())
    }

    async fn aisle(
        &self,
        ground: &Ground,
        events: u32,
        round: u64,
        report: &mut Report,
    ) -> Result<Turn, BenchError> {
        let stage = Stage::set(ground, Setup::COMMAND, Hall::Seats(house::SEATS), events).await?;
        let until = match events {
            1 => Until::SoldOut,
            _ => Until::Passed(Duration::from_secs(self.seconds)),
        };
        let load = stage.load(self.clients, Wish::BestUpTo(MOST), until, round);
        let (outcome, turn) = stage.measure(ground, load).await?;
        report.checked(stage.strike(&[outcome], Expected::default()).await?);
        Ok(turn)
    }

    async fn peer(&self, ground: &Ground, events: u32) -> Result<Turn, BenchError> {
        let length = match events {
            1 => Length::Each(EACH),
            _ => Length::Seconds(self.seconds),
        };
        let sizes = Sizes { clients: PEER_CLIENTS, length, seats: house::SEATS, events };
        BEST.turn(&ground.postgres, sizes).await
    }
}

fn name(side: &str, events: u32) -> String {
    match events {
        1 => format!("{side}, one event"),
        _ => format!("{side}, {events} events"),
    }
}
