//! `aisle bench read`: the read side against what one would use instead: nginx for seat maps,
//! PostgreSQL's full text for search, `COPY` and cqrs-es for replay; and how soon a change is seen.

mod asked;
mod direct;
mod fulltext;
mod gets;
mod live;
mod maps;
mod memory;
mod nginx;
mod replay;
mod search;
mod site;
mod watchers;

use super::report::Report;
use super::{BenchError, Ground};
use crate::cli::{BenchRead, ReadPart};

/// All parts, in their order.
const PARTS: [ReadPart; 5] =
    [ReadPart::Maps, ReadPart::Search, ReadPart::Replay, ReadPart::Live, ReadPart::Memory];

/// The parts that are to be run, and how.
pub(super) struct Plan {
    parts: Vec<ReadPart>,
    maps: maps::Plan,
    search: search::Plan,
    replay: replay::Plan,
    live: live::Plan,
}

impl Plan {
    pub(super) fn new(command: &BenchRead, report: &mut Report) -> Result<Self, BenchError> {
        let (rounds, seconds) =
            (command.rounds.rounds, command.rounds.seconds.unwrap_or(super::write::SECONDS));
        let parts = if command.parts.is_empty() { PARTS.to_vec() } else { command.parts.clone() };
        let short = seconds.div_ceil(2);
        let nginx = nginx::Program::find(command.nginx.as_deref());
        if parts.contains(&ReadPart::Maps) {
            let found = nginx.as_ref().map_or_else(|| Ok("not found".into()), |it| it.version())?;
            report.set("nginx", found);
        }
        let live = live::Plan::new(command, rounds, seconds)?;
        Ok(Self {
            parts,
            maps: maps::Plan { nginx, rounds, seconds: short },
            search: search::Plan { rounds, seconds: short },
            replay: replay::Plan { rounds, facts: command.facts },
            live,
        })
    }

    pub(super) fn announce(&self, ground: &Ground) {
        for part in &self.parts {
            match part {
                ReadPart::Maps => self.maps.announce(ground),
                ReadPart::Search => self.search.announce(ground),
                ReadPart::Replay => self.replay.announce(ground),
                ReadPart::Live => self.live.announce(ground),
                ReadPart::Memory => memory::announce(ground),
            }
        }
    }

    pub(super) async fn run(&self, ground: &Ground, report: &mut Report) -> Result<(), BenchError> {
        for part in &self.parts {
            match part {
                ReadPart::Maps => self.maps.run(ground, report).await?,
                ReadPart::Search => self.search.run(ground, report).await?,
                ReadPart::Replay => self.replay.run(ground, report).await?,
                ReadPart::Live => self.live.run(ground, report).await?,
                ReadPart::Memory => memory::run(ground, report).await?,
            }
        }
        Ok(())
    }
}
