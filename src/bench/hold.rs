//! `aisle bench hold`: two seats at a time, over HTTP, against rows updated in place by pgbench;
//! with many clients, with one, or with all of them at one event.

use std::time::Duration;

use super::check::Expected;
use super::goal::Bound;
use super::house::{self, Hall};
use super::load::{Load, Until};
use super::pgbench::{Length, Peer, Sizes, TRANSACTION, TUNED};
use super::report::Report;
use super::stage::{Setup, Stage};
use super::table::Table;
use super::turn::Turn;
use super::wish::Wish;
use super::{BenchError, FAIR_PLAY, Ground, SETTLING};
use crate::cli::{BenchHold, BenchRole, StoreName};

/// How many events are on sale, as in the peers' schema.
pub(super) const EVENTS: u32 = 20;

/// How many clients pgbench has.
pub(super) const PEER_CLIENTS: u32 = 32;

/// How many keep-alive connections the load has.
pub(super) const CLIENTS: u32 = 64;

/// How many buyers want the same event; who is served makes room for the next one.
const CROWD: u32 = 1_000;

/// The name of the side on which they do.
const CONTENDED: &str = "aisle command, contended";

/// Who has turns, and how.
pub(super) struct Plan {
    pub(super) ours: Vec<Setup>,
    /// Whether a side of ours is sold out by a crowd.
    pub(super) crowd: Crowd,
    /// Connections of ours and clients of the peers.
    pub(super) clients: (u32, u32),
    pub(super) rounds: u32,
    pub(super) seconds: u64,
}

/// Whether there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crowd {
    Comes,
    StaysAway,
}

impl From<&BenchHold> for Plan {
    fn from(command: &BenchHold) -> Self {
        let roles =
            if command.role.is_empty() { vec![BenchRole::Command] } else { command.role.clone() };
        let setup = |role| Setup { role, store: command.store };
        Self {
            ours: roles.into_iter().map(setup).collect(),
            crowd: if command.contended { Crowd::Comes } else { Crowd::StaysAway },
            clients: if command.one { (1, 1) } else { (command.clients, PEER_CLIENTS) },
            rounds: command.rounds.rounds,
            seconds: command.rounds.seconds.unwrap_or(10),
        }
    }
}

/// A side that has turns.
#[derive(Debug, Clone, Copy)]
enum Side {
    Aisle(Setup),
    Crowd,
    Peer(Peer),
}

impl Plan {
    /// How long all this takes is announced.
    pub(super) fn announce(&self, ground: &Ground) {
        ground.pace.plan(self.rounds * self.sides().len() as u32, self.turn_seconds());
    }

    fn turn_seconds(&self) -> f64 {
        self.seconds as f64 + SETTLING
    }

    fn sides(&self) -> Vec<Side> {
        let mut sides: Vec<Side> = self.ours.iter().copied().map(Side::Aisle).collect();
        sides.extend([TUNED, TRANSACTION].map(Side::Peer));
        if self.crowd == Crowd::Comes {
            sides.push(Side::Crowd);
        }
        sides
    }

    /// Has all sides take their turns, and adds a table of them.
    pub(super) async fn run(&self, ground: &Ground, report: &mut Report) -> Result<(), BenchError> {
        let mut table = Table::new(self.title());
        let sides = self.sides();
        for round in 0..self.rounds {
            for at in 0..sides.len() {
                // Each has its turn first in some round: what one leaves behind is paid for by all.
                let side = sides[(at + round as usize) % sides.len()];
                let (name, turn) = self.turn(side, ground, u64::from(round), report).await?;
                let rate = turn.figure("holds/s").unwrap_or_default();
                let latency = turn.figure("latency mean, ms").unwrap_or_default();
                let what =
                    format!("round {}: {name}: {rate:.0} holds/s, {latency:.2} ms", round + 1);
                ground.pace.done(self.turn_seconds(), &what);
                table.turn(&name, turn);
            }
        }
        self.compare(&mut table);
        report.note(FAIR_PLAY);
        report.add(table);
        Ok(())
    }

    fn title(&self) -> String {
        let (rounds, seconds, (ours, theirs)) = (self.rounds, self.seconds, self.clients);
        let crowd = match self.crowd {
            Crowd::Comes => format!(
                "; contended: {CROWD} connections sell out one event, the best two that are left"
            ),
            Crowd::StaysAway => String::new(),
        };
        format!(
            "Holding two seats of {EVENTS} events × {} seats, {rounds} rounds of {seconds} s: \
             {ours} connections to Aisle, {theirs} clients of pgbench{crowd}",
            house::SEATS
        )
    }

    async fn turn(
        &self,
        side: Side,
        ground: &Ground,
        round: u64,
        report: &mut Report,
    ) -> Result<(String, Turn), BenchError> {
        Ok(match side {
            Side::Aisle(setup) => (setup.name(), self.aisle(ground, setup, round, report).await?),
            Side::Crowd => (CONTENDED.to_owned(), crowd(ground, round, report).await?),
            Side::Peer(peer) => {
                let sizes = Sizes {
                    clients: self.clients.1,
                    length: Length::Seconds(self.seconds),
                    seats: house::SEATS,
                    events: EVENTS,
                };
                (peer.name.to_owned(), peer.turn(&ground.postgres, sizes).await?)
            }
        })
    }

    async fn aisle(
        &self,
        ground: &Ground,
        setup: Setup,
        round: u64,
        report: &mut Report,
    ) -> Result<Turn, BenchError> {
        let stage = Stage::set(ground, setup, Hall::Seats(house::SEATS), EVENTS).await?;
        let until = Until::Passed(Duration::from_secs(self.seconds));
        let load = stage.load(self.clients.0, Wish::Pair, until, round);
        let before = stage.warm_up(&load).await?;
        let (outcome, turn) = stage.measure(ground, load).await?;
        report.checked(stage.strike(&[before, outcome], Expected::default()).await?);
        Ok(turn)
    }

    fn compare(&self, table: &mut Table) {
        let one = self.clients.0 == 1;
        for setup in &self.ours {
            let name = setup.name();
            for (peer, goal) in [(TUNED, 2.0), (TRANSACTION, 4.0)] {
                let holds = table.compare(&name, peer.name, "holds/s");
                table.compare(&name, peer.name, "answers/s");
                let latency = table.compare(&name, peer.name, "latency mean, ms");
                let on_goal = setup.role == BenchRole::Command
                    && (setup.store == StoreName::Postgres || peer.name == TUNED.name);
                if one && on_goal && peer.name == TUNED.name {
                    let what = format!("{name}, one client: latency / {}", peer.name);
                    table.goal(what, Bound::AtMost(1.5), latency);
                } else if !one && on_goal {
                    let what = format!("{name}: holds/s / {}", peer.name);
                    table.goal(what, Bound::AtLeast(goal), holds);
                }
            }
        }
        if self.crowd == Crowd::Comes && self.ours.contains(&Setup::COMMAND) {
            let ratio = table.compare(CONTENDED, &Setup::COMMAND.name(), "holds/s");
            table.goal("contended / uncontended, holds/s", Bound::AtLeast(0.8), ratio);
        }
        let p95 = table.figures(CONTENDED, "latency p95, ms");
        table.goal("contended: p95 until sold out, ms", Bound::AtMost(100.0), p95);
    }
}

/// One event is sold out by a crowd, on a server that has worked before, as on all sides: on
/// another event, by fewer, so that the crowd's event is as it was created.
async fn crowd(ground: &Ground, round: u64, report: &mut Report) -> Result<Turn, BenchError> {
    let stage = Stage::set(ground, Setup::COMMAND, Hall::Seats(house::SEATS), 2).await?;
    let of = |event: usize| stage.events[event..=event].into();
    let load = stage.load(CROWD, Wish::BestTwo, Until::SoldOut, round);
    let few = Load { clients: CLIENTS, wish: Wish::Pair, events: of(1), ..load.clone() };
    let before = stage.warm_up(&few).await?;
    let (outcome, mut turn) = stage.measure(ground, Load { events: of(0), ..load }).await?;
    turn.add("seconds until sold out", outcome.seconds);
    turn.add("seats sold", outcome.seats as f64);
    report.checked(stage.strike(&[before, outcome], Expected::default()).await?);
    Ok(turn)
}
