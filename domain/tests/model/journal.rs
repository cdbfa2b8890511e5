//! The journal of the model, with the guard that the real one has, or less of it.
//!
//! It keeps the facts, what they come to, a mark per stream by which two journals are told apart,
//! and the independent checker, which has seen them all.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use aisle_domain::booking::BookingFact;
use aisle_domain::event::Phase;
use aisle_domain::fact::Fact;
use aisle_domain::house::{House, Proposal, Write};
use aisle_domain::stream::{Sequence, StreamId};
use aisle_domain::testing::GivenHouse;
use aisle_domain::testing::checker::{Checker, Row};
use jiff::Timestamp;

/// What an append compares with what stands in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// The sequences of all streams that a decision rests on.
    Whole,
    /// Only those that it extends.
    OfWritesOnly,
    /// Nothing.
    Off,
}

/// How far each stream has come, and a hash of what is in it.
pub(crate) type Marks = BTreeMap<StreamId, (Sequence, u64)>;

/// A house with the marks of what it has taken in.
#[derive(Clone)]
pub(crate) struct View {
    pub(crate) house: Arc<House>,
    pub(crate) marks: Marks,
}

/// All that was recorded.
#[derive(Clone)]
pub(crate) struct Journal {
    pub(crate) view: View,
    pub(crate) checker: Checker,
    /// Whether something was sold after the event was called off.
    pub(crate) has_sold_after_the_end: bool,
    /// Whether a payment that came late had its seats again.
    pub(crate) has_confirmed_late: bool,
    /// The rows of the event on sale; those that follow are in `facts`.
    first_rows: u64,
    facts: Vec<(StreamId, Sequence, Fact)>,
}

impl View {
    pub(crate) fn take(&mut self, stream: &StreamId, sequence: Sequence, fact: &Fact) {
        Arc::make_mut(&mut self.house).apply(stream, sequence, fact).expect("the next fact");
        let mark = self.marks.entry(stream.clone()).or_default();
        let mut hasher = DefaultHasher::new();
        (mark.1, format!("{fact:?}")).hash(&mut hasher);
        *mark = (sequence, hasher.finish());
    }

    /// How far a stream has come.
    pub(crate) fn reached(&self, stream: &StreamId) -> Sequence {
        self.marks.get(stream).map_or(0, |mark| mark.0)
    }

    /// Takes in what it has proposed itself, at the sequences that it meant.
    pub(crate) fn take_proposal(&mut self, proposal: &Proposal) {
        for write in &proposal.writes {
            self.take(&stream_of(write, proposal, &self.house), write.sequence, &write.fact);
        }
    }
}

impl Journal {
    /// Of an event that is on sale.
    pub(crate) fn of(given: &GivenHouse) -> Self {
        let mut checker = Checker::default();
        let mut marks = Marks::new();
        for row in given.journal() {
            checker.take(row);
            marks.insert(row.stream.clone(), (row.sequence, 0));
        }
        let view = View { house: Arc::new(given.house().clone()), marks };
        let (first_rows, facts) = (given.journal().len() as u64, Vec::new());
        let (has_sold_after_the_end, has_confirmed_late) = (false, false);
        Self { view, checker, has_sold_after_the_end, has_confirmed_late, first_rows, facts }
    }

    /// Appends a unit of work, unless the guard finds that it rests on what is no longer so.
    pub(crate) fn append(&mut self, proposal: &Proposal, guard: Guard, now: Timestamp) -> bool {
        if !self.admits(proposal, guard) {
            return false;
        }
        self.has_sold_after_the_end |= self.sells_after_the_end(proposal);
        self.has_confirmed_late |= proposal.writes.iter().any(|write| {
            matches!(&*write.fact, Fact::Booking(BookingFact::Confirmed { late: true, .. }))
        });
        for write in &proposal.writes {
            let stream = stream_of(write, proposal, &self.view.house);
            let sequence = self.view.reached(&stream) + 1;
            self.view.take(&stream, sequence, &write.fact);
            self.facts.push((stream.clone(), sequence, Fact::clone(&write.fact)));
            let payload = write.fact.encode().expect("facts can be written");
            self.checker.take(&Row {
                position: self.first_rows + self.facts.len() as u64,
                stream,
                sequence,
                fact: write.fact.name().to_owned(),
                payload: serde_json::from_str(&payload).expect("facts are JSON"),
                recorded_at: Some(now),
            });
        }
        true
    }

    fn admits(&self, proposal: &Proposal, guard: Guard) -> bool {
        let mut next = Marks::new();
        let writes_fit = proposal.writes.iter().all(|write| {
            let stream = stream_of(write, proposal, &self.view.house);
            let reached = next.entry(stream.clone()).or_insert((self.view.reached(&stream), 0));
            reached.0 += 1;
            reached.0 == write.sequence
        });
        let plan = self.view.house.plan();
        let reads_fit = proposal.reads.iter().all(|(key, sequence)| {
            let stream = key.stream_id(proposal.event_id, plan.map(|plan| &**plan));
            self.view.reached(&stream.expect("a stream of the plan")) == *sequence
        });
        match guard {
            Guard::Whole => writes_fit && reads_fit,
            Guard::OfWritesOnly => writes_fit,
            Guard::Off => true,
        }
    }

    /// What was recorded of the event on sale, in order.
    pub(crate) fn facts(&self) -> &[(StreamId, Sequence, Fact)] {
        &self.facts
    }

    fn sells_after_the_end(&self, proposal: &Proposal) -> bool {
        let sells = |fact: &Fact| {
            use BookingFact::{Confirmed, Held, PaymentStarted, Renewed};
            let Fact::Booking(fact) = fact else { return false };
            matches!(fact, Held { .. } | Confirmed { .. } | PaymentStarted { .. } | Renewed { .. })
        };
        self.view.house.event().phase() == Some(Phase::Cancelled)
            && proposal.writes.iter().any(|write| sells(&write.fact))
    }
}

fn stream_of(write: &Write, proposal: &Proposal, house: &House) -> StreamId {
    let plan = house.plan().map(|plan| &**plan);
    write.stream.stream_id(proposal.event_id, plan).expect("a seat of the plan")
}
