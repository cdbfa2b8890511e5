//! `aisle bench growth`: the same holds on journals of several sizes. What a hold costs must not
//! depend on how much was sold before.

use std::time::{Duration, Instant};

use super::check::{Depth, Expected};
use super::disk;
use super::fill::{Fate, Journal, Want, facts_of_a_house, fill};
use super::goal::Bound;
use super::hold::{CLIENTS, EVENTS};
use super::house::{self, Hall};
use super::load::Until;
use super::postgres::Database;
use super::report::Report;
use super::stage::Stage;
use super::table::Table;
use super::turn::Turn;
use super::wish::Wish;
use super::{BenchError, FAIR_PLAY, Ground, SETTLING, say};
use crate::cli::{BenchGrowth, BenchRole};

/// The sizes that are tried unless told otherwise.
const FACTS: [u64; 3] = [100_000, 1_000_000, 10_000_000];

/// Up to this size a turn takes place on a copy, since it would make the journal much larger; what
/// it adds to a larger one does not matter.
const COPIED: u64 = 2_000_000;

/// Bytes on disk of a fact, with its share of the indexes and the answers.
const BYTES: u64 = 800;

/// Bytes of PostgreSQL's log, and of what the turns add.
const BESIDES: u64 = 6_000_000_000;

/// Facts that are filled in a second, indexes included; a guess, for the time left.
const FILLED: f64 = 60_000.0;

/// Facts that a starting server reads in a second; a guess, for the time left.
const READ: f64 = 150_000.0;

/// A journal that is filled.
struct Filled {
    facts: u64,
    database: Database,
}

impl Filled {
    fn name(&self) -> String {
        name(self.facts)
    }

    fn is_copied(&self) -> bool {
        self.facts <= COPIED
    }

    async fn for_a_turn(&self, ground: &Ground) -> Result<Database, BenchError> {
        if self.is_copied() {
            ground.postgres.copy_of(&self.database.name, "growth_turn").await
        } else {
            Ok(ground.postgres.database(&self.database.name))
        }
    }
}

fn name(facts: u64) -> String {
    match facts {
        millions if millions.is_multiple_of(1_000_000) => format!("{} million", facts / 1_000_000),
        _ => format!("{} thousand", facts.div_ceil(1_000)),
    }
}

/// How it is to be run.
pub(super) struct Plan {
    /// The sizes of the journals, in facts.
    sizes: Vec<u64>,
    clients: u32,
    rounds: u32,
    seconds: u64,
}

impl From<&BenchGrowth> for Plan {
    fn from(command: &BenchGrowth) -> Self {
        let (rounds, seconds) = (command.rounds.rounds, command.rounds.seconds.unwrap_or(10));
        let sizes = if command.facts.is_empty() { FACTS.to_vec() } else { command.facts.clone() };
        Self { sizes, clients: command.clients, rounds, seconds }
    }
}

impl Plan {
    /// The usual sizes and connections.
    pub(super) fn usual(rounds: u32, seconds: u64) -> Self {
        Self { sizes: FACTS.to_vec(), clients: CLIENTS, rounds, seconds }
    }

    /// Refuses if there is no room for the journals.
    pub(super) fn announce(&self, ground: &Ground) -> Result<(), BenchError> {
        let room = self.sizes.iter().map(|facts| room(*facts)).sum::<u64>() + BESIDES;
        disk::need(ground.folder.path(), room)?;
        for facts in &self.sizes {
            ground.pace.plan(1, *facts as f64 / FILLED);
            ground.pace.plan(self.rounds, self.planned(*facts));
        }
        Ok(())
    }

    /// How many seconds a turn takes on a journal of so many facts.
    fn planned(&self, facts: u64) -> f64 {
        self.seconds as f64 + SETTLING + facts as f64 / READ
    }

    pub(super) async fn run(&self, ground: &Ground, report: &mut Report) -> Result<(), BenchError> {
        let mut journals = Vec::new();
        for &facts in &self.sizes {
            journals.push(filled(ground, facts).await?);
            ground.pace.done(facts as f64 / FILLED, &format!("filled a journal of {facts} facts"));
        }
        let mut table = Table::new(format!(
            "Holding two seats of {EVENTS} events × {} seats, {} connections, on journals of \
             several sizes, {} rounds of {} s",
            house::SEATS,
            self.clients,
            self.rounds,
            self.seconds
        ));
        for round in 0..self.rounds {
            for at in 0..journals.len() {
                let journal = &journals[(at + round as usize) % journals.len()];
                let turn = self.turn(ground, journal, round, report).await?;
                let rate = turn.figure("holds/s").unwrap_or_default();
                let what = format!("round {}: {}: {rate:.0} holds/s", round + 1, journal.name());
                ground.pace.done(self.planned(journal.facts), &what);
                table.turn(&journal.name(), turn);
            }
        }
        if let [first, .., last] = journals.as_slice() {
            let ratio = table.compare(&last.name(), &first.name(), "holds/s");
            let what = format!("holds/s at {} facts / at {}", last.name(), first.name());
            table.goal(what, Bound::AtLeast(0.9), ratio);
        }
        report.note(FAIR_PLAY);
        report.add(table);
        Ok(())
    }

    async fn turn(
        &self,
        ground: &Ground,
        journal: &Filled,
        round: u32,
        report: &mut Report,
    ) -> Result<Turn, BenchError> {
        let database = journal.for_a_turn(ground).await?;
        let behind = head(&database).await?;
        let data = ground.fresh_folder("aisle")?;
        let begun = Instant::now();
        let mut stage = Stage::on(BenchRole::Command, data, Some(database.url())).await?;
        let start = begun.elapsed().as_secs_f64();
        stage.put_on_sale(Hall::Seats(house::SEATS), EVENTS).await?;
        // Keys are remembered across turns: other ones for each.
        let seed = behind << 8 | u64::from(round);
        let until = Until::Passed(Duration::from_secs(self.seconds));
        let load = stage.load(self.clients, Wish::Pair, until, seed);
        let before = stage.warm_up(&load).await?;
        let (outcome, mut turn) = stage.measure(ground, load).await?;
        turn.add("facts before", behind as f64);
        turn.add("start of the server, s", start);
        let last = round + 1 == self.rounds;
        let depth = if journal.is_copied() || last { Depth::Whole } else { Depth::Added };
        let expected = Expected { behind, depth, ..Expected::default() };
        report.checked(stage.strike(&[before, outcome], expected).await?);
        Ok(turn)
    }
}

fn room(facts: u64) -> u64 {
    facts * BYTES * if facts <= COPIED { 2 } else { 1 }
}

/// A journal of so many facts in a database of its own.
async fn filled(ground: &Ground, facts: u64) -> Result<Filled, BenchError> {
    let database = ground.postgres.fresh_database(&format!("growth_{facts}")).await?;
    let houses = facts.div_ceil(facts_of_a_house()) as u32;
    let events = made(ground, &database, houses).await?;
    let mut connection = database.connect().await?;
    let journal = Journal { events: &events, head: head(&database).await? };
    fill(&mut connection, journal, Want::Facts(facts), Fate::Over).await?;
    let size: String =
        sqlx::query_scalar("select pg_size_pretty(pg_database_size(current_database()))")
            .fetch_one(&mut connection)
            .await?;
    say(&format!("{} facts take {size}", name(facts)));
    Ok(Filled { facts, database })
}

/// Events on sale, made by a server that is gone again, in a database that was empty.
pub(super) async fn made(
    ground: &Ground,
    database: &Database,
    houses: u32,
) -> Result<Vec<String>, BenchError> {
    let data = ground.fresh_folder("aisle")?;
    let mut stage = Stage::on(BenchRole::Command, data, Some(database.url())).await?;
    stage.put_on_sale(Hall::Seats(house::SEATS), houses).await?;
    Ok(stage.events.to_vec())
}

/// The position of the last fact.
pub(super) async fn head(database: &Database) -> Result<u64, BenchError> {
    let mut connection = database.connect().await?;
    let head: i64 =
        sqlx::query_scalar("select position from journal_head").fetch_one(&mut connection).await?;
    Ok(head.unsigned_abs())
}
