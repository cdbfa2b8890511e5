//! The agenda as of the journal's tail: loaded from its snapshot and what came after, and kept up
//! to date by what the box office reads anyway.
//!
//! It does nothing about what is on the agenda.

use std::sync::Arc;

use aisle_domain::process::{AGENDA_SCHEMA, Agenda, AgendaMemory};
use aisle_domain::stream::Position;
use aisle_infra::journal::{Entry, JournalError, JournalStore, Snapshot, SnapshotName};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::box_office::Batch;

/// After how many facts at least the agenda is written down. Folding as many takes some 50 ms.
const WORTH_A_SNAPSHOT: u64 = 10_000;

/// The agenda and how far it is.
pub(super) struct Following {
    pub(super) agenda: Agenda,
    journal: Arc<dyn JournalStore>,
    tail: broadcast::Receiver<Arc<Batch>>,
    read_to: Position,
    /// Where the journal stood when the agenda was last written down.
    written_at: Position,
    writing: Option<JoinHandle<()>>,
}

/// What the tail said.
pub(super) enum Heard {
    Batch(Arc<Batch>),
    /// Something was lost: only the journal has it.
    Hole,
    /// The box office is gone.
    Nothing,
}

impl Following {
    /// Reads what there is. `tail` must have been listened to before.
    pub(super) async fn load(
        journal: Arc<dyn JournalStore>,
        tail: broadcast::Receiver<Arc<Batch>>,
    ) -> Result<Self, JournalError> {
        let (agenda, read_to) = match journal.snapshot(&name()).await? {
            // Too long for a thread that others wait for; if it breaks off, it cannot be read.
            Some(snapshot) => spawn_blocking(move || remembered(&snapshot)).await.ok().flatten(),
            None => None,
        }
        .unwrap_or_default();
        let written_at = read_to;
        let mut following = Self { agenda, journal, tail, read_to, written_at, writing: None };
        following.catch_up().await?;
        Ok(following)
    }

    /// Waits for news. Nothing is lost if the future is dropped.
    pub(super) async fn hear(&mut self) -> Heard {
        match self.tail.recv().await {
            Ok(batch) => Heard::Batch(batch),
            Err(RecvError::Lagged(_)) => Heard::Hole,
            Err(RecvError::Closed) => Heard::Nothing,
        }
    }

    /// Takes in what was heard and whatever else there is to hear.
    pub(super) async fn take_in(&mut self, heard: Heard) -> Result<(), JournalError> {
        let mut heard = heard;
        loop {
            match heard {
                Heard::Batch(batch) if batch.after <= self.read_to => self.apply(&batch),
                Heard::Batch(_) | Heard::Hole => self.catch_up().await?,
                Heard::Nothing => {}
            }
            heard = match self.tail.try_recv() {
                Ok(batch) => Heard::Batch(batch),
                Err(TryRecvError::Lagged(_)) => Heard::Hole,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return Ok(()),
            };
        }
    }

    /// Reads the journal to its end.
    pub(super) async fn catch_up(&mut self) -> Result<(), JournalError> {
        while let Some(batch) = Batch::read(&*self.journal, self.read_to).await? {
            self.apply(&batch);
            if !batch.is_full() {
                break;
            }
        }
        Ok(())
    }

    fn apply(&mut self, batch: &Batch) {
        let read_to = self.read_to;
        let is_new = |entry: &&Entry| entry.position() > read_to;
        for entry in batch.entries.iter().filter(is_new) {
            self.agenda.apply(entry.event_id(), entry.booking_id(), &entry.fact);
        }
        for row in batch.unreadable.iter().filter(|row| row.position > read_to) {
            let (position, reason) = (row.position, &row.reason);
            tracing::error!(position, reason, "passed over by the process managers");
        }
        self.read_to = read_to.max(batch.through);
    }

    /// Writes the agenda down, beside what else is going on, if that has become worth while: the
    /// more there is to write, the more seldom, so that writing never is the better part of the
    /// work.
    pub(super) fn write_down(&mut self) {
        let worth = WORTH_A_SNAPSHOT.max(self.agenda.live() as u64);
        let under_way = self.writing.as_ref().is_some_and(|writing| !writing.is_finished());
        if under_way || self.read_to - self.written_at < worth {
            return;
        }
        self.written_at = self.read_to;
        let (memory, at, journal) = (self.agenda.memory(), self.read_to, self.journal.clone());
        self.writing = Some(tokio::spawn(async move {
            if let Err(error) = keep(memory, at, &*journal).await {
                tracing::warn!(%error, "the agenda was not written down");
            }
        }));
    }
}

fn name() -> SnapshotName {
    SnapshotName { kind: "agenda", id: "all".to_owned(), schema: AGENDA_SCHEMA }
}

/// What a snapshot says; nothing if it cannot be read, and then the journal is read from its first
/// fact on.
fn remembered(snapshot: &Snapshot) -> Option<(Agenda, Position)> {
    let read =
        || -> std::io::Result<AgendaMemory> { Ok(serde_json::from_slice(&snapshot.unpack()?)?) };
    match read() {
        Ok(memory) => Some((memory.into_agenda(), snapshot.position)),
        Err(error) => {
            tracing::warn!(%error, "the agenda's snapshot cannot be read and is not needed");
            None
        }
    }
}

async fn keep(
    memory: AgendaMemory,
    at: Position,
    journal: &dyn JournalStore,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    // Too long for a thread that others wait for.
    let pack = move || Snapshot::pack(at, |packer| Ok(serde_json::to_writer(packer, &memory)?));
    let packed = spawn_blocking(pack);
    journal.keep_snapshot(&name(), &packed.await??).await?;
    Ok(())
}
