//! The task of the group committer: collects, appends, answers.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};

use super::metrics::Meters;
use super::outcome::Promise;
use super::{After, AppendError};
use crate::journal::{Appended, JournalError, JournalStore, Rejection, UnitOfWork};

/// What goes through the queue.
#[derive(Debug)]
pub(super) enum Message {
    Unit(Box<Queued>),
    Barrier(oneshot::Sender<()>),
    Stop,
}

/// A unit of work that waits to be appended.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) unit: UnitOfWork,
    pub(super) waiter: Waiter,
}

/// Who waits for its answer.
#[derive(Debug)]
pub(super) struct Waiter {
    pub(super) after: Vec<After>,
    pub(super) promise: Promise,
    pub(super) since: Instant,
}

pub(super) struct Task {
    pub(super) journal: Arc<dyn JournalStore>,
    pub(super) arriving: mpsc::Receiver<Message>,
    pub(super) max_batch: usize,
    pub(super) meters: Arc<Meters>,
}

impl Task {
    /// Runs until it is told to stop or all handles are gone, and the queue is empty.
    pub(super) async fn run(mut self) {
        let mut messages = Vec::with_capacity(self.max_batch);
        while self.arriving.recv_many(&mut messages, self.max_batch).await > 0 {
            let mut batch = Batch::default();
            let mut barriers = Vec::new();
            for message in messages.drain(..) {
                match message {
                    Message::Unit(queued) => batch.push(*queued),
                    Message::Barrier(barrier) => barriers.push(barrier),
                    Message::Stop => self.arriving.close(),
                }
            }
            self.commit(batch).await;
            for barrier in barriers {
                let _ = barrier.send(());
            }
        }
    }

    /// Appends a batch and answers its units. If the store refuses the batch, it is halved until
    /// the unit that is to blame stands alone; if the outcome is unknown, nothing is tried again.
    async fn commit(&self, batch: Batch) {
        let started = Instant::now();
        self.meters.batch(batch.waiters.iter().map(|waiter| started - waiter.since));
        // The rest of the batch, the next part on top.
        let mut parts = vec![batch];
        while let Some(part) = parts.pop() {
            let mut part = part.without_orphans();
            if part.units.is_empty() {
                continue;
            }
            match self.journal.append_and_keep(&mut part.units).await {
                Ok(outcomes) => self.answer(part, outcomes),
                Err(JournalError::Refused(_)) if part.units.len() > 1 => {
                    let (first, second) = part.halves();
                    parts.push(second);
                    parts.push(first);
                }
                Err(refused @ JournalError::Refused(_)) => self.fail(part, &refused),
                Err(error) => {
                    self.fail(part, &error);
                    parts.drain(..).rev().for_each(|part| self.fail(part, &error));
                }
            }
        }
        self.meters.committed(started.elapsed());
    }

    fn answer(&self, batch: Batch, outcomes: Vec<Result<Appended, Rejection>>) {
        for (waiter, outcome) in batch.waiters.into_iter().zip(outcomes) {
            if outcome.is_err() {
                self.meters.rejected();
            }
            waiter.promise.keep(outcome.map_err(AppendError::Rejected));
        }
    }

    fn fail(&self, batch: Batch, error: &JournalError) {
        for waiter in batch.waiters {
            self.meters.failed();
            waiter.promise.keep(Err(AppendError::Failed(error.clone())));
        }
    }
}

/// Units side by side with who waits for them: a store takes a slice of units.
#[derive(Debug, Default)]
struct Batch {
    units: Vec<UnitOfWork>,
    waiters: Vec<Waiter>,
}

impl Batch {
    fn push(&mut self, Queued { unit, waiter }: Queued) {
        self.units.push(unit);
        self.waiters.push(waiter);
    }

    /// Answers the units whose chain is broken and keeps the others. Links within the batch are
    /// still open; there the store sees to it.
    fn without_orphans(self) -> Self {
        let orphaned = |waiter: &Waiter| waiter.after.iter().any(|after| after.link.broken());
        if !self.waiters.iter().any(orphaned) {
            return self;
        }
        let mut kept = Self::default();
        for (unit, waiter) in self.units.into_iter().zip(self.waiters) {
            match waiter.after.iter().find(|after| after.link.broken()) {
                None => kept.push(Queued { unit, waiter }),
                Some(after) => {
                    let conflict = Rejection::Conflict(after.stream.clone());
                    waiter.promise.keep(Err(AppendError::Rejected(conflict)));
                }
            }
        }
        kept
    }

    fn halves(mut self) -> (Self, Self) {
        let middle = self.units.len() / 2;
        let units = self.units.split_off(middle);
        let waiters = self.waiters.split_off(middle);
        (self, Self { units, waiters })
    }
}
