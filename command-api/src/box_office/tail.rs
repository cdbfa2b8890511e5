//! The journal's tail: what anybody appends, read once per process, decoded once, and told to the
//! houses that are open and to the process managers.
//!
//! It reads whenever the known head rises, so that a house hears of another process's facts
//! before they make it propose what must conflict; and whenever somebody must know what the
//! journal holds *now* ([`Tail::look`]). It decides nothing, and reads nothing from before its
//! start: who needs that reads it from the journal.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use aisle_domain::id::EventId;
use aisle_domain::stream::Position;
use aisle_infra::journal::{Entry, JournalError, JournalStore, RecordedFact};
use foldhash::HashMap;
use parking_lot::Mutex;
use tokio::sync::{broadcast, watch};

use super::open_house::OpenHouse;

/// How many facts are read at a time.
const PAGE: usize = 5_000;

/// How many batches a listener may lie behind before it loses some and reads the journal itself.
const KEPT_BATCHES: usize = 64;

/// How long to wait after the journal failed.
const AFTER_FAILURE: Duration = Duration::from_millis(500);

/// How long a hint of the journal is waited for before it is asked anyway: hints may get lost.
const ASK_ANYWAY: Duration = Duration::from_secs(1);

/// Facts that follow each other without a gap, decoded.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The position before its first.
    pub(crate) after: Position,
    /// The position of its last.
    pub(crate) through: Position,
    /// Those that could be read, in order.
    pub(crate) entries: Vec<Entry>,
    /// Those that could not.
    pub(crate) unreadable: Vec<Unreadable>,
}

/// A fact that this Aisle cannot make sense of.
#[derive(Debug)]
pub(crate) struct Unreadable {
    /// Which.
    pub(crate) position: Position,
    /// Of which event.
    pub(crate) event: Option<EventId>,
    /// What is wrong with it.
    pub(crate) reason: String,
}

impl Batch {
    /// Reads on from a position; nothing if nothing is there.
    ///
    /// # Errors
    /// If the journal fails.
    pub(crate) async fn read(
        journal: &dyn JournalStore,
        after: Position,
    ) -> Result<Option<Self>, JournalError> {
        let rows = journal.read(after, PAGE).await?;
        Ok(Self::of(after, rows.into_iter().map(Arc::new).collect()))
    }

    fn of(after: Position, rows: Vec<Arc<RecordedFact>>) -> Option<Self> {
        let last = rows.last()?;
        let mut batch = Self {
            after,
            through: last.position,
            entries: Vec::with_capacity(rows.len()),
            unreadable: Vec::new(),
        };
        for row in rows {
            let (position, event) = (row.position, row.event_id);
            match Entry::decode(row) {
                Ok(entry) => batch.entries.push(entry),
                Err(error) => {
                    batch.unreadable.push(Unreadable {
                        position,
                        event,
                        reason: error.to_string(),
                    });
                }
            }
        }
        Some(batch)
    }

    /// Whether there may be more in the journal right away.
    pub(crate) fn is_full(&self) -> bool {
        self.through - self.after >= PAGE as Position
    }
}

/// The journal's tail, as far as this process has read it.
pub(super) struct Tail {
    journal: Arc<dyn JournalStore>,
    /// As far as this process knows it.
    head: watch::Receiver<Position>,
    /// Locked while the journal is read.
    read: tokio::sync::Mutex<Read>,
    /// How many have asked so far what the journal holds now.
    asked: AtomicU64,
    /// Who is told. An event has one house, but for moments.
    houses: Mutex<HashMap<EventId, Vec<Weak<OpenHouse>>>>,
    listeners: broadcast::Sender<Arc<Batch>>,
}

struct Read {
    /// Everything up to here was read and told.
    to: Position,
    /// How many had asked when the last look began.
    answered: u64,
}

impl Tail {
    /// The tail from about now on. A house that is opened later reads what was before.
    pub(super) fn new(journal: Arc<dyn JournalStore>) -> Self {
        let head = journal.watch_head();
        let to = *head.borrow();
        Self {
            journal,
            head,
            read: tokio::sync::Mutex::new(Read { to, answered: 0 }),
            asked: AtomicU64::new(0),
            houses: Mutex::default(),
            listeners: broadcast::Sender::new(KEPT_BATCHES),
        }
    }

    /// Reads whenever the known head rises, until it is dropped.
    pub(super) async fn follow(self: Arc<Self>) {
        let mut head = self.head.clone();
        let mut hinted = false;
        loop {
            // Seen before reading: what is appended after the read is a change again.
            head.borrow_and_update();
            let read = if hinted { self.catch_up().await } else { self.look().await };
            if let Err(error) = read {
                tracing::warn!(%error, "the box office cannot read the journal");
                tokio::time::sleep(AFTER_FAILURE).await;
                continue;
            }
            let hint = tokio::time::timeout(ASK_ANYWAY, head.changed()).await;
            hinted = matches!(hint, Ok(Ok(())));
            // A journal that gives no more hints is asked at intervals.
            if matches!(hint, Ok(Err(_))) {
                tokio::time::sleep(ASK_ANYWAY).await;
            }
        }
    }

    /// Looks at the journal. Once it returns, every house that was open knows all that the journal
    /// held at some moment after the call, up to the position that is returned.
    ///
    /// This makes a refusal true, so a sold-out rush asks for it all the time: one read answers
    /// everybody, whatever their event, who asked before it began. With nothing new it is a look at
    /// the end of one index. Where an append of this process has looked, [`Tail::catch_up`] will do.
    ///
    /// # Errors
    /// If the journal fails.
    pub(super) async fn look(&self) -> Result<Position, JournalError> {
        let mine = self.asked.fetch_add(1, Ordering::SeqCst);
        let mut read = self.read.lock().await;
        if read.answered <= mine {
            let asked = self.asked.load(Ordering::SeqCst);
            while let Some(batch) = Batch::read(&*self.journal, read.to).await? {
                let more = batch.is_full();
                self.spread(batch, &mut read);
                if !more {
                    break;
                }
            }
            read.answered = asked;
        }
        Ok(read.to)
    }

    /// Takes in what this process knows to be in the journal. Once it returns, every house that was
    /// open knows all up to what the known head was at the call.
    ///
    /// # Errors
    /// If the journal fails.
    pub(super) async fn catch_up(&self) -> Result<Position, JournalError> {
        let known = *self.head.borrow();
        let mut read = self.read.lock().await;
        while read.to < known {
            let rows = self.journal.read_known(read.to, PAGE).await?;
            let Some(batch) = Batch::of(read.to, rows) else { break };
            self.spread(batch, &mut read);
        }
        Ok(read.to)
    }

    fn spread(&self, batch: Batch, read: &mut Read) {
        let batch = Arc::new(batch);
        self.tell(&batch);
        read.to = batch.through;
        // Fails if nobody listens; then nobody misses it.
        let _ = self.listeners.send(batch);
    }

    /// From now on, this house is told of its event's facts.
    pub(super) fn add(&self, event: EventId, house: &Arc<OpenHouse>) {
        let mut houses = self.houses.lock();
        if houses.len() >= 2 * super::houses::MAX_OPEN.get() {
            houses.retain(|_, of_event| of_event.iter().any(|house| house.strong_count() > 0));
        }
        let of_event = houses.entry(event).or_default();
        of_event.retain(|house| house.strong_count() > 0);
        of_event.push(Arc::downgrade(house));
    }

    /// All batches that are read from about now on.
    pub(super) fn listen(&self) -> broadcast::Receiver<Arc<Batch>> {
        self.listeners.subscribe()
    }

    fn tell(&self, batch: &Arc<Batch>) {
        let mut concerned: HashMap<EventId, Vec<&Entry>> = HashMap::default();
        let houses = self.houses.lock();
        for entry in &batch.entries {
            if let Some(event) = entry.event_id()
                && houses.contains_key(&event)
            {
                concerned.entry(event).or_default().push(entry);
            }
        }
        let open =
            |event: &EventId| houses.get(event).into_iter().flatten().filter_map(Weak::upgrade);
        for (event, entries) in &concerned {
            open(event).for_each(|house| house.hear(entries, batch));
        }
        for event in batch.unreadable.iter().filter_map(|row| row.event) {
            open(&event).for_each(|house| house.kill());
        }
    }
}
