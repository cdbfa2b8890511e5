//! The process managers: what must happen although nobody asks for it just now. Holds expire,
//! payments and refunds are handed to the provider, bookings of called-off events are cancelled.
//!
//! They keep no state of their own: the agenda is folded from the journal at every start, so a
//! restart loses nothing. Everything they do may be done twice, by this process after a restart
//! or by another one beside it: commands change nothing the second time, and the provider knows
//! each payment and refund by our name for it.

mod errand;

use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aisle_domain::process::Agenda;
use aisle_domain::stream::Position;
use aisle_infra::clock::after;
use aisle_infra::journal::{Entry, JournalError, JournalStore};
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use self::errand::{Errand, Outcome};
use crate::CommandApi;

/// How many facts are read at a time.
const PAGE: usize = 5_000;
/// How many errands run at once: enough to fill group commits, few enough to leave the queue to
/// the buyers.
const MAX_ERRANDS: usize = 128;
/// How many settled errands are remembered before those that are over are forgotten.
const MAX_SETTLED: usize = 10_000;
/// After how long a settled errand that the agenda still names is run again: a provider whose
/// report was lost is asked once more.
const ASK_AGAIN: Duration = Duration::from_secs(600);
/// The first pause before an errand that failed is run again; it doubles up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LAST_PAUSE: Duration = Duration::from_secs(30);
/// While the first deadline is past but not seen to, it hides the next one: how often to look.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// The process managers of one process.
pub struct Processes {
    api: CommandApi,
    journal: Arc<dyn JournalStore>,
    agenda: Agenda,
    read_to: Position,
    /// Errands under way or resting before another try.
    in_hand: HashSet<Errand>,
    /// How often an errand has failed so far.
    failures: HashMap<Errand, u32>,
    /// Errands that need nothing more although the agenda may name them still, and since when.
    settled: HashMap<Errand, Instant>,
    running: JoinSet<(Errand, Outcome)>,
    places: Arc<Semaphore>,
}

impl Processes {
    /// Folds the agenda from the journal.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub async fn load(
        api: CommandApi,
        journal: Arc<dyn JournalStore>,
    ) -> Result<Self, JournalError> {
        let mut processes = Self {
            api,
            journal,
            agenda: Agenda::default(),
            read_to: 0,
            in_hand: HashSet::new(),
            failures: HashMap::new(),
            settled: HashMap::new(),
            running: JoinSet::new(),
            places: Arc::new(Semaphore::new(MAX_ERRANDS)),
        };
        processes.catch_up().await?;
        Ok(processes)
    }

    /// Works until it is told to stop. What is under way then is dropped; the next start finds
    /// it on its agenda again.
    pub fn start(self, stop: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(async move {
            stop.run_until_cancelled_owned(self.work()).await;
        })
    }

    async fn work(mut self) {
        let mut head = self.journal.watch_head();
        let mut failed_reads = 0;
        loop {
            match self.catch_up().await {
                Ok(()) => failed_reads = 0,
                Err(error) => {
                    tracing::error!(%error, "the process managers cannot read the journal");
                    tokio::time::sleep(pause(failed_reads)).await;
                    failed_reads += 1;
                    continue;
                }
            }
            // One reading for both: a deadline that passes in between must not count as seen to.
            let clock = self.api.clock.clone();
            let now = clock.now();
            self.set_out(now);
            let next = self.agenda.next_deadline();
            let deadline = async {
                match next {
                    Some(at) if at > now => clock.sleep_until(at).await,
                    Some(_) => clock.sleep_until(after(now, LOOK_AGAIN)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = tokio::time::sleep(ASK_AGAIN) => {}
                changed = head.changed() => if changed.is_err() { return },
                Some(done) = self.running.join_next() => self.came_back(done),
                () = deadline => {}
            }
        }
    }

    async fn catch_up(&mut self) -> Result<(), JournalError> {
        loop {
            let rows = self.journal.read(self.read_to, PAGE).await?;
            let count = rows.len();
            for row in rows {
                self.read_to = row.position;
                match Entry::decode(row) {
                    Ok(entry) => {
                        self.agenda.apply(entry.event_id(), entry.booking_id(), &entry.fact);
                    }
                    Err(error) => {
                        tracing::error!(position = self.read_to, %error, "passed over by the process managers");
                    }
                }
            }
            if count < PAGE {
                return Ok(());
            }
        }
    }

    /// Starts every errand that the agenda names and nobody runs.
    fn set_out(&mut self, now: Timestamp) {
        self.forget_settled();
        let settled = |e: &Errand| self.settled.get(e).is_some_and(|at| at.elapsed() < ASK_AGAIN);
        let fresh = |e: &Errand| !settled(e) && !self.in_hand.contains(e);
        for (errand, task) in errand::on(&self.agenda, now, fresh) {
            self.in_hand.insert(errand);
            let rest = self.failures.get(&errand).map(|failures| pause(*failures));
            let (api, places) = (self.api.clone(), self.places.clone());
            self.running.spawn(async move {
                if let Some(rest) = rest {
                    tokio::time::sleep(rest).await;
                }
                let _place = places.acquire_owned().await;
                let outcome = AssertUnwindSafe(task.run(errand, &api)).catch_unwind().await;
                (errand, outcome.unwrap_or_else(|_| Outcome::Failed("it broke off".to_owned())))
            });
        }
    }

    /// What the agenda names no more need not be remembered.
    fn forget_settled(&mut self) {
        if self.settled.len() < MAX_SETTLED {
            return;
        }
        let open = |errand: &Errand| self.settled.contains_key(errand);
        let open = errand::on(&self.agenda, Timestamp::MAX, open);
        let open: HashSet<Errand> = open.into_iter().map(|(errand, _)| errand).collect();
        self.settled.retain(|errand, _| open.contains(errand));
    }

    fn came_back(&mut self, done: Result<(Errand, Outcome), tokio::task::JoinError>) {
        // A task that was cancelled is one of a runtime that ends.
        let Ok((errand, outcome)) = done else { return };
        self.in_hand.remove(&errand);
        match outcome {
            Outcome::Settled => {
                self.failures.remove(&errand);
                self.settled.insert(errand, Instant::now());
            }
            Outcome::Failed(why) => {
                let failures = self.failures.entry(errand).or_default();
                *failures += 1;
                tracing::warn!(?errand, failures, why, "will be tried again");
            }
        }
    }
}

fn pause(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << failures.min(16)).min(LAST_PAUSE)
}
