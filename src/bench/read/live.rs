//! How soon a hold is seen by those who watch the seat map: from the answer to the buyer to the
//! message at the reader, with many readers and a steady rate of holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::super::board::Board;
use super::super::check::Expected;
use super::super::goal::Bound;
use super::super::hold::CLIENTS;
use super::super::house::{self, Hall};
use super::super::http::{Connection, get};
use super::super::load::Until;
use super::super::report::Report;
use super::super::stage::{Setup, Stage};
use super::super::table::Table;
use super::super::turn::Turn;
use super::super::wish::Wish;
use super::super::{BenchError, Ground, SETTLING};
use super::watchers::{self, Watched};
use crate::cli::{BenchRole, StoreName};

/// How many there are unless told otherwise.
const READERS: [u32; 2] = [1_000, 10_000];

/// Holds a second.
const RATE: f64 = 1_000.0;

/// The longest turn in seconds: then the house is sold out.
const LONGEST: u64 = 8;

/// How many positions a turn may have; a hold of two seats is three.
const POSITIONS: usize = 100_000;

/// How long the readers may take to be there.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long the last messages may take.
const AFTERWARDS: Duration = Duration::from_secs(1);

/// How it is run.
pub(super) struct Plan {
    pub(super) readers: Vec<u32>,
    pub(super) rounds: u32,
    pub(super) seconds: u64,
}

impl Plan {
    fn readers(&self) -> Vec<u32> {
        if self.readers.is_empty() { READERS.to_vec() } else { self.readers.clone() }
    }

    fn turn_seconds(&self) -> f64 {
        self.seconds as f64 + 2.0 * SETTLING
    }

    pub(super) fn announce(&self, ground: &Ground) {
        ground.pace.plan(self.rounds * self.readers().len() as u32, self.turn_seconds());
    }

    pub(super) async fn run(&self, ground: &Ground, report: &mut Report) -> Result<(), BenchError> {
        let seconds = self.seconds.min(LONGEST);
        let mut table = Table::new(format!(
            "From the answer to a hold to its arrival at readers of the live seat map of {} seats: \
             {RATE} holds/s of one event, {} rounds of {seconds} s",
            house::SEATS,
            self.rounds
        ));
        watchers::allow(self.readers().into_iter().max().unwrap_or_default())?;
        for round in 0..self.rounds {
            for readers in self.readers() {
                let time = Duration::from_secs(seconds);
                let turn = turn(ground, readers, time, u64::from(round), report).await?;
                let lag = turn.figure("lag p99, ms").unwrap_or_default();
                let name = name(readers);
                let what = format!("round {}: {name}: p99 {lag:.0} ms", round + 1);
                ground.pace.done(self.turn_seconds(), &what);
                table.turn(&name, turn);
            }
        }
        let lag = table.figures(&name(READERS[0]), "lag p99, ms");
        let what = format!("live seat map: p99 of the lag with {} readers, ms", READERS[0]);
        table.goal(what, Bound::AtMost(50.0), lag);
        let memory = table.figures(&name(READERS[1]), "MB of the server for all readers");
        let what = format!("live seat map: MB for {} readers", READERS[1]);
        table.goal(what, Bound::AtMost(500.0), memory);
        report.add(table);
        Ok(())
    }
}

fn name(readers: u32) -> String {
    format!("{readers} readers")
}

/// Waits until the read model has the event.
async fn shown(stage: &Stage) -> Result<(), BenchError> {
    let mut connection = Connection::open(stage.server.address).await?;
    let request = get(&format!("/v1/events/{}/seats", stage.events[0]), "");
    while connection.send(&request).await?.status != 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn turn(
    ground: &Ground,
    readers: u32,
    time: Duration,
    round: u64,
    report: &mut Report,
) -> Result<Turn, BenchError> {
    let setup = Setup { role: BenchRole::Serve, store: StoreName::Postgres };
    let stage = Stage::set(ground, setup, Hall::Seats(house::SEATS), 1).await?;
    shown(&stage).await?;
    let before = stage.server.resident();
    let board = Arc::new(Board::new(0, POSITIONS));
    let here = Arc::new(AtomicU32::new(0));
    let crowd = watchers::Crowd {
        address: stage.server.address,
        path: format!("/v1/events/{}/seats/live", stage.events[0]),
        readers,
        board: board.clone(),
        here: here.clone(),
    };
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let watching = tokio::task::spawn_blocking(move || crowd.watch(stopped));
    let begun = Instant::now();
    while here.load(Ordering::Relaxed) < readers && !watching.is_finished() {
        if begun.elapsed() > PATIENCE {
            let found = here.load(Ordering::Relaxed);
            let said = format!("only {found} of {readers} readers got the seat map");
            return Err(BenchError::Program { program: "the live seat map".into(), said });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let after = stage.server.resident();
    let mut load = stage.load(CLIENTS, Wish::BestTwo, Until::Passed(time), round);
    (load.rate, load.board) = (Some(RATE), Some(board));
    let measured = stage.measure(ground, load).await;
    tokio::time::sleep(AFTERWARDS).await;
    // Gone if the readers broke off; then they say why.
    let _ = stop.send(());
    let watched: Watched = watching.await??;
    let (outcome, costs) = measured?;
    let mut turn = Turn::default();
    watched.figures(&mut turn, time);
    if let (Some(before), Some(after)) = (before, after) {
        turn.add("MB of the server for all readers", (after - before) / 1e6);
        turn.add("kB of the server a reader", (after - before) / 1e3 / f64::from(readers));
    }
    for figure in ["holds/s", "latency p99, ms", "cores busy: server", "cores busy: load"] {
        costs.figure(figure).into_iter().for_each(|value| turn.add(figure, value));
    }
    report.checked(stage.strike(&[outcome], Expected::default()).await?);
    Ok(turn)
}
