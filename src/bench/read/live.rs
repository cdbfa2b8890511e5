//! How soon a hold is seen by those who watch the seat map: from the answer to the buyer to the
//! message at the reader, with many readers and a steady rate of holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use super::super::board::Board;
use super::super::check::Expected;
use super::super::goal::Bound;
use super::super::hold::CLIENTS;
use super::super::house;
use super::super::http::{Connection, get};
use super::super::load::Until;
use super::super::nats;
use super::super::report::Report;
use super::super::table::Table;
use super::super::turn::Turn;
use super::super::wish::Wish;
use super::super::{BenchError, Ground, SETTLING};
use super::site::{self, Site, Spent};
use super::watchers::{self, Watched};
use crate::cli::{BenchRead, LiveRole};

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
    sides: Vec<Side>,
    /// If a side needs it.
    nats: Option<nats::Program>,
    rounds: u32,
    seconds: u64,
}

/// Who has turns: so many readers at such a process.
#[derive(Debug, Clone, Copy)]
struct Side {
    role: LiveRole,
    readers: u32,
}

impl Side {
    fn name(self) -> String {
        match self.role {
            LiveRole::Serve => format!("{} readers", self.readers),
            role => format!("{} readers, {}", self.readers, site::name(role)),
        }
    }
}

impl Plan {
    pub(super) fn new(command: &BenchRead, rounds: u32, seconds: u64) -> Result<Self, BenchError> {
        let roles = &command.live_roles;
        let roles: &[LiveRole] = if roles.is_empty() { &[LiveRole::Serve] } else { roles };
        let readers = &command.readers;
        let readers: &[u32] = if readers.is_empty() { &READERS } else { readers };
        let of_role = |role: &LiveRole| {
            let role = *role;
            readers.iter().map(move |readers| Side { role, readers: *readers })
        };
        let nats = match roles.contains(&LiveRole::Query) {
            true => Some(nats::Program::find(command.nats_server.as_deref())?),
            false => None,
        };
        Ok(Self { sides: roles.iter().flat_map(of_role).collect(), nats, rounds, seconds })
    }

    fn turn_seconds(&self) -> f64 {
        self.seconds as f64 + 2.0 * SETTLING
    }

    pub(super) fn announce(&self, ground: &Ground) {
        ground.pace.plan(self.rounds * self.sides.len() as u32, self.turn_seconds());
    }

    pub(super) async fn run(&self, ground: &Ground, report: &mut Report) -> Result<(), BenchError> {
        let seconds = self.seconds.min(LONGEST);
        let mut table = Table::new(format!(
            "From the answer to a hold to its arrival at readers of the live seat map of {} seats: \
             {RATE} holds/s of one event, {} rounds of {seconds} s",
            house::SEATS,
            self.rounds
        ));
        watchers::allow(self.sides.iter().map(|side| side.readers).max().unwrap_or_default())?;
        for round in 0..self.rounds {
            for side in &self.sides {
                let time = Duration::from_secs(seconds);
                let turn = self.turn(ground, *side, time, u64::from(round), report).await?;
                let lag = turn.figure("lag p99, ms").unwrap_or_default();
                let name = side.name();
                let what = format!("round {}: {name}: p99 {lag:.0} ms", round + 1);
                ground.pace.done(self.turn_seconds(), &what);
                table.turn(&name, turn);
            }
        }
        for name in self.sides_of(READERS[0]) {
            let lag = table.figures(&name, "lag p99, ms");
            let what = format!("live seat map: p99 of the lag with {name}, ms");
            table.goal(what, Bound::AtMost(50.0), lag);
        }
        for name in self.sides_of(READERS[1]) {
            let memory = table.figures(&name, "MB of the server for all readers");
            let what = format!("live seat map: MB for {name}");
            table.goal(what, Bound::AtMost(500.0), memory);
        }
        report.add(table);
        Ok(())
    }

    /// The names of those with so many readers.
    fn sides_of(&self, readers: u32) -> impl Iterator<Item = String> {
        let such = self.sides.iter().filter(move |side| side.readers == readers);
        such.map(|side| side.name())
    }

    async fn turn(
        &self,
        ground: &Ground,
        Side { role, readers }: Side,
        time: Duration,
        round: u64,
        report: &mut Report,
    ) -> Result<Turn, BenchError> {
        let site = Site::open(ground, role, self.nats.as_ref()).await?;
        shown(&site).await?;
        let before = site.watched().resident();
        let board = Arc::new(Board::new(0, POSITIONS));
        let here = Arc::new(AtomicU32::new(0));
        let crowd = watchers::Crowd {
            address: site.watched().address,
            path: format!("/v1/events/{}/seats/live", site.stage.events[0]),
            readers,
            board: board.clone(),
            here: here.clone(),
        };
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let watching = tokio::task::spawn_blocking(move || crowd.watch(stopped));
        gathered(readers, &here, &watching).await?;
        let after = site.watched().resident();
        let mut load = site.stage.load(CLIENTS, Wish::BestTwo, Until::Passed(time), round);
        (load.rate, load.board) = (Some(RATE), Some(board));
        let spent = site.spent();
        let measured = site.stage.measure(ground, load).await;
        let spent = (spent, site.spent());
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
        Spent::figures(spent, outcome.seconds, &mut turn);
        report.checked(site.close().strike(&[outcome], Expected::default()).await?);
        Ok(turn)
    }
}

/// Waits until all readers have the map, or have broken off; then they will say why.
async fn gathered<T>(
    readers: u32,
    here: &AtomicU32,
    watching: &JoinHandle<T>,
) -> Result<(), BenchError> {
    let begun = Instant::now();
    while here.load(Ordering::Relaxed) < readers && !watching.is_finished() {
        if begun.elapsed() > PATIENCE {
            let found = here.load(Ordering::Relaxed);
            let said = format!("only {found} of {readers} readers got the seat map");
            return Err(BenchError::Program { program: "the live seat map".into(), said });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Waits until the process that is watched has the event.
async fn shown(site: &Site) -> Result<(), BenchError> {
    let request = get(&format!("/v1/events/{}/seats", site.stage.events[0]), "");
    let mut connection = Connection::open(site.watched().address).await?;
    let begun = Instant::now();
    while connection.send(&request).await?.status != 200 {
        if begun.elapsed() > PATIENCE {
            let said = "the process that is watched never heard of the event".into();
            return Err(BenchError::Program { program: "the live seat map".into(), said });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
