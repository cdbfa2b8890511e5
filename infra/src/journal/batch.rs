//! A batch as the stores want it: its distinct streams and keys numbered, and per unit of work
//! what it expects of which stream.
//!
//! It decides nothing and knows no store; [`super::decide`] and `aisle_append` do.

use std::ops::Range;

use aisle_domain::stream::{Sequence, StreamId};
use foldhash::{HashMap, HashMapExt as _};

use super::{NewFact, UnitOfWork};
use crate::journal::decide::{Verdict, decide};

/// No stream is ever there: what a unit expects whose own facts make no sense together.
/// Far enough from the end of `i64` that adding a count of facts cannot overflow.
const NEVER: i64 = i64::MIN / 2;

/// What one unit of work expects of one stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Touch {
    /// Index into [`Batch::streams`].
    pub(super) stream: usize,
    /// The sequence that the stream must have before the unit.
    pub(super) expected: i64,
    /// How many facts the unit adds to it; 0 if it only read it.
    pub(super) facts: i64,
}

/// A batch, prepared.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    pub(super) units: &'a [UnitOfWork],
    /// The distinct streams.
    pub(super) streams: Vec<&'a StreamId>,
    /// Per stream: where it must be before the batch for everything to be accepted.
    pub(super) base: Vec<i64>,
    /// Of all units, in their order.
    pub(super) touches: Vec<Touch>,
    /// Per unit: its part of `touches`.
    pub(super) spans: Vec<Range<usize>>,
    /// Per fact of the batch, in order: the index of its stream.
    pub(super) fact_streams: Vec<usize>,
    /// The distinct keys, as (actor, key).
    pub(super) keys: Vec<(&'a str, &'a str)>,
    /// Per unit: the index of its key.
    pub(super) key_of: Vec<Option<usize>>,
    /// Whether all units are accepted if the streams are at `base` and no key was used before.
    pub(super) consistent: bool,
}

impl<'a> Batch<'a> {
    pub(super) fn of(units: &'a [UnitOfWork]) -> Self {
        let mut numbering = Numbering::of(units);
        let mut spans = Vec::with_capacity(units.len());
        for unit in units {
            spans.push(numbering.unit(unit));
        }
        let mut keys = Numbers::with_capacity(units.len());
        let key_of = units.iter().map(|unit| {
            let key = unit.idempotency.as_ref()?;
            Some(keys.number((key.actor.as_str(), key.key.as_str())))
        });
        let key_of = key_of.collect();
        let Numbering { streams, base, touches, fact_streams, .. } = numbering;
        let (streams, keys) = (streams.distinct, keys.distinct);
        let mut batch = Self {
            units,
            streams,
            base,
            touches,
            spans,
            fact_streams,
            keys,
            key_of,
            consistent: false,
        };
        let verdicts = decide(&batch, &batch.base, vec![false; batch.keys.len()]);
        batch.consistent = verdicts.iter().all(|verdict| *verdict == Verdict::Accepted);
        batch
    }

    /// What a unit expects.
    pub(super) fn touches_of(&self, unit: usize) -> &[Touch] {
        &self.touches[self.spans[unit].clone()]
    }
}

/// Numbers distinct things in the order of their first appearance.
#[derive(Debug)]
struct Numbers<T> {
    numbers: HashMap<T, usize>,
    distinct: Vec<T>,
}

impl<T> Numbers<T> {
    fn with_capacity(things: usize) -> Self {
        Self { numbers: HashMap::with_capacity(things), distinct: Vec::with_capacity(things) }
    }
}

impl<T: Copy + Eq + std::hash::Hash> Numbers<T> {
    fn number(&mut self, thing: T) -> usize {
        *self.numbers.entry(thing).or_insert_with(|| {
            self.distinct.push(thing);
            self.distinct.len() - 1
        })
    }
}

/// The streams and touches, as they are collected.
#[derive(Debug)]
struct Numbering<'a> {
    streams: Numbers<&'a StreamId>,
    base: Vec<i64>,
    touches: Vec<Touch>,
    fact_streams: Vec<usize>,
    /// Per stream: the last touch that writes it.
    written: Vec<Option<usize>>,
}

impl<'a> Numbering<'a> {
    fn of(units: &[UnitOfWork]) -> Self {
        let touches = units.iter().map(|unit| unit.facts.len() + unit.reads.len()).sum();
        Self {
            streams: Numbers::with_capacity(touches),
            base: Vec::with_capacity(touches),
            touches: Vec::with_capacity(touches),
            fact_streams: Vec::with_capacity(touches),
            written: Vec::with_capacity(touches),
        }
    }

    fn unit(&mut self, unit: &'a UnitOfWork) -> Range<usize> {
        let start = self.touches.len();
        for fact in &unit.facts {
            self.fact(fact, start);
        }
        for (stream, expected) in &unit.reads {
            let expected = i64::try_from(*expected).unwrap_or(NEVER);
            let stream = self.streams.number(stream);
            self.touch(stream, expected, 0);
        }
        start..self.touches.len()
    }

    /// Extends the unit's touch of the stream, or begins it.
    fn fact(&mut self, fact: &'a NewFact, unit_start: usize) {
        let before = before(fact.sequence);
        let stream = self.streams.number(&fact.stream);
        self.fact_streams.push(stream);
        let of_this_unit = |touch: &usize| *touch >= unit_start;
        match self.written.get(stream).copied().flatten().filter(of_this_unit) {
            None => {
                self.touch(stream, before, 1);
                self.written[stream] = Some(self.touches.len() - 1);
            }
            Some(touch) => {
                let touch = &mut self.touches[touch];
                if touch.expected + touch.facts != before {
                    touch.expected = NEVER;
                }
                touch.facts += 1;
            }
        }
    }

    fn touch(&mut self, stream: usize, expected: i64, facts: i64) {
        if stream >= self.base.len() {
            self.base.push(expected);
            self.written.push(None);
        }
        self.touches.push(Touch { stream, expected, facts });
    }
}

fn before(sequence: Sequence) -> i64 {
    let before = sequence.checked_sub(1).and_then(|before| i64::try_from(before).ok());
    before.unwrap_or(NEVER)
}

#[cfg(test)]
mod tests {
    use super::super::Meaning;
    use super::*;

    fn stream(name: &str) -> StreamId {
        StreamId { aggregate: aisle_domain::stream::AggregateType::Seat, id: name.to_owned() }
    }

    fn unit(facts: &[(&str, Sequence)], reads: &[(&str, Sequence)]) -> UnitOfWork {
        let facts = facts.iter().map(|(name, sequence)| NewFact {
            stream: stream(name),
            sequence: *sequence,
            fact: "held".to_owned(),
            version: "1".to_owned(),
            payload: "{}".to_owned(),
            meaning: Meaning::default(),
        });
        UnitOfWork {
            event_id: None,
            facts: facts.collect(),
            reads: reads.iter().map(|(name, sequence)| (stream(name), *sequence)).collect(),
            metadata: "{}".to_owned(),
            idempotency: None,
        }
    }

    #[test]
    fn facts_of_one_stream_are_one_touch_even_if_others_lie_between() {
        let units = [unit(&[("a", 4), ("b", 1), ("a", 5)], &[("c", 7)])];
        let batch = Batch::of(&units);
        let touches = batch.touches_of(0).iter().map(|t| (t.stream, t.expected, t.facts));
        assert_eq!(touches.collect::<Vec<_>>(), [(0, 3, 2), (1, 0, 1), (2, 7, 0)]);
        assert_eq!(batch.fact_streams, [0, 1, 0]);
        assert_eq!(batch.base, [3, 0, 7]);
        assert!(batch.consistent);
    }

    #[test]
    fn a_chain_is_consistent_and_a_race_is_not() {
        let chain = [unit(&[("a", 4)], &[]), unit(&[("a", 5)], &[]), unit(&[], &[("a", 5)])];
        assert!(Batch::of(&chain).consistent);
        let race = [unit(&[("a", 4)], &[]), unit(&[("a", 4)], &[])];
        assert!(!Batch::of(&race).consistent);
    }

    #[test]
    fn facts_that_make_no_sense_together_expect_what_never_is() {
        for facts in [&[("a", 0)][..], &[("a", 1), ("a", 3)], &[("a", Sequence::MAX)]] {
            let units = [unit(facts, &[])];
            let touched = Batch::of(&units).touches_of(0)[0];
            assert!(touched.expected < 0, "{facts:?} expect {}", touched.expected);
        }
    }
}
