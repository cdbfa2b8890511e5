//! The units of work of one house that are on their way into the journal.
//!
//! The house itself looks what became of them: a command's sender hears of it too, but may be
//! slow to act on it, or gone (a client that hung up).

use std::collections::{HashMap, VecDeque};

use aisle_domain::house::{House, Proposal, StreamKey};
use aisle_infra::journal::commit::{After, Link, Submitted};
use futures::FutureExt as _;
use futures::future::Shared;

/// How many streams are remembered before those whose last unit is in the journal are forgotten.
const MAX_STREAMS: usize = 4_096;

/// The units of work of a house that are not known to be in the journal.
#[derive(Default)]
pub(super) struct UnderWay {
    /// The last unit on each stream. Whoever decides on what it is to bring about falls with it:
    /// another process may have written as many facts, but other ones.
    last: HashMap<StreamKey, Unit>,
    /// How many streams of `last` there may be before it is looked through again: twice those
    /// that had to be kept, so that a journal that stands still does not make this dear.
    crowded_at: usize,
    /// Oldest first.
    queue: VecDeque<Unit>,
}

#[derive(Clone)]
struct Unit {
    link: Link,
    answer: Shared<Submitted>,
}

#[derive(PartialEq, Eq)]
enum Fate {
    Unknown,
    Appended,
    Failed,
}

impl Unit {
    fn fate(&self) -> Fate {
        match self.answer.clone().now_or_never() {
            None => Fate::Unknown,
            Some(Ok(_)) => Fate::Appended,
            Some(Err(_)) => Fate::Failed,
        }
    }
}

impl UnderWay {
    /// Whether one of those that have been answered failed, as far as they were answered in the
    /// order of their submission. If so, the house holds what never came to be.
    pub(super) fn has_failed(&mut self) -> bool {
        while let Some(oldest) = self.queue.front() {
            match oldest.fate() {
                Fate::Unknown => return false,
                Fate::Failed => return true,
                Fate::Appended => self.queue.pop_front(),
            };
        }
        false
    }

    /// The units that a proposal rests on. One that has failed is among them, and takes the
    /// proposal's own with it.
    pub(super) fn beneath(&self, proposal: &Proposal, house: &House) -> Vec<After> {
        let written = proposal.writes.iter().map(|write| &write.stream);
        let touched = written.chain(proposal.reads.iter().map(|(stream, _)| stream));
        let plan = house.plan().map(AsRef::as_ref);
        let beneath = touched.filter_map(|stream| {
            let unit = self.last.get(stream).filter(|unit| unit.fate() != Fate::Appended)?;
            let stream = stream.stream_id(proposal.event_id, plan)?;
            Some(After { link: unit.link.clone(), stream })
        });
        beneath.collect()
    }

    /// Takes in a proposal that was handed to the committer; returns what becomes of it.
    pub(super) fn add(&mut self, proposal: &Proposal, pending: Submitted) -> Shared<Submitted> {
        let unit = Unit { link: pending.link(), answer: pending.shared() };
        if self.last.len() >= self.crowded_at.max(MAX_STREAMS) {
            self.last.retain(|_, unit| unit.fate() != Fate::Appended);
            self.crowded_at = self.last.len() * 2;
        }
        for write in &proposal.writes {
            self.last.insert(write.stream.clone(), unit.clone());
        }
        self.queue.push_back(unit.clone());
        unit.answer
    }
}
