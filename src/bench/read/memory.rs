//! How much memory an event of 60,000 seats takes in a server, in all forms and encodings in which
//! its seat map is asked for.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::super::goal::Bound;
use super::super::house::Hall;
use super::super::report::Report;
use super::super::stage::{Setup, Stage};
use super::super::table::Table;
use super::super::turn::Turn;
use super::super::{BenchError, Ground, SETTLING};
use crate::cli::{BenchRole, StoreName};

/// As many as a large stadium has.
const SEATS: u32 = 60_000;

/// How many events there are at first, so that what all of them share is there: the plan above all,
/// and the memory that the allocator keeps for what comes and goes.
const FIRST: u32 = 50;

/// How many are added: enough for what comes and goes not to matter.
const ADDED: u32 = 300;

/// How long it takes; a guess, for the time left.
const SECONDS: f64 = 5.0 * SETTLING;

const AISLE: &str = "aisle serve";

pub(super) fn announce(ground: &Ground) {
    ground.pace.plan(1, SECONDS);
}

pub(super) async fn run(ground: &Ground, report: &mut Report) -> Result<(), BenchError> {
    let setup = Setup { role: BenchRole::Serve, store: StoreName::Postgres };
    let mut stage = Stage::set(ground, setup, Hall::Seats(SEATS), FIRST).await?;
    read_all(&stage).await?;
    let before = stage.server.resident();
    stage.put_on_sale(Hall::Seats(SEATS), ADDED).await?;
    read_all(&stage).await?;
    let after = stage.server.resident();
    let mut table = Table::new(format!(
        "Memory of an event of {SEATS} seats that has a plan in common with others: {ADDED} events, \
         each read as JSON and binary, plain and by gzip, br and zstd"
    ));
    let mut turn = Turn::default();
    if let (Some(before), Some(after)) = (before, after) {
        turn.add("MB an event", (after - before) / 1e6 / f64::from(ADDED));
        turn.add("MB of the server before", before / 1e6);
    }
    table.turn(AISLE, turn);
    let memory = table.figures(AISLE, "MB an event");
    table.goal(format!("MB of memory of an event of {SEATS} seats"), Bound::AtMost(1.0), memory);
    ground.pace.done(SECONDS, "memory is measured");
    report.add(table);
    Ok(())
}

/// Reads every event on sale in every form, until its seat map is there.
async fn read_all(stage: &Stage) -> Result<(), BenchError> {
    for event in stage.events.iter() {
        for form in ["application/json", "application/vnd.aisle.seats"] {
            for encoding in ["identity", "gzip", "br", "zstd"] {
                let request = format!(
                    "GET /v1/events/{event}/seats HTTP/1.0\r\nHost: aisle\r\nAccept: {form}\r\n\
                     Accept-Encoding: {encoding}\r\n\r\n"
                );
                while !read(stage.server.address, &request).await? {
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            }
        }
    }
    Ok(())
}

/// Whether the answer was 200. By a connection of its own, whose end is the answer's: it may be of
/// unknown length.
async fn read(address: SocketAddr, request: &str) -> Result<bool, BenchError> {
    let failed = || BenchError::io("cannot read a seat map");
    let mut stream = TcpStream::connect(address).await.map_err(failed())?;
    stream.write_all(request.as_bytes()).await.map_err(failed())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.map_err(failed())?;
    Ok(answer.get(9..12) == Some(b"200"))
}
