//! Random batches against a model that knows nothing of how a store works: it takes the units one
//! after another and asks of each whether what it expects is so.

use std::collections::{HashMap, HashSet};

use aisle_domain::stream::{Sequence, StreamId};
use aisle_infra::journal::{Appended, JournalStore, Rejection, StoredAnswer, UnitOfWork};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::world::{World, fact, keyed, stream, unit};

/// What one unit does with one stream.
#[derive(Debug, Clone)]
struct Step {
    stream: usize,
    /// How many facts; 0 reads.
    facts: u64,
    /// How far off its expectation is.
    off: i64,
    /// Where there is a hole between its facts.
    hole: bool,
}

/// One unit, as it is drawn.
#[derive(Debug, Clone)]
struct Drawn {
    steps: Vec<Step>,
    key: Option<u8>,
    /// Decided on what the units before it in the batch are to bring about.
    chained: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let off = prop_oneof![12 => Just(0), 1 => Just(-1), 1 => Just(1), 1 => Just(2)];
    let step = (0..5_usize, 0..3_u64, off, proptest::bool::weighted(0.03));
    let step = step.prop_map(|(stream, facts, off, hole)| Step { stream, facts, off, hole });
    let key = proptest::option::weighted(0.3, 0..4_u8);
    (vec(step, 0..4), key, any::<bool>()).prop_map(|(steps, key, chained)| Drawn {
        steps,
        key,
        chained,
    })
}

/// The journal as a model.
#[derive(Debug, Default)]
struct Model {
    /// Apart from other cases on the same journal.
    case: usize,
    head: u64,
    streams: HashMap<StreamId, Sequence>,
    answers: HashMap<String, StoredAnswer>,
}

/// What the model says of a unit: any of the streams in conflict may be named.
#[derive(Debug)]
enum Expected {
    Appended(u64),
    Repeated(StoredAnswer),
    Conflict(HashSet<StreamId>),
}

impl Model {
    fn name(&self, number: usize) -> String {
        format!("{}-{number}", self.case)
    }

    /// Makes units of what was drawn. `hoped` is where the streams are if all goes well.
    fn units(&self, batch: &[Drawn]) -> Vec<UnitOfWork> {
        let mut hoped = self.streams.clone();
        batch.iter().map(|drawn| self.unit(drawn, &mut hoped)).collect()
    }

    fn unit(&self, drawn: &Drawn, hoped: &mut HashMap<StreamId, Sequence>) -> UnitOfWork {
        let mut made = unit([]);
        let seen = if drawn.chained { hoped.clone() } else { self.streams.clone() };
        let mut next = seen.clone();
        for step in &drawn.steps {
            let name = self.name(step.stream);
            let at = if step.facts == 0 { &seen } else { &next };
            let at = at.get(&stream(&name)).copied().unwrap_or(0);
            let at = at.saturating_add_signed(step.off);
            if step.facts == 0 {
                made.reads.push((stream(&name), at));
                continue;
            }
            let hole = u64::from(step.hole);
            made.facts.extend((at + 1..=at + step.facts).map(|sequence| {
                fact(&name, if sequence > at + 1 { sequence + hole } else { sequence })
            }));
            next.insert(stream(&name), at + step.facts);
        }
        for fact in &made.facts {
            hoped.insert(fact.stream.clone(), fact.sequence);
        }
        match drawn.key {
            None => made,
            Some(key) => keyed(made, "ann", &format!("{}-{key}", self.case), &format!("{key}")),
        }
    }

    fn append(&mut self, units: &[UnitOfWork]) -> Vec<Expected> {
        let mut written = HashSet::new();
        let mut meant = HashSet::new();
        units.iter().map(|unit| self.append_one(unit, &mut written, &mut meant)).collect()
    }

    /// `written` and `meant`: the places that units of this batch have filled, and meant to fill.
    fn append_one(
        &mut self,
        unit: &UnitOfWork,
        written: &mut HashSet<(StreamId, Sequence)>,
        meant: &mut HashSet<(StreamId, Sequence)>,
    ) -> Expected {
        let (streams, mut wrong, sense) = self.play(unit);
        for (stream, expected) in expectations(unit) {
            let place = (stream.clone(), expected);
            if expected > 0 && meant.contains(&place) && !written.contains(&place) {
                wrong.insert(stream);
            }
        }
        let facts = unit.facts.iter().map(|fact| (fact.stream.clone(), fact.sequence));
        meant.extend(facts.clone().filter(|(stream, _)| sense.contains(stream)));
        let key = unit.idempotency.as_ref().map(|given| given.key.clone());
        if let Some(answer) = key.as_ref().and_then(|key| self.answers.get(key)) {
            return Expected::Repeated(answer.clone());
        }
        if !wrong.is_empty() {
            return Expected::Conflict(wrong);
        }
        written.extend(facts);
        self.streams = streams;
        self.head += unit.facts.len() as u64;
        if let Some(given) = &unit.idempotency {
            let (digest, answer) = (given.digest, given.answer.clone());
            let stored = StoredAnswer { digest, answer, position: self.head };
            self.answers.insert(given.key.clone(), stored);
        }
        Expected::Appended(self.head)
    }

    /// Where the streams were after the unit; which of them are not where it expects them; and of
    /// which its own facts make sense together.
    fn play(
        &self,
        unit: &UnitOfWork,
    ) -> (HashMap<StreamId, Sequence>, HashSet<StreamId>, HashSet<StreamId>) {
        let mut streams = self.streams.clone();
        let mut wrong = HashSet::new();
        for (stream, expected) in &unit.reads {
            if self.streams.get(stream).copied().unwrap_or(0) != *expected {
                wrong.insert(stream.clone());
            }
        }
        for fact in &unit.facts {
            let at = streams.entry(fact.stream.clone()).or_insert(0);
            if fact.sequence != *at + 1 {
                wrong.insert(fact.stream.clone());
            }
            *at += 1;
        }
        let mut sense = unit.facts.iter().map(|fact| fact.stream.clone()).collect::<HashSet<_>>();
        sense.retain(|stream| {
            let facts = unit.facts.iter().filter(|fact| fact.stream == *stream);
            let sequences = facts.map(|fact| fact.sequence).collect::<Vec<_>>();
            sequences[0] > 0 && sequences.iter().copied().eq((sequences[0]..).take(sequences.len()))
        });
        (streams, wrong, sense)
    }
}

/// What a unit expects of the streams that it reads or extends.
fn expectations(unit: &UnitOfWork) -> Vec<(StreamId, Sequence)> {
    let mut expected = unit.reads.clone();
    let mut extended = HashSet::new();
    for fact in &unit.facts {
        if extended.insert(&fact.stream) {
            expected.push((fact.stream.clone(), fact.sequence.saturating_sub(1)));
        }
    }
    expected
}

fn compare(
    expected: &Expected,
    outcome: &Result<Appended, Rejection>,
) -> Result<(), TestCaseError> {
    match (expected, outcome) {
        (Expected::Appended(position), Ok(appended)) => {
            prop_assert_eq!(*position, appended.position);
        }
        (Expected::Repeated(answer), Err(Rejection::Repeated(stored))) => {
            prop_assert_eq!(answer, stored);
        }
        (Expected::Conflict(streams), Err(Rejection::Conflict(stream))) => {
            prop_assert!(streams.contains(stream), "{stream} is none of {streams:?}");
        }
        _ => prop_assert!(false, "expected {expected:?}, got {outcome:?}"),
    }
    Ok(())
}

async fn play(
    journal: &dyn JournalStore,
    case: usize,
    batches: &[Vec<Drawn>],
) -> Result<(), TestCaseError> {
    let start = journal.head().await.unwrap();
    let mut model = Model { case, head: start, ..Model::default() };
    for batch in batches {
        let units = model.units(batch);
        let outcomes = journal.append(&units).await.unwrap();
        prop_assert_eq!(outcomes.len(), units.len());
        for (expected, outcome) in model.append(&units).iter().zip(&outcomes) {
            compare(expected, outcome)?;
        }
    }
    let facts = journal.read(start, usize::MAX).await.unwrap();
    prop_assert!(facts.iter().map(|fact| fact.position).eq(start + 1..=model.head));
    let mut streams = HashMap::new();
    for fact in facts {
        let at = streams.entry(fact.stream).or_insert(0);
        *at += 1;
        prop_assert_eq!(*at, fact.sequence);
    }
    Ok(())
}

/// Many cases on one journal, each on streams and keys of its own.
fn hold_to_the_model(runtime: &tokio::runtime::Runtime, world: &World) {
    let config = Config { cases: 150, failure_persistence: None, ..Config::default() };
    let case = std::cell::Cell::new(0);
    let outcome = TestRunner::new(config).run(&vec(vec(drawn(), 1..12), 1..5), |batches| {
        case.set(case.get() + 1);
        runtime.block_on(play(&*world.journal, case.get(), &batches))
    });
    outcome.unwrap();
}

macro_rules! model_on {
    ($($test:ident: $store:ident),+) => {$(
        #[test]
        fn $test() {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let world = runtime.block_on(World::$store());
            hold_to_the_model(&runtime, &world);
            runtime.block_on(world.close());
        }
    )+};
}

model_on! {
    memory_behaves_as_the_model: memory,
    sqlite_behaves_as_the_model: sqlite,
    indexes_that_follow_behave_as_the_model: indexing,
    postgres_behaves_as_the_model: postgres,
    a_journal_that_remembers_behaves_as_the_model: remembering
}
