//! Where live seat maps are watched: the process that takes the holds, too, or a query process apart
//! from it, which hears of them over the relay and NATS.

use super::super::house::{self, Hall};
use super::super::nats::{self, Nats};
use super::super::server::{Server, Shared};
use super::super::stage::{Setup, Stage};
use super::super::turn::Turn;
use super::super::{BenchError, Ground, share};
use crate::cli::{BenchRole, LiveRole, ProcessRole, StoreName};

/// A site with one event on sale.
pub(super) struct Site {
    /// The processes beside the one that takes the holds, if there are any. Ended before it.
    apart: Option<Apart>,
    pub(super) stage: Stage,
}

struct Apart {
    query: Server,
    relay: Server,
    project: Server,
    nats: Nats,
}

/// Processor seconds of the processes apart, so far.
pub(super) struct Spent {
    query: Option<f64>,
    /// Of those who carry what happened there, and of the one who keeps the tables.
    between: Option<f64>,
}

/// What a side is called in tables.
pub(super) fn name(role: LiveRole) -> &'static str {
    match role {
        LiveRole::Serve => "aisle serve",
        LiveRole::Query => "aisle query",
    }
}

impl Site {
    /// Starts it and puts the event on sale. `nats` is there if the role needs it.
    pub(super) async fn open(
        ground: &Ground,
        role: LiveRole,
        nats: Option<&nats::Program>,
    ) -> Result<Self, BenchError> {
        let takes_holds = match role {
            LiveRole::Serve => BenchRole::Serve,
            LiveRole::Query => BenchRole::Command,
        };
        let setup = Setup { role: takes_holds, store: StoreName::Postgres };
        let stage = Stage::set(ground, setup, Hall::Seats(house::SEATS), 1).await?;
        let apart = match (role, nats) {
            (LiveRole::Serve, _) => None,
            (LiveRole::Query, None) => return Err(BenchError::NoNats),
            (LiveRole::Query, Some(nats)) => Some(Apart::start(ground, &stage, nats).await?),
        };
        Ok(Self { apart, stage })
    }

    /// The process that is watched.
    pub(super) fn watched(&self) -> &Server {
        self.apart.as_ref().map_or(&self.stage.server, |apart| &apart.query)
    }

    pub(super) fn spent(&self) -> Option<Spent> {
        let apart = self.apart.as_ref()?;
        let between = [apart.relay.cpu(), apart.project.cpu(), apart.nats.cpu()];
        let between = between.into_iter().sum();
        Some(Spent { query: apart.query.cpu(), between })
    }

    /// Ends the processes apart, and leaves the one that took the holds.
    pub(super) fn close(self) -> Stage {
        drop(self.apart);
        self.stage
    }
}

impl Apart {
    async fn start(
        ground: &Ground,
        stage: &Stage,
        nats: &nats::Program,
    ) -> Result<Self, BenchError> {
        let nats = Nats::start(nats, &ground.fresh_folder("nats")?).await?;
        let shared = Shared { database: Some(stage.journal.clone()), nats: Some(nats.url()) };
        let start = async |role: ProcessRole| {
            let data = ground.fresh_folder(&format!("aisle-{}", role.name()))?;
            Server::start(role, &data, &shared).await
        };
        Ok(Self {
            relay: start(ProcessRole::Relay).await?,
            project: start(ProcessRole::Project).await?,
            query: start(ProcessRole::Query).await?,
            nats,
        })
    }
}

impl Spent {
    /// Adds what was spent since then to a turn that took some seconds.
    pub(super) fn figures(spent: (Option<Self>, Option<Self>), seconds: f64, turn: &mut Turn) {
        let (Some(before), Some(after)) = spent else { return };
        let query = share(before.query, after.query, seconds);
        let between = share(before.between, after.between, seconds);
        let named = [("cores busy: query", query), ("cores busy: relay, NATS, project", between)];
        for (name, cores) in named {
            cores.into_iter().for_each(|cores| turn.add(name, cores));
        }
    }
}
