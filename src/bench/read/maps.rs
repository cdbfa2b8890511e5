//! Seat maps of 20,000 seats, whole and conditional, against nginx serving the same bytes.

use std::net::SocketAddr;
use std::time::Duration;

use super::super::check::Expected;
use super::super::goal::Bound;
use super::super::hold::CLIENTS;
use super::super::house::{self, Hall};
use super::super::http::{Connection, get};
use super::super::load::Until;
use super::super::report::Report;
use super::super::stage::{Setup, Stage};
use super::super::table::Table;
use super::super::turn::{Costs, Turn};
use super::super::wish::Wish;
use super::super::{BenchError, Ground, SETTLING, process, share};
use super::gets::Gets;
use super::nginx::{Nginx, Program};
use crate::cli::{BenchRole, StoreName};

const AISLE: &str = "aisle serve";
const NGINX: &str = "nginx";

/// How it is run.
pub(super) struct Plan {
    pub(super) nginx: Option<Program>,
    pub(super) rounds: u32,
    pub(super) seconds: u64,
}

/// What is asked of a server.
struct Target {
    name: &'static str,
    address: SocketAddr,
    path: String,
    etag: String,
}

/// Whether the client knows the map already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Whole,
    Conditional,
}

impl Plan {
    pub(super) fn announce(&self, ground: &Ground) {
        let sides = if self.nginx.is_some() { 4 } else { 2 };
        ground.pace.plan(self.rounds * sides, self.seconds as f64);
        ground.pace.plan(1, 2.0 * SETTLING);
    }

    pub(super) async fn run(&self, ground: &Ground, report: &mut Report) -> Result<(), BenchError> {
        let setup = Setup { role: BenchRole::Serve, store: StoreName::Postgres };
        let stage = Stage::set(ground, setup, Hall::Seats(house::SEATS), 1).await?;
        let load = stage.load(8, Wish::Pair, Until::Passed(Duration::from_secs(1)), 1);
        let (outcome, _) = stage.measure(ground, load).await?;
        let (aisle, body) = aisle(&stage).await?;
        let folder = ground.fresh_folder("nginx")?;
        let mut targets = vec![aisle];
        let nginx = match &self.nginx {
            Some(program) => Some(Nginx::start(program, &folder, &body).await?),
            None => None,
        };
        if let Some(nginx) = &nginx {
            targets.push(static_file(nginx, &body).await?);
        }
        ground.pace.done(2.0 * SETTLING, "seat maps are laid out");
        let mut table = Table::new(format!(
            "Seat maps of {} seats ({} bytes of JSON), whole and conditional (304), {} rounds of \
             {} s, {CLIENTS} connections",
            house::SEATS,
            body.len(),
            self.rounds,
            self.seconds
        ));
        for round in 0..self.rounds {
            for asked in [Asked::Whole, Asked::Conditional] {
                for at in 0..targets.len() {
                    let target = &targets[(at + round as usize) % targets.len()];
                    let cpu = || match &nginx {
                        Some(nginx) if target.name == NGINX => nginx.cpu(),
                        _ => stage.server.cpu(),
                    };
                    let (name, turn) = self.turn(target, asked, cpu).await?;
                    let rate = turn.figure("answers/s").unwrap_or_default();
                    let what = format!("round {}: {name}: {rate:.0} answers/s", round + 1);
                    ground.pace.done(self.seconds as f64, &what);
                    table.turn(&name, turn);
                }
            }
        }
        for (asked, goal) in [(Asked::Whole, 0.8), (Asked::Conditional, 1.0)] {
            let (ours, theirs) = (asked.of(AISLE), asked.of(NGINX));
            let ratio = table.compare(&ours, &theirs, "answers/s");
            table.compare(&ours, &theirs, "µs an answer: server");
            let what = format!("seat map, {}: answers/s / nginx", asked.name());
            table.goal(what, Bound::AtLeast(goal), ratio);
        }
        report.checked(stage.strike(&[outcome], Expected::default()).await?);
        report.add(table);
        Ok(())
    }

    async fn turn(
        &self,
        target: &Target,
        asked: Asked,
        cpu: impl Fn() -> Option<f64>,
    ) -> Result<(String, Turn), BenchError> {
        let (headers, status) = match asked {
            Asked::Whole => (String::new(), 200),
            Asked::Conditional => (format!("If-None-Match: {}\r\n", target.etag), 304),
        };
        let gets = Gets {
            address: target.address,
            clients: CLIENTS,
            requests: [get(&target.path, &headers)].into(),
            status,
            time: Duration::from_secs(self.seconds),
        };
        let (server, load) = (cpu(), process::own_cpu());
        let got = gets.run().await?;
        let costs = Costs {
            server: share(server, cpu(), got.seconds),
            database: None,
            load: share(load, process::own_cpu(), got.seconds),
        };
        let mut turn = Turn::default();
        got.figures(&mut turn);
        turn.costs(costs, got.seconds, got.answers);
        Ok((asked.of(target.name), turn))
    }
}

impl Asked {
    fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Conditional => "conditional",
        }
    }

    fn of(self, side: &str) -> String {
        format!("{side}, {}", self.name())
    }
}

/// The seat map of Aisle, once it shows everything that was held, and its bytes.
async fn aisle(stage: &Stage) -> Result<(Target, Vec<u8>), BenchError> {
    let path = format!("/v1/events/{}/seats", stage.events[0]);
    let mut connection = Connection::open(stage.server.address).await?;
    // The read model is a moment behind: until nothing changes any more.
    let mut last = Vec::new();
    loop {
        let answer = connection.send(&get(&path, "")).await?;
        if answer.status == 200 && answer.body == last {
            let etag = answer.header("etag").unwrap_or_default();
            let address = stage.server.address;
            return Ok((Target { name: AISLE, address, path, etag }, last));
        }
        last = answer.body.to_vec();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// The same as a file of nginx's.
async fn static_file(nginx: &Nginx, body: &[u8]) -> Result<Target, BenchError> {
    let path = "/seats.json".to_owned();
    let mut connection = Connection::open(nginx.address).await?;
    let answer = connection.send(&get(&path, "")).await?;
    if answer.status != 200 || answer.body != body {
        return Err(answer.unwanted("the same bytes from nginx"));
    }
    let etag = answer.header("etag").unwrap_or_default();
    Ok(Target { name: NGINX, address: nginx.address, path, etag })
}
