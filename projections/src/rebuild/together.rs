//! Several builds from one reading of the journal: it is read and decoded ahead, and each build
//! folds in a task of its own. The slowest sets the pace, so memory holds some batches only.
//!
//! It compares and swaps nothing.

use std::collections::VecDeque;
use std::sync::Arc;

use aisle_domain::stream::Position;
use aisle_infra::bus::Batch;
use aisle_infra::journal::{JournalError, JournalStore, RecordedFact};
use futures::StreamExt as _;
use futures::stream::FuturesOrdered;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::growing::{Growing, progress};
use super::{RebuildError, RebuildProgress, gap_after};
use crate::projection::ProjectionError;
use crate::runner::BATCH;

/// How many reads of the journal are under way: the database works while what it sent is taken in.
const READING: usize = 3;

/// How many batches are being decoded.
const DECODING: usize = 3;

/// How many batches may wait to be folded by each build: with [`BATCH`] 32,000 facts, some 40 MB.
/// A build that commits takes none meanwhile, and the others should not have to wait for it.
const AHEAD: usize = 16;

/// What one row of the journal or many were decoded to; shared by all builds.
type Decoded = Arc<Vec<Batch>>;

/// A build that folds in a task of its own.
struct Worker {
    /// None once it ended.
    batches: Option<mpsc::Sender<Decoded>>,
    /// Up to where it is.
    at: watch::Receiver<Position>,
    done: JoinHandle<Result<Growing, RebuildError>>,
}

/// Feeds each build to its target. Those that failed to begin are handed back as they are.
pub(super) async fn grow_together(
    begun: Vec<Result<Growing, RebuildError>>,
    journal: &dyn JournalStore,
    report: &mut (impl FnMut(RebuildProgress) + Send),
) -> Vec<Result<Growing, RebuildError>> {
    let reached = |growing: &Result<Growing, _>| growing.as_ref().map_or(0, |it| it.target);
    let target = begun.iter().map(reached).max().unwrap_or(0);
    let applied = |growing: &Growing| growing.feed.applied();
    let start = begun.iter().flatten().map(applied).min().unwrap_or(0);
    let mut workers: Vec<_> = begun.into_iter().map(|begun| begun.map(Worker::start)).collect();
    let began = Instant::now();
    let tell = |at| report(progress((start, at), target, began));
    let read = read_for(&mut workers, (start, target), journal, tell).await;
    let mut grown = Vec::with_capacity(workers.len());
    for worker in workers {
        let ended = match worker {
            Ok(worker) => worker.end().await,
            Err(error) => Err(error),
        };
        // What it failed at itself says more than that there was no more to read.
        let all_read = read.clone().map_err(RebuildError::Journal);
        grown.push(ended.and_then(|growing| all_read.map(|()| growing)));
    }
    if grown.iter().any(Result::is_ok) {
        report(progress((start, target), target, began));
    }
    grown
}

/// Reads from a position to another for all, decoding what was read on other threads meanwhile.
async fn read_for(
    workers: &mut [Result<Worker, RebuildError>],
    (mut at, target): (Position, Position),
    journal: &dyn JournalStore,
    mut reached: impl FnMut(Position) + Send,
) -> Result<(), JournalError> {
    let (mut reading, mut decoding) = (FuturesOrdered::new(), VecDeque::new());
    while at < target || !reading.is_empty() {
        if at < target && reading.len() < READING {
            let end = target.min(at + BATCH as Position);
            reading.push_back(read_between(journal, at, end));
            at = end;
            continue;
        }
        let Some(rows) = reading.next().await else { break };
        let rows = rows?;
        decoding.push_back(tokio::task::spawn_blocking(|| Arc::new(Batch::decode(rows))));
        if decoding.len() > DECODING {
            hand_out(&mut decoding, workers).await?;
            reached(slowest(workers));
        }
    }
    while !decoding.is_empty() {
        hand_out(&mut decoding, workers).await?;
    }
    Ok(())
}

/// All that follows a position, up to and with another. Positions have no gaps, so where each
/// read begins is known before the one before it has ended.
async fn read_between(
    journal: &dyn JournalStore,
    after: Position,
    end: Position,
) -> Result<Vec<RecordedFact>, JournalError> {
    let many = usize::try_from(end - after).unwrap_or(usize::MAX);
    let rows = journal.read_to_fold(after, many).await?;
    let reached = rows.last().map_or(after, |row| row.position);
    if reached == end { Ok(rows) } else { Err(gap_after(reached)) }
}

/// Hands the oldest of what is decoded to all that still run.
async fn hand_out(
    decoding: &mut VecDeque<JoinHandle<Decoded>>,
    workers: &mut [Result<Worker, RebuildError>],
) -> Result<(), JournalError> {
    let Some(decoded) = decoding.pop_front() else { return Ok(()) };
    let batches = decoded.await.map_err(JournalError::unavailable)?;
    for worker in workers.iter_mut().flatten() {
        if let Some(sender) = &worker.batches
            && sender.send(Arc::clone(&batches)).await.is_err()
        {
            worker.batches = None;
        }
    }
    Ok(())
}

/// Up to where all are that still run.
fn slowest(workers: &[Result<Worker, RebuildError>]) -> Position {
    let running = workers.iter().flatten().filter(|worker| worker.batches.is_some());
    running.map(|worker| *worker.at.borrow()).min().unwrap_or(0)
}

impl Worker {
    fn start(mut growing: Growing) -> Self {
        let (batches, mut arriving) = mpsc::channel::<Decoded>(AHEAD);
        let (reached, at) = watch::channel(growing.feed.applied());
        let done = tokio::spawn(async move {
            let target = growing.target;
            while growing.feed.applied() < target {
                let Some(batches) = arriving.recv().await else { break };
                growing.take(&batches, target).await?;
                reached.send_replace(growing.feed.applied());
            }
            Ok(growing)
        });
        Self { batches: Some(batches), at, done }
    }

    /// Waits until it has folded what it was given.
    async fn end(self) -> Result<Growing, RebuildError> {
        drop(self.batches);
        self.done.await.map_err(|broken| RebuildError::from(ProjectionError::store(broken)))?
    }
}
