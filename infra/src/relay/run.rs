//! The life of a relay: stand by, find out where the stream ends, publish, and begin again after
//! trouble.
//!
//! Every trouble gives the lock back. So a relay that is cut off from NATS makes room for one that
//! is not.

use std::sync::Arc;
use std::time::Duration;

use aisle_domain::stream::Position;
use tokio::sync::watch;
use tokio::time::sleep;

use super::leadership::Contender;
use super::publish::Publisher;
use super::report::Report;
use super::stream::{self, End};
use super::{RelayConfig, RelayStatus, Trouble};
use crate::journal::JournalStore;

/// The first pause after trouble; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest: it is what a server that is back is left waiting for. Long enough, too, for a relay
/// that stands by to take the lock.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(super) async fn run(
    config: RelayConfig,
    journal: Arc<dyn JournalStore>,
    nats: async_nats::Client,
    status: watch::Sender<RelayStatus>,
) {
    let mut report = Report::new(status);
    let mut pause = FIRST_PAUSE;
    loop {
        let before = report.total();
        let publisher = Publisher {
            cell: config.cell.clone(),
            journal: Arc::clone(&journal),
            // Anew each time: what an earlier turn left waiting counts against its limit only.
            jetstream: stream::jetstream(nats.clone(), config.in_flight),
            in_flight: config.in_flight,
        };
        let trouble = turn(&config, &publisher, &mut report).await;
        report.trouble(&trouble);
        if report.total() > before {
            pause = FIRST_PAUSE;
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Waits for the lock and publishes until something goes wrong.
async fn turn(config: &RelayConfig, publisher: &Publisher, report: &mut Report) -> Trouble {
    let mut contender = match Contender::connect(&config.database, &config.cell).await {
        Ok(contender) => contender,
        Err(error) => return error.into(),
    };
    let checkpoint = match contender.win(|checkpoint| report.standing_by(checkpoint)).await {
        Ok(checkpoint) => checkpoint,
        Err(error) => return error.into(),
    };
    let status = report.watch();
    tokio::select! {
        // First: without the lock nothing more is sent.
        biased;
        lost = contender.keep(status) => lost.into(),
        trouble = lead(config, publisher, checkpoint, report) => trouble,
    }
}

async fn lead(
    config: &RelayConfig,
    publisher: &Publisher,
    checkpoint: Position,
    report: &mut Report,
) -> Trouble {
    // What this relay knows from its last turn may not have been saved.
    let known = checkpoint.max(report.published_so_far());
    let (after, last_sequence) = match resume(config, publisher, known).await {
        Ok(begin) => begin,
        Err(trouble) => return trouble,
    };
    report.active(after);
    publisher.run(after, last_sequence, |position| report.published(position)).await
}

/// Where to go on: the position that the stream ends with, and its last sequence.
///
/// The stream has the last word. If it has more than the checkpoint says, a relay died before it
/// could save; if it has less, the server has lost what it acknowledged, and gets it again. Only of
/// an empty stream the checkpoint is believed.
async fn resume(
    config: &RelayConfig,
    publisher: &Publisher,
    checkpoint: Position,
) -> Result<(Position, u64), Trouble> {
    let stream = stream::open(&publisher.jetstream, &config.cell, &config.stream).await;
    let stream = stream.map_err(Trouble::nats)?;
    let End { sequence, position } =
        stream::end(&stream, &config.cell).await.map_err(Trouble::nats)?;
    let after = position.unwrap_or(checkpoint);
    let head = publisher.journal.head().await.map_err(Trouble::Journal)?;
    if after > head {
        return Err(Trouble::Ahead { stream: after, journal: head });
    }
    Ok((after, sequence))
}
