//! `aisle bench write`: the figures of the write path that Aisle set itself, in one run, but for how it
//! grows (`all` measures that, too). How holds lapse takes longer and has a bench of its own.

use super::best;
use super::hold::{self, CLIENTS, Crowd, PEER_CLIENTS};
use super::report::Report;
use super::stage::Setup;
use super::{BenchError, Ground, append, area};
use crate::cli::{BenchRole, BenchRounds, StoreName};

/// How long a turn takes unless told otherwise.
pub(super) const SECONDS: u64 = 4;

/// How many connections postgres-es has: the best for it of those tried on two cores.
const PEER_CONNECTIONS: u32 = 32;

/// The parts.
pub(super) struct Plan {
    many: hold::Plan,
    one: hold::Plan,
    append: append::Plan,
    best: best::Plan,
    /// Of the side dishes, which are no goals: fewer seconds.
    area: best::Plan,
}

impl Plan {
    pub(super) fn new(rounds: &BenchRounds) -> Self {
        let (seconds, rounds) = (rounds.seconds.unwrap_or(SECONDS), rounds.rounds);
        let short = seconds.div_ceil(2);
        let ours = vec![
            Setup::COMMAND,
            Setup { role: BenchRole::Serve, store: StoreName::Postgres },
            Setup { role: BenchRole::Command, store: StoreName::Sqlite },
        ];
        let clients = (CLIENTS, PEER_CLIENTS);
        let many = hold::Plan { ours, crowd: Crowd::Comes, clients, rounds, seconds };
        let one = hold::Plan {
            ours: vec![Setup::COMMAND],
            crowd: Crowd::StaysAway,
            clients: (1, 1),
            rounds,
            seconds: short,
        };
        let append = append::Plan {
            tasks: vec![append::MANY],
            peer_connections: PEER_CONNECTIONS,
            rounds,
            seconds: short,
        };
        let best = best::Plan::usual(rounds, short);
        Self { many, one, append, best, area: best }
    }

    pub(super) fn announce(&self, ground: &Ground) {
        self.many.announce(ground);
        self.one.announce(ground);
        self.append.announce(ground);
        self.best.announce(ground);
        area::announce(&self.area, ground);
    }

    pub(super) async fn run(&self, ground: &Ground, report: &mut Report) -> Result<(), BenchError> {
        self.many.run(ground, report).await?;
        self.one.run(ground, report).await?;
        self.append.run(ground, report).await?;
        self.best.run(ground, report).await?;
        area::run(&self.area, ground, report).await
    }
}
