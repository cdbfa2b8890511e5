//! A journal that stops appending when so many units have come, until it is told to go on: what a
//! test sends meanwhile waits in the queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aisle_domain::id::{EventId, Subject};
use aisle_infra::journal::{JournalError, JournalStore, StoredAnswer, UnitOfWork};
use aisle_infra::testing::between::{Answers, Between, Rows, Span};
use async_trait::async_trait;
use tokio::sync::watch;

/// Stops before the first batch with which `units` are exceeded. Clones are one gate.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Inner>);

struct Inner {
    units: usize,
    /// How long a look at the tail takes.
    look: Duration,
    appended: AtomicUsize,
    open: watch::Sender<Passage>,
    read: AtomicUsize,
    looks: AtomicUsize,
    answers: AtomicUsize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Passage {
    /// Nobody waits.
    Free,
    /// A batch waits.
    Barred,
    /// For good.
    Open,
}

impl Gate {
    pub(crate) fn after(units: usize) -> Self {
        Self::of(units, Duration::ZERO)
    }

    /// Lets everything pass, but takes its time for a look at the tail, as if the journal were far.
    pub(crate) fn far() -> Self {
        Self::of(usize::MAX, Duration::from_millis(100))
    }

    fn of(units: usize, look: Duration) -> Self {
        Self(Arc::new(Inner {
            units,
            look,
            appended: AtomicUsize::default(),
            open: watch::Sender::new(Passage::Free),
            read: AtomicUsize::default(),
            looks: AtomicUsize::default(),
            answers: AtomicUsize::default(),
        }))
    }

    /// Returns when a batch stands before the gate.
    pub(crate) async fn is_reached(&self) {
        self.0.open.subscribe().wait_for(|passage| *passage != Passage::Free).await.unwrap();
    }

    /// Lets everybody pass.
    pub(crate) fn open(&self) {
        self.0.open.send_replace(Passage::Open);
    }

    /// How many facts were read, of events and of the tail.
    pub(crate) fn facts_read(&self) -> usize {
        self.0.read.load(Ordering::SeqCst)
    }

    /// How often the tail was looked at.
    pub(crate) fn looks(&self) -> usize {
        self.0.looks.load(Ordering::SeqCst)
    }

    /// How often an answer given before was asked for.
    pub(crate) fn answers(&self) -> usize {
        self.0.answers.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Between for Gate {
    async fn append(&self, journal: &dyn JournalStore, units: &[UnitOfWork]) -> Answers {
        let Inner { units: most, appended, open, .. } = &*self.0;
        if appended.fetch_add(units.len(), Ordering::SeqCst) + units.len() > *most {
            open.send_if_modified(|passage| {
                let was_free = *passage == Passage::Free;
                if was_free {
                    *passage = Passage::Barred;
                }
                was_free
            });
            open.subscribe().wait_for(|passage| *passage == Passage::Open).await.unwrap();
        }
        journal.append(units).await
    }

    async fn read(&self, journal: &dyn JournalStore, span: Span) -> Rows {
        self.0.looks.fetch_add(1, Ordering::SeqCst);
        if !self.0.look.is_zero() {
            tokio::time::sleep(self.0.look).await;
        }
        let rows = journal.read(span.after, span.limit).await?;
        self.0.read.fetch_add(rows.len(), Ordering::SeqCst);
        Ok(rows)
    }

    async fn read_event(&self, journal: &dyn JournalStore, event: EventId, span: Span) -> Rows {
        let rows = journal.read_event(event, span.after, span.limit).await?;
        self.0.read.fetch_add(rows.len(), Ordering::SeqCst);
        Ok(rows)
    }

    async fn answer(
        &self,
        journal: &dyn JournalStore,
        actor: &Subject,
        key: &str,
    ) -> Result<Option<StoredAnswer>, JournalError> {
        self.0.answers.fetch_add(1, Ordering::SeqCst);
        journal.answer(actor, key).await
    }
}
