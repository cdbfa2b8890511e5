//! The units of work of one house that are on their way into the journal.
//!
//! The house itself looks what became of them: a command's sender hears of it too, but may be
//! slow to act on it, or gone (a client that hung up).

use std::collections::VecDeque;
use std::collections::hash_map::Entry;

use aisle_domain::house::{House, Proposal, StreamKey};
use aisle_infra::journal::commit::{After, Link, Submitted};
use foldhash::HashMap;

/// The units of work of a house that are not known to be in the journal.
#[derive(Default)]
pub(super) struct UnderWay {
    /// The last of them on each stream. Whoever decides on what it is to bring about falls with it:
    /// another process may have written as many facts, but other ones.
    last: HashMap<StreamKey, Link>,
    /// Oldest first.
    queue: VecDeque<Unit>,
}

/// A unit of work, and the streams that it extends.
struct Unit {
    link: Link,
    streams: Vec<StreamKey>,
}

impl UnderWay {
    /// Whether one of those that have been answered failed, as far as they were answered in the
    /// order of their submission. If so, the house holds what never came to be. Those before it
    /// are forgotten: they are in the journal.
    pub(super) fn has_failed(&mut self) -> bool {
        while let Some(oldest) = self.queue.front() {
            match oldest.link.answer() {
                None => return false,
                Some(Err(_)) => return true,
                Some(Ok(_)) => self.forget_oldest(),
            }
        }
        false
    }

    fn forget_oldest(&mut self) {
        let Some(Unit { link, streams }) = self.queue.pop_front() else { return };
        for stream in streams {
            if let Entry::Occupied(last) = self.last.entry(stream)
                && last.get().is(&link)
            {
                last.remove();
            }
        }
    }

    /// The units that a proposal rests on. One that has failed is among them, and takes the
    /// proposal's own with it.
    pub(super) fn beneath(&self, proposal: &Proposal, house: &House) -> Vec<After> {
        let written = proposal.writes.iter().map(|write| &write.stream);
        let touched = written.chain(proposal.reads.iter().map(|(stream, _)| stream));
        let plan = house.plan().map(AsRef::as_ref);
        let beneath = touched.filter_map(|stream| {
            let link =
                self.last.get(stream).filter(|link| !matches!(link.answer(), Some(Ok(_))))?;
            let stream = stream.stream_id(proposal.event_id, plan)?;
            Some(After { link: link.clone(), stream })
        });
        beneath.collect()
    }

    /// Takes in a proposal that was handed to the committer.
    pub(super) fn add(&mut self, proposal: &Proposal, submitted: &Submitted) {
        let link = submitted.link();
        let streams: Vec<_> = proposal.writes.iter().map(|write| write.stream.clone()).collect();
        for stream in &streams {
            self.last.insert(stream.clone(), link.clone());
        }
        self.queue.push_back(Unit { link, streams });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use aisle_domain::booking::BookingFact;
    use aisle_domain::house::Write;
    use aisle_domain::testing::{OPENING, at, booking_id, event_id};
    use aisle_infra::journal::commit::{Committer, CommitterConfig};
    use aisle_infra::journal::memory::MemoryJournal;
    use aisle_infra::journal::{NewFact, UnitOfWork};

    use super::*;

    /// Extends a booking's stream by the fact of this sequence.
    fn extending(sequence: u64) -> Proposal {
        let fact = Arc::new(BookingFact::Renewed { until: at(OPENING) }.into());
        let write = Write { stream: StreamKey::Booking(booking_id(1)), sequence, fact };
        Proposal { event_id: event_id(1), writes: vec![write], reads: Vec::new() }
    }

    fn unit(proposal: &Proposal) -> UnitOfWork {
        let fact = |write: &Write| {
            let stream = write.stream.stream_id(proposal.event_id, None).unwrap();
            NewFact::of(stream, write.sequence, write.fact.clone())
        };
        UnitOfWork {
            event_id: Some(proposal.event_id),
            facts: proposal.writes.iter().map(fact).collect(),
            reads: Vec::new(),
            metadata: "{}".to_owned(),
            idempotency: None,
        }
    }

    #[tokio::test]
    async fn a_unit_is_rested_on_until_it_is_in_the_journal_and_then_forgotten() {
        let config = CommitterConfig::default();
        let committer = Committer::start(Arc::new(MemoryJournal::new()), config);
        let (house, mut under_way) = (House::new(event_id(1), None), UnderWay::default());
        let submit = |proposal: &Proposal| committer.submit(unit(proposal)).unwrap();
        let (first, second) = (submit(&extending(1)), submit(&extending(2)));
        under_way.add(&extending(1), &first);
        under_way.add(&extending(2), &second);
        assert!(!under_way.has_failed());
        let beneath = under_way.beneath(&extending(3), &house);
        assert!(matches!(&*beneath, [After { link, .. }] if link.is(&second.link())));

        under_way.forget_oldest();
        let stale = submit(&extending(1));
        let last: Vec<_> = under_way.last.values().collect();
        assert!(matches!(&*last, [link] if link.is(&second.link())), "it was extended again");
        first.await.unwrap();
        second.await.unwrap();
        assert!(under_way.beneath(&extending(3), &house).is_empty());
        assert!(!under_way.has_failed());
        assert!(under_way.last.is_empty() && under_way.queue.is_empty());

        under_way.add(&extending(1), &stale);
        stale.await.unwrap_err();
        assert!(under_way.has_failed());
        assert_eq!(under_way.beneath(&extending(2), &house).len(), 1, "it falls with the one");
    }
}
