//! A server of Aisle with events on sale, on an empty journal of its own, and what a load on it
//! came to.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::check::{self, Expected};
use super::house::{self, Hall};
use super::load::{self, Load, Until};
use super::outcome::Outcome;
use super::server::{Server, Shared};
use super::turn::{Costs, Turn};
use super::wish::Wish;
use super::{BenchError, Ground, buyers::Buyers, process, share};
use crate::cli::{BenchRole, ProcessRole, StoreName};

/// How long a server is asked before the clock starts, so that no turn pays for the first look at
/// a plan.
const WARM_UP: Duration = Duration::from_millis(500);

/// How a server runs, and on what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setup {
    pub(super) role: BenchRole,
    pub(super) store: StoreName,
}

impl Setup {
    /// The write path alone, on PostgreSQL.
    pub(super) const COMMAND: Self = Self { role: BenchRole::Command, store: StoreName::Postgres };

    /// What its side is called in tables.
    pub(super) fn name(self) -> String {
        let store = match self.store {
            StoreName::Sqlite => " on SQLite",
            StoreName::Postgres => "",
        };
        format!("aisle {}{store}", ProcessRole::from(self.role).name())
    }
}

/// A server with events on sale.
pub(super) struct Stage {
    pub(super) server: Server,
    pub(super) buyers: Buyers,
    pub(super) events: Arc<[String]>,
    pub(super) labels: Arc<[String]>,
    /// Where its journal is.
    pub(super) journal: String,
}

impl Stage {
    /// Starts a server on an empty journal and puts events on sale.
    pub(super) async fn set(
        ground: &Ground,
        setup: Setup,
        hall: Hall,
        events: u32,
    ) -> Result<Self, BenchError> {
        let data = ground.fresh_folder("aisle")?;
        let database = match setup.store {
            StoreName::Postgres => Some(ground.postgres.fresh_database("aisle").await?.url()),
            StoreName::Sqlite => None,
        };
        let mut stage = Self::on(setup.role, data, database).await?;
        stage.put_on_sale(hall, events).await?;
        Ok(stage)
    }

    /// Starts a server on what is there already, without events on sale.
    pub(super) async fn on(
        role: BenchRole,
        data: PathBuf,
        database: Option<String>,
    ) -> Result<Self, BenchError> {
        let buyers = Buyers::sign(&data)?;
        let shared = Shared { database, nats: None };
        let server = Server::start(role.into(), &data, &shared).await?;
        let file = || format!("sqlite://{}", data.join("journal.sqlite").display());
        let journal = shared.database.unwrap_or_else(file);
        Ok(Self { server, buyers, events: [].into(), labels: [].into(), journal })
    }

    /// Puts fresh events on sale; from now on these are what is wished for.
    pub(super) async fn put_on_sale(&mut self, hall: Hall, events: u32) -> Result<(), BenchError> {
        let made = house::on_sale(self.server.address, &self.buyers.admin, hall, events).await?;
        self.events = made.into();
        self.labels = match hall {
            Hall::Seats(seats) => house::labels(seats).into(),
            Hall::Area => [].into(),
        };
        Ok(())
    }

    pub(super) fn load(&self, clients: u32, wish: Wish, until: Until, seed: u64) -> Load {
        Load {
            address: self.server.address,
            clients,
            tokens: self.buyers.tokens.clone(),
            events: self.events.clone(),
            labels: self.labels.clone(),
            wish,
            until,
            rate: None,
            seed,
            board: None,
        }
    }

    /// The same for a moment, before the clock starts.
    pub(super) async fn warm_up(&self, load: &Load) -> Result<Outcome, BenchError> {
        let seed = of_the_warm_up(load.seed);
        load::run(Load { until: Until::Passed(WARM_UP), seed, ..load.clone() }).await
    }

    /// Puts a load on the server and says what came of it and what it cost.
    pub(super) async fn measure(
        &self,
        ground: &Ground,
        load: Load,
    ) -> Result<(Outcome, Turn), BenchError> {
        ground.postgres.settle().await?;
        let (server, database) = (self.server.cpu(), ground.postgres.cpu());
        let own = process::own_cpu();
        let outcome = load::run(load).await?;
        let costs = Costs {
            server: share(server, self.server.cpu(), outcome.seconds),
            database: share(database, ground.postgres.cpu(), outcome.seconds),
            load: share(own, process::own_cpu(), outcome.seconds),
        };
        let mut turn = Turn::default();
        outcome.figures(&mut turn);
        turn.costs(costs, outcome.seconds, outcome.answers());
        Ok((outcome, turn))
    }

    /// Stops the server and checks that what it answered, and nothing else, is in the journal
    /// behind a position.
    pub(super) async fn strike(
        self,
        outcomes: &[Outcome],
        expected: Expected,
    ) -> Result<String, BenchError> {
        drop(self.server);
        let sum = |count: fn(&Outcome) -> u64| outcomes.iter().map(count).sum::<u64>();
        let expected = Expected {
            bookings: expected.bookings + sum(|outcome| outcome.held),
            seats: expected.seats + sum(|outcome| outcome.seats),
            unknown: sum(|outcome| outcome.faults),
            ..expected
        };
        check::journal(&self.journal, expected).await
    }
}

/// Another seed than any turn's own, so that none of its requests repeats one of the warm-up: it
/// would be given that one's answer.
fn of_the_warm_up(seed: u64) -> u64 {
    !seed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_turn_repeats_the_requests_of_a_warm_up() {
        // As they are made: of the round, and of what was in the journal before.
        let seeds = (0..40_000_u64).map(|behind| ((behind * 257) << 8) | (behind % 5));
        let seeds: std::collections::HashSet<u64> = seeds.collect();
        for seed in &seeds {
            assert!(!seeds.contains(&of_the_warm_up(*seed)), "{seed}");
        }
    }
}
