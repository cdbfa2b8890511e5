//! Any fact of any kind comes back from every store as it went, and what is carried beside its
//! payload says what the payload says.

use std::fs;
use std::path::Path;

use aisle_domain::fact::{Fact, VERSION};
use aisle_domain::stream::AggregateType;
use aisle_infra::journal::{Entry, Meaning, NewFact, RecordedFact, UnitOfWork};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::drawn_facts::like;
use crate::world::{World, event, on_stores, stream, unit};

on_stores!([memory, sqlite, postgres, remembering], [every_kind_of_fact_comes_back_as_it_went]);

/// How many of each kind go through a store.
const OF_EACH: usize = 8;

/// A fact of each kind there is. The domain holds these files to be complete.
fn kinds() -> Vec<Fact> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/testdata/golden/v1");
    let paths = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut facts: Vec<Fact> = paths.map(|path| read(&path)).collect();
    facts.sort_by_key(|fact| (aggregate(fact).as_str(), fact.name()));
    facts.dedup_by_key(|fact| (aggregate(fact), fact.name()));
    facts
}

fn read(path: &Path) -> Fact {
    let name = path.file_name().unwrap().to_str().unwrap();
    let aggregate = name.split('.').next().unwrap().parse().unwrap();
    Fact::decode(aggregate, VERSION, &fs::read_to_string(path).unwrap()).unwrap()
}

fn aggregate(fact: &Fact) -> AggregateType {
    match fact {
        Fact::Event(_) => AggregateType::Event,
        Fact::Seat(_) => AggregateType::Seat,
        Fact::Area(_) => AggregateType::Area,
        Fact::Booking(_) => AggregateType::Booking,
    }
}

#[test]
fn what_is_written_of_a_fact_says_all_of_it() {
    for kind in kinds() {
        let mut runner = TestRunner::default();
        let outcome = runner.run(&like(&kind), |fact| {
            prop_assert_eq!(fact.name(), kind.name());
            let payload = fact.encode().unwrap();
            let again = Fact::decode(aggregate(&kind), VERSION, &payload);
            prop_assert_eq!(again.unwrap(), fact, "{}", payload);
            Ok(())
        });
        outcome.unwrap_or_else(|error| panic!("{} {}: {error}", aggregate(&kind), kind.name()));
    }
}

async fn every_kind_of_fact_comes_back_as_it_went(world: &World) {
    let mut runner = TestRunner::default();
    let mut drawn = |kind: &Fact| like(kind).new_tree(&mut runner).unwrap().current();
    let facts: Vec<Fact> =
        kinds().iter().flat_map(|kind| [kind; OF_EACH].map(&mut drawn)).collect();
    let unit = recording(&facts);
    world.append(unit).await.unwrap();
    let known = world.journal.read_known(0, usize::MAX).await.unwrap();
    let stored = world.another().await.read(0, usize::MAX).await.unwrap();
    assert_eq!((known.len(), stored.len()), (facts.len(), facts.len()));
    for ((fact, known), stored) in facts.iter().zip(known).zip(stored) {
        let payload = RecordedFact { meaning: Meaning::default(), ..stored.clone() };
        for told in [(*known).clone(), stored, payload] {
            assert_eq!(*Entry::decode(told).unwrap().fact, *fact);
        }
    }
}

/// What is carried is believed, so nothing else may ever stand there.
#[tokio::test]
async fn what_is_known_is_not_read_again() {
    for world in [World::memory().await, World::sqlite().await] {
        let facts = kinds();
        world.append(recording(&facts)).await.unwrap();
        let known = world.journal.read_known(0, usize::MAX).await.unwrap();
        for (fact, known) in facts.iter().zip(known) {
            let unreadable = RecordedFact { payload: "?".to_owned(), ..(*known).clone() };
            assert_eq!(*Entry::decode(unreadable.clone()).unwrap().fact, *fact);
            let forgotten = RecordedFact { meaning: Meaning::default(), ..unreadable };
            assert!(Entry::decode(forgotten).is_err());
        }
        world.close().await;
    }
}

/// A unit of work with these facts, each in a stream of its own.
fn recording(facts: &[Fact]) -> UnitOfWork {
    let new = |(number, fact): (usize, &Fact)| {
        let mut stream = stream(&format!("{}-{number}", event(1)));
        stream.aggregate = aggregate(fact);
        NewFact::of(stream, 1, fact.clone().into())
    };
    UnitOfWork { facts: facts.iter().enumerate().map(new).collect(), ..unit([]) }
}
