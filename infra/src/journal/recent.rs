//! The facts that this process appended last, as it would read them back.
//!
//! Several parts of a process read the journal's end as it grows, and most of what they read was
//! appended by that process a moment before. What is kept here spares the store that reading.
//!
//! It is never all of an answer: others append too, so the store is always asked for what comes
//! after what is known here.

use std::collections::VecDeque;
use std::sync::Arc;

use aisle_domain::id::EventId;
use aisle_domain::stream::Position;
use parking_lot::Mutex;

use super::{Appended, RecordedFact, Rejection, UnitOfWork};

/// The facts that this process appended last, without a gap between them.
#[derive(Debug)]
pub(super) struct Recent {
    capacity: usize,
    facts: Mutex<VecDeque<Arc<RecordedFact>>>,
}

/// The beginning of an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) facts: Vec<Arc<RecordedFact>>,
    /// Up to here, `facts` are all there are: the store is asked for what comes after.
    pub(super) through: Position,
}

impl Known {
    /// The facts, for those who take them apart.
    pub(super) fn into_owned(self) -> (Vec<RecordedFact>, Position) {
        (self.facts.into_iter().map(Arc::unwrap_or_clone).collect(), self.through)
    }
}

impl Recent {
    /// Keeps this many facts, of some 700 bytes each.
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, facts: Mutex::default() }
    }

    /// Remembers what was appended of a batch: takes it out of the units.
    pub(super) fn add(&self, units: &mut [UnitOfWork], outcomes: &[Result<Appended, Rejection>]) {
        if self.capacity == 0 {
            return;
        }
        let mut batch = Vec::with_capacity(units.iter().map(|unit| unit.facts.len()).sum());
        for (unit, outcome) in units.iter_mut().zip(outcomes) {
            if let Ok(at) = outcome {
                batch.extend(recorded(unit, *at));
            }
        }
        let Some(first) = batch.first() else { return };
        let mut facts = self.facts.lock();
        match facts.back() {
            // Somebody else's facts lie in between.
            Some(last) if last.position + 1 < first.position => facts.clear(),
            // Another batch of this process was appended later, but came here first.
            Some(last) if last.position >= first.position => return,
            _ => {}
        }
        facts.extend(batch);
        let surplus = facts.len().saturating_sub(self.capacity);
        facts.drain(..surplus);
    }

    /// The facts after a position, of one event or of all, up to a limit, as far as they are known.
    pub(super) fn after(&self, after: Position, limit: usize, event: Option<EventId>) -> Known {
        let wanted = |fact: &&Arc<RecordedFact>| event.is_none() || fact.event_id == event;
        let (found, through) = {
            let facts = self.facts.lock();
            let first = facts.front().map_or(Position::MAX, |first| first.position);
            let known = after.checked_add(1).and_then(|next| next.checked_sub(first));
            let Some(skip) = known.and_then(|skip| usize::try_from(skip).ok()) else {
                return Known { facts: Vec::new(), through: after };
            };
            let found = facts.iter().skip(skip).filter(wanted).take(limit).cloned();
            let last = facts.back().map_or(after, |last| last.position);
            (found.collect(), last.max(after))
        };
        Known { facts: found, through }
    }
}

/// The facts of a unit of work as they are in the journal, taken out of it.
fn recorded(unit: &mut UnitOfWork, at: Appended) -> impl Iterator<Item = Arc<RecordedFact>> {
    let before = at.position - unit.facts.len() as Position;
    let facts = std::mem::take(&mut unit.facts);
    let (event_id, metadata) = (unit.event_id, &unit.metadata);
    facts.into_iter().zip(before + 1..).map(move |(fact, position)| {
        Arc::new(RecordedFact {
            position,
            event_id,
            stream: fact.stream,
            sequence: fact.sequence,
            fact: fact.fact,
            version: fact.version,
            payload: fact.payload,
            metadata: metadata.clone(),
            recorded_at: at.recorded_at,
            meaning: fact.meaning,
        })
    })
}

#[cfg(test)]
mod tests {
    use aisle_domain::stream::{AggregateType, StreamId};
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::super::{Meaning, NewFact};
    use super::*;

    fn event(number: u128) -> EventId {
        EventId(Uuid::from_u128(number))
    }

    /// Appends units of two facts each, of these events, the last of them at this position.
    fn add(recent: &Recent, events: &[u128], through: Position) {
        let fact = |id: &str| NewFact {
            stream: StreamId { aggregate: AggregateType::Seat, id: id.to_owned() },
            sequence: 1,
            fact: "held".to_owned(),
            version: "1".to_owned(),
            payload: "{}".to_owned(),
            meaning: Meaning::default(),
        };
        let unit = |number: &u128| UnitOfWork {
            event_id: Some(event(*number)),
            facts: vec![fact("a"), fact("b")],
            reads: Vec::new(),
            metadata: "{}".to_owned(),
            idempotency: None,
        };
        let mut units = events.iter().map(unit).collect::<Vec<_>>();
        let first = through - 2 * (units.len() as Position - 1);
        let outcome = |number| {
            let position = first + 2 * number;
            Ok(Appended { position, recorded_at: Timestamp::UNIX_EPOCH })
        };
        let outcomes = (0..units.len() as Position).map(outcome).collect::<Vec<_>>();
        recent.add(&mut units, &outcomes);
    }

    fn positions(known: &Known) -> (Vec<Position>, Position) {
        (known.facts.iter().map(|fact| fact.position).collect(), known.through)
    }

    #[test]
    fn what_was_appended_is_known_from_any_place_in_it() {
        let recent = Recent::new(100);
        add(&recent, &[1, 2], 14);
        add(&recent, &[1], 16);
        assert_eq!(positions(&recent.after(10, 9, None)), (vec![11, 12, 13, 14, 15, 16], 16));
        assert_eq!(positions(&recent.after(14, 1, None)), (vec![15], 16));
        assert_eq!(positions(&recent.after(16, 9, None)), (vec![], 16));
        assert_eq!(positions(&recent.after(11, 9, Some(event(1)))), (vec![12, 15, 16], 16));
    }

    #[test]
    fn what_lies_before_or_behind_is_not_known() {
        let recent = Recent::new(100);
        assert_eq!(positions(&recent.after(0, 9, None)), (vec![], 0));
        add(&recent, &[1], 12);
        for after in [0, 9, 13, Position::MAX] {
            assert_eq!(positions(&recent.after(after, 9, None)), (vec![], after), "{after}");
        }
    }

    #[test]
    fn the_facts_of_others_make_a_gap_and_only_what_follows_it_is_known() {
        let recent = Recent::new(100);
        add(&recent, &[1], 2);
        add(&recent, &[1], 7);
        assert_eq!(positions(&recent.after(0, 9, None)), (vec![], 0));
        assert_eq!(positions(&recent.after(5, 9, None)), (vec![6, 7], 7));
        // Appended before the others, but heard of after them.
        add(&recent, &[1], 4);
        assert_eq!(positions(&recent.after(5, 9, None)), (vec![6, 7], 7));
    }

    #[test]
    fn only_the_last_are_kept() {
        let recent = Recent::new(3);
        add(&recent, &[1, 2], 4);
        assert_eq!(positions(&recent.after(1, 9, None)), (vec![2, 3, 4], 4));
        assert_eq!(positions(&recent.after(0, 9, None)), (vec![], 0));
        let none = Recent::new(0);
        add(&none, &[1], 2);
        assert_eq!(positions(&none.after(0, 9, None)), (vec![], 0));
    }
}
