//! The process managers: what must happen although nobody asks for it just now. Holds expire,
//! payments and refunds are handed to the provider, bookings of called-off events are cancelled.
//!
//! They keep no state of their own: the agenda is folded from the journal, so a restart loses
//! nothing; a snapshot only shortens the fold. Everything they do may be done twice, by this
//! process after a restart or by another one beside it: commands change nothing the second time,
//! and the provider knows each payment and refund by our name for it.

mod errand;
mod following;
mod ledger;
mod letter_text;
mod letters;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use aisle_infra::clock::{after, before};
use aisle_infra::journal::{JournalError, JournalStore};
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio::time::{sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use self::errand::{Errand, Outcome};
use self::following::{Following, Heard};
use self::ledger::{ASK_AGAIN, Ledger, pause};
pub use self::letters::Letters;
use crate::CommandApi;

/// While the first deadline is past but not seen to, it hides the next one: how often to look.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(1);

/// How much later than the one whose turn it is the others see to a deadline: it has long been seen
/// to then, unless that one is gone. All at once they would only be in each other's way.
pub const STAND_BY: SignedDuration = SignedDuration::from_secs(3);

/// The process managers of one process.
pub struct Processes {
    api: CommandApi,
    /// Whether it is this one's turn to see to deadlines first.
    leads: watch::Receiver<bool>,
    following: Following,
    ledger: Ledger,
    running: JoinSet<(Errand, Outcome)>,
}

impl Processes {
    /// Folds the agenda from the journal, or from a snapshot and what came after it. Of several
    /// processes on one journal, those that do not lead see to deadlines [`STAND_BY`] later. That
    /// only spares conflicts: none or all of them may lead.
    ///
    /// # Errors
    /// If the journal cannot be read.
    pub async fn load(
        api: CommandApi,
        journal: Arc<dyn JournalStore>,
        leads: watch::Receiver<bool>,
    ) -> Result<Self, JournalError> {
        let following = Following::load(journal, api.box_office.listen()).await?;
        Ok(Self { api, leads, following, ledger: Ledger::default(), running: JoinSet::new() })
    }

    /// Works until it is told to stop. What is under way then is dropped; the next start finds
    /// it on its agenda again.
    pub fn start(self, stop: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(async move {
            stop.run_until_cancelled_owned(self.work()).await;
        })
    }

    async fn work(mut self) {
        loop {
            // One reading for both: a deadline that passes in between must not count as seen to.
            let clock = self.api.clock.clone();
            let now = clock.now();
            let later = if *self.leads.borrow() { SignedDuration::ZERO } else { STAND_BY };
            self.set_out(before(now, later));
            self.following.write_down();
            let next = self.following.agenda.next_deadline();
            let deadline = async {
                match next.map(|at| after(at, later)) {
                    Some(at) if at > now => clock.sleep_until(at).await,
                    Some(_) => clock.sleep_until(after(now, LOOK_AGAIN)).await,
                    None => std::future::pending().await,
                }
            };
            let rested = self.ledger.next_rested();
            let rest = async {
                match rested {
                    Some(at) => sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = sleep(ASK_AGAIN) => {}
                () = rest => {}
                heard = self.following.hear() => match heard {
                    Heard::Nothing => return,
                    heard => self.take_in(heard).await,
                },
                Some(done) = self.running.join_next() => self.come_back(done),
                () = deadline => {}
            }
        }
    }

    async fn take_in(&mut self, heard: Heard) {
        let mut taken_in = self.following.take_in(heard).await;
        let mut failed_reads = 0;
        while let Err(error) = taken_in {
            tracing::error!(%error, "the process managers cannot read the journal");
            sleep(pause(failed_reads)).await;
            failed_reads += 1;
            taken_in = self.following.catch_up().await;
        }
    }

    /// Starts errands that the agenda names and nobody runs, as many as there is room for: those
    /// with a deadline if it had passed then. The first due come first; who comes back makes room
    /// for the next.
    fn set_out(&mut self, then: Timestamp) {
        let agenda = &self.following.agenda;
        self.ledger.forget_settled(agenda);
        for (errand, task) in errand::on(agenda, then, &self.ledger) {
            self.ledger.sets_out(errand);
            let api = self.api.clone();
            self.running.spawn(async move {
                let outcome = AssertUnwindSafe(task.run(errand, &api)).catch_unwind().await;
                (errand, outcome.unwrap_or_else(|_| Outcome::Failed("it broke off".to_owned())))
            });
        }
    }

    /// All who are back, at once: the next setting out costs the same for one as for a hundred.
    fn come_back(&mut self, first: Result<(Errand, Outcome), JoinError>) {
        let mut done = Some(first);
        while let Some(back) = done {
            // A task that was cancelled is one of a runtime that ends.
            if let Ok((errand, outcome)) = back {
                self.ledger.comes_back(errand, outcome);
            }
            done = self.running.try_join_next();
        }
    }
}
