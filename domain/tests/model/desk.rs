//! A desk: a process that decides on what it knows, and on what its units under way will leave.
//!
//! It does as the box office and the group committer do: a proposal is applied at once and queues
//! up; what rests on a unit that fails falls with it; after a failure nothing more is decided until
//! all is answered, and then the journal is read anew.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use aisle_domain::house::{Proposal, StreamKey};
use jiff::Timestamp;

use crate::ask::Ask;
use crate::journal::{Guard, Journal, Marks, View};

/// A unit of work under way.
#[derive(Clone)]
pub(crate) struct Unit {
    pub(crate) ask: Ask,
    proposal: Arc<Proposal>,
    /// What it rests on will not be.
    falls: bool,
}

/// What a desk knows.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) view: View,
    /// Oldest first.
    pub(crate) queue: Vec<Unit>,
    /// It holds what never came to be.
    pub(crate) is_dead: bool,
}

impl Unit {
    fn writes(&self, stream: &StreamKey) -> bool {
        self.proposal.writes.iter().any(|write| write.stream == *stream)
    }

    fn rests_on(&self, other: &Self) -> bool {
        let written = self.proposal.writes.iter().map(|write| &write.stream);
        let mut touched = written.chain(self.proposal.reads.iter().map(|(stream, _)| stream));
        touched.any(|stream| other.writes(stream))
    }

    fn essence(&self) -> (Ask, bool, u64) {
        let mut hasher = DefaultHasher::new();
        format!("{:?}", self.proposal).hash(&mut hasher);
        (self.ask, self.falls, hasher.finish())
    }
}

impl Desk {
    pub(crate) fn new(view: View) -> Self {
        Self { view, queue: Vec::new(), is_dead: false }
    }

    /// What tells one desk from another.
    pub(crate) fn essence(&self) -> (&Marks, Vec<(Ask, bool, u64)>, bool) {
        (&self.view.marks, self.queue.iter().map(Unit::essence).collect(), self.is_dead)
    }

    /// Takes a decision for granted and hands it to the committer.
    pub(crate) fn submit(&mut self, ask: Ask, proposal: Proposal) {
        self.view.take_proposal(&proposal);
        self.queue.push(Unit { ask, proposal: Arc::new(proposal), falls: false });
    }

    /// Has the oldest unit appended; returns what it did, none if nothing.
    pub(crate) fn append(
        &mut self,
        journal: &mut Journal,
        guard: Guard,
        now: Timestamp,
        is_answered: impl Fn(Ask) -> bool,
    ) -> Option<Ask> {
        let unit = self.queue.remove(0);
        let repeated = unit.ask.is_keyed() && is_answered(unit.ask);
        let done = !unit.falls && !repeated && journal.append(&unit.proposal, guard, now);
        if !done {
            self.is_dead = true;
            let fallen = self.queue.iter_mut().filter(|later| later.rests_on(&unit));
            fallen.for_each(|later| later.falls = true);
        }
        if self.is_dead && self.queue.is_empty() {
            *self = Self::new(journal.view.clone());
        }
        done.then_some(unit.ask)
    }

    /// Reads the journal to its end. What it knows already it passes over, by the sequence alone.
    pub(crate) fn read_on(&mut self, journal: &Journal) {
        for (stream, sequence, fact) in journal.facts() {
            let known = self.view.reached(stream);
            if *sequence == known + 1 {
                self.view.take(stream, *sequence, fact);
            }
            self.is_dead |= *sequence > known + 1;
        }
        if self.is_dead && self.queue.is_empty() {
            *self = Self::new(journal.view.clone());
        }
    }
}
