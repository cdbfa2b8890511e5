//! Which errands are under way, which rest before another try, and which need nothing more.
//!
//! It runs none. It is lost with the process, and that costs only that some errands are run twice.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use aisle_domain::process::Agenda;

use super::errand::{Errand, Kind, Outcome};

/// How many errands of a kind run at once. Commands: enough to fill a good part of each group
/// commit, few enough to leave the better part, and the queue, to the buyers. Calls: what a
/// payment provider will bear. Neither kind waits for the other.
const MAX_UNDER_WAY: usize = 128;
/// How many settled errands are remembered before those that are over are forgotten.
const MAX_SETTLED: usize = 10_000;
/// After how long a settled errand that the agenda still names is run again: a provider whose
/// report was lost is asked once more.
pub(super) const ASK_AGAIN: Duration = Duration::from_secs(600);
/// The first pause before an errand that failed is run again; it doubles up to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LAST_PAUSE: Duration = Duration::from_secs(30);

/// What is known of errands.
#[derive(Default)]
pub(super) struct Ledger {
    under_way: HashMap<Kind, HashSet<Errand>>,
    /// How often an errand has failed so far, and until when it rests.
    failures: HashMap<Errand, (u32, Instant)>,
    /// Errands that need nothing more although the agenda may name them still, and since when.
    settled: HashMap<Errand, Instant>,
    /// How many may be settled before they are looked through again: twice those that had to be
    /// kept, so that a provider that is silent does not make this dear.
    crowded_at: usize,
}

impl Ledger {
    /// How many more of a kind may set out.
    pub(super) fn room(&self, kind: Kind) -> usize {
        MAX_UNDER_WAY - self.under_way.get(&kind).map_or(0, HashSet::len)
    }

    /// Whether nobody runs it and it is to be run.
    pub(super) fn is_fresh(&self, errand: &Errand, now: Instant) -> bool {
        let under_way = self.under_way.get(&errand.kind());
        !under_way.is_some_and(|errands| errands.contains(errand))
            && self.failures.get(errand).is_none_or(|(_, rests_until)| *rests_until <= now)
            && self.settled.get(errand).is_none_or(|at| now.duration_since(*at) >= ASK_AGAIN)
    }

    pub(super) fn sets_out(&mut self, errand: Errand) {
        self.under_way.entry(errand.kind()).or_default().insert(errand);
    }

    pub(super) fn comes_back(&mut self, errand: Errand, outcome: Outcome) {
        if let Some(errands) = self.under_way.get_mut(&errand.kind()) {
            errands.remove(&errand);
        }
        match outcome {
            Outcome::Settled => {
                self.failures.remove(&errand);
                self.settled.insert(errand, Instant::now());
            }
            Outcome::Failed(why) => {
                let failures = self.failures.get(&errand).map_or(1, |(failures, _)| failures + 1);
                let rests_until = Instant::now() + pause(failures - 1);
                self.failures.insert(errand, (failures, rests_until));
                tracing::warn!(?errand, failures, why, "will be tried again");
            }
        }
    }

    /// When the next errand has rested enough. One that has, and waits for room, does not count.
    pub(super) fn next_rested(&self) -> Option<Instant> {
        let now = Instant::now();
        self.failures.values().map(|(_, until)| *until).filter(|until| *until > now).min()
    }

    /// What the agenda names no more need not be remembered.
    pub(super) fn forget_settled(&mut self, agenda: &Agenda) {
        if self.settled.len() < self.crowded_at.max(MAX_SETTLED) {
            return;
        }
        self.settled.retain(|errand, _| errand.is_on(agenda));
        self.failures.retain(|errand, _| errand.is_on(agenda));
        self.crowded_at = 2 * self.settled.len();
    }
}

/// How long to wait after so many failures before.
pub(super) fn pause(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << failures.min(16)).min(LAST_PAUSE)
}
