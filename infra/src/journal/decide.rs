//! Which units of a batch are accepted, given where its streams are and which keys are taken.
//!
//! Pure. The PostgreSQL store does the same in `aisle_append`, under its lock; the contract suite
//! holds both to one model.

use aisle_domain::stream::Position;
use jiff::Timestamp;

use super::batch::{Batch, Touch};
use super::{Appended, Rejection, StoredAnswer};

/// What becomes of one unit of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    /// On this stream of the batch.
    Conflict(usize),
    /// Under this key of the batch.
    Repeated(usize),
}

/// Judges the units one after another. `stored` is where each stream is before the batch,
/// `taken` whether each key was used before it.
pub(super) fn decide(batch: &Batch<'_>, stored: &[i64], mut taken: Vec<bool>) -> Vec<Verdict> {
    let mut streams =
        Streams { stored, current: stored.to_vec(), missing: vec![false; stored.len()] };
    let judged = batch.key_of.iter().enumerate().map(|(unit, key)| {
        let touches = batch.touches_of(unit);
        if let Some(key) = key.filter(|key| taken[*key]) {
            streams.reject(touches);
            return Verdict::Repeated(key);
        }
        if let Some(touch) = touches.iter().find(|touch| !streams.allows(touch)) {
            streams.reject(touches);
            return Verdict::Conflict(touch.stream);
        }
        streams.accept(touches);
        if let Some(key) = key {
            taken[*key] = true;
        }
        Verdict::Accepted
    });
    judged.collect()
}

/// Where the streams are in the course of a batch.
struct Streams<'a> {
    stored: &'a [i64],
    current: Vec<i64>,
    /// A rejected unit meant to write the sequence that is stored: who expects it after that may
    /// expect that unit's fact, not the one that is there.
    missing: Vec<bool>,
}

impl Streams<'_> {
    fn allows(&self, touch: &Touch) -> bool {
        let Touch { stream, expected, .. } = *touch;
        let foreign = self.missing[stream] && expected == self.stored[stream];
        self.current[stream] == expected && !foreign
    }

    fn accept(&mut self, touches: &[Touch]) {
        for touch in touches {
            self.current[touch.stream] += touch.facts;
        }
    }

    fn reject(&mut self, touches: &[Touch]) {
        for touch in touches {
            let stored = self.stored[touch.stream];
            if touch.expected < stored && stored <= touch.expected + touch.facts {
                self.missing[touch.stream] = true;
            }
        }
    }
}

/// What was in the store before the batch, and when the batch was recorded.
pub(super) struct Before {
    pub(super) head: Position,
    pub(super) recorded_at: Timestamp,
    /// Per key of the batch.
    pub(super) answers: Vec<Option<StoredAnswer>>,
}

/// The answers to the units of a batch.
pub(super) fn outcomes(
    batch: &Batch<'_>,
    verdicts: &[Verdict],
    before: Before,
) -> Vec<Result<Appended, Rejection>> {
    let Before { mut head, recorded_at, mut answers } = before;
    let outcomes =
        batch.units.iter().zip(verdicts).enumerate().map(|(at, (unit, verdict))| match *verdict {
            Verdict::Conflict(stream) => Err(Rejection::Conflict(batch.streams[stream].clone())),
            Verdict::Repeated(key) => {
                let answer = answers[key].clone();
                Err(Rejection::Repeated(answer.expect("a taken key has an answer")))
            }
            Verdict::Accepted => {
                head += unit.facts.len() as Position;
                if let (Some(key), Some(given)) = (batch.key_of[at], &unit.idempotency) {
                    answers[key] = Some(StoredAnswer {
                        digest: given.digest,
                        answer: given.answer.clone(),
                        position: head,
                    });
                }
                Ok(Appended { position: head, recorded_at })
            }
        });
    outcomes.collect()
}
