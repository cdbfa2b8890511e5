//! `aisle bench hold`: two seats at a time, over HTTP, against rows updated in place by pgbench;
//! with many clients, or with one.

use std::time::Duration;

use super::check::Expected;
use super::load::{Load, Outcome, Until, Wish};
use super::pgbench::{PEERS, Sizes, share};
use super::report::{Costs, Report, Turn};
use super::server::Server;
use super::{BenchError, Ground, buyers::Buyers, check, house, load, per_second, process, say};
use crate::cli::{BenchHold, StoreName};

/// How many events are on sale, as in the peers' schema.
const EVENTS: u32 = 20;

/// The name of Aisle's side.
pub(super) const AISLE: &str = "aisle over HTTP";

/// How many clients pgbench has.
const PEER_CLIENTS: u32 = 32;

pub(super) async fn run(command: &BenchHold) -> Result<Report, BenchError> {
    let ground = Ground::prepare(&command.rounds).await?;
    let (ours, theirs) = if command.one { (1, 1) } else { (command.clients, PEER_CLIENTS) };
    let sizes = Sizes { clients: theirs, seconds: command.rounds.seconds, seats: house::SEATS };
    let mut report = Report::new(title(command, ours, theirs), ground.setting());
    for round in 0..command.rounds.rounds {
        // Each has its turn first in some round: what one leaves behind is paid for by all.
        for turn in 0..3 {
            match (turn + round) % 3 {
                0 => aisle(&ground, command, ours, u64::from(round), &mut report).await?,
                peer => {
                    let peer = PEERS[peer as usize - 1];
                    let turn = peer.turn(&ground.postgres, sizes).await?;
                    progress(round, peer.name, &turn);
                    report.turn(peer.name, turn);
                }
            }
        }
    }
    for peer in PEERS {
        for figure in ["answers/s", "holds/s", "latency mean, ms"] {
            report.compare(AISLE, peer.name, figure);
        }
    }
    Ok(report)
}

fn title(command: &BenchHold, ours: u32, theirs: u32) -> String {
    let store = store(command.store);
    let (rounds, seconds) = (command.rounds.rounds, command.rounds.seconds);
    format!(
        "Holding two seats of {EVENTS} events × {} seats, {rounds} rounds of {seconds} s: \
         {ours} connections to Aisle (journal on {store}), {theirs} clients of pgbench",
        house::SEATS
    )
}

pub(super) fn store(store: StoreName) -> &'static str {
    match store {
        StoreName::Sqlite => "SQLite",
        StoreName::Postgres => "PostgreSQL",
    }
}

async fn aisle(
    ground: &Ground,
    command: &BenchHold,
    clients: u32,
    round: u64,
    report: &mut Report,
) -> Result<(), BenchError> {
    let stage = Stage::set(ground, command.store, EVENTS).await?;
    let until = Until::Passed(Duration::from_secs(command.rounds.seconds));
    // Each event is asked once before, so that no turn pays for the first look at a plan.
    let warm = stage.load(clients, Wish::Pair, Until::Passed(WARM_UP), round << 1);
    let before = load::run(warm).await?;
    let measured = stage.load(clients, Wish::Pair, until, round << 1 | 1);
    let (outcome, turn) = stage.measure(ground, measured).await?;
    progress(round as u32, AISLE, &turn);
    report.turn(AISLE, turn);
    report.checked(stage.strike(&[before, outcome]).await?);
    Ok(())
}

/// How long a server is asked before the clock starts.
const WARM_UP: Duration = Duration::from_millis(500);

/// A server with events on sale.
pub(super) struct Stage {
    server: Server,
    buyers: Buyers,
    events: Vec<String>,
    /// Where its journal is.
    journal: String,
}

impl Stage {
    pub(super) async fn set(
        ground: &Ground,
        store: StoreName,
        events: u32,
    ) -> Result<Self, BenchError> {
        let data = ground.fresh_folder("aisle")?;
        let buyers = Buyers::sign(&data)?;
        let url = match store {
            StoreName::Postgres => Some(ground.postgres.fresh_database("aisle").await?.url()),
            StoreName::Sqlite => None,
        };
        let server = Server::start(&data, url.as_deref()).await?;
        let events = house::on_sale(server.address, &buyers.admin, events).await?;
        let file = || format!("sqlite://{}", data.join("journal.sqlite").display());
        Ok(Self { server, buyers, events, journal: url.unwrap_or_else(file) })
    }

    pub(super) fn load(&self, clients: u32, wish: Wish, until: Until, seed: u64) -> Load {
        Load {
            address: self.server.address,
            clients,
            tokens: self.buyers.tokens.clone(),
            events: self.events.clone(),
            labels: house::labels(),
            wish,
            until,
            seed,
        }
    }

    /// Puts a load on the server and says what came of it and what it cost.
    pub(super) async fn measure(
        &self,
        ground: &Ground,
        load: Load,
    ) -> Result<(Outcome, Turn), BenchError> {
        ground.postgres.settle().await?;
        say(&format!("the server is process {}", self.server.id()));
        let (server, database) = (self.server.cpu(), ground.postgres.cpu());
        let own = process::own_cpu();
        let outcome = load::run(load).await?;
        let costs = Costs {
            server: share(server, self.server.cpu(), outcome.seconds),
            database: share(database, ground.postgres.cpu(), outcome.seconds),
            load: share(own, process::own_cpu(), outcome.seconds),
        };
        let mut turn = Turn::default();
        turn.add("answers/s", per_second(outcome.answers(), outcome.seconds));
        turn.add("holds/s", per_second(outcome.held, outcome.seconds));
        turn.add("faults (5xx)", outcome.faults as f64);
        outcome.latencies(&mut turn);
        turn.costs(costs, outcome.seconds, outcome.answers());
        Ok((outcome, turn))
    }

    /// Stops the server and checks what it wrote.
    pub(super) async fn strike(self, outcomes: &[Outcome]) -> Result<String, BenchError> {
        drop(self.server);
        let held = outcomes.iter().map(|outcome| outcome.held).sum();
        let unknown = outcomes.iter().map(|outcome| outcome.faults).sum();
        let expected = Expected { bookings: held, seats: 2 * held, unknown };
        check::journal(&self.journal, expected).await
    }
}

pub(super) fn progress(round: u32, side: &str, turn: &Turn) {
    let rate = turn.figure("answers/s").unwrap_or_default();
    let latency = turn.figure("latency mean, ms").unwrap_or_default();
    say(&format!("round {}: {side}: {rate:.0} answers/s, {latency:.2} ms", round + 1));
}
