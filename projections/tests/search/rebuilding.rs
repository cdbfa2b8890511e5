//! A rebuilt index is the same one, and a running server takes it up.

use aisle_domain::event::EventFact;
use aisle_infra::journal::memory::MemoryJournal;
use aisle_infra::journal::{JournalStore, Meaning, NewFact, UnitOfWork};
use aisle_projections::projection::{Projection, ProjectionError};
use aisle_projections::rebuild::{Afterwards, rebuild};
use aisle_projections::search::rebuildable;

use crate::world::{World, event};

/// The facts of a world in a journal that can be read from position 0.
async fn stored(world: &World) -> MemoryJournal {
    let journal = MemoryJournal::new();
    for entry in &world.journal.entries {
        let recorded = &entry.recorded;
        let fact = NewFact {
            stream: recorded.stream.clone(),
            sequence: recorded.sequence,
            fact: recorded.fact.clone(),
            version: recorded.version.clone(),
            payload: recorded.payload.clone(),
            meaning: Meaning::default(),
        };
        let unit = UnitOfWork {
            event_id: recorded.event_id,
            facts: vec![fact],
            reads: Vec::new(),
            metadata: "{}".into(),
            idempotency: None,
        };
        let appended = journal.append(&[unit]).await;
        assert!(appended.is_ok_and(|answers| answers[0].is_ok()));
    }
    journal
}

#[tokio::test]
async fn a_rebuilt_index_has_the_same_digest_and_takes_the_place_of_the_first() {
    let mut world = World::of_titles(&["Rapid", "Sturm", "Austria"]).await;
    let journal = stored(&world).await;
    let what = rebuildable(world.dir.path());
    let report = rebuild(&*what, &journal, Afterwards::Swap, |_| {}).await.unwrap();
    assert!(report.equal && report.swapped, "{report:?}");

    // The running projection still has the first one open: it must not write to it any more.
    world.journal.event(event(1), EventFact::SalesPaused {});
    let fact = world.journal.entries.last().unwrap().clone();
    world.projection.apply(std::slice::from_ref(&fact)).await.unwrap();
    let refused = world.projection.commit(fact.position()).await;
    assert!(matches!(refused, Err(ProjectionError::Superseded { .. })), "{refused:?}");
    assert_eq!(world.projection.reload().await.unwrap(), report.position);
    world.projection.apply(std::slice::from_ref(&fact)).await.unwrap();
    world.projection.commit(fact.position()).await.unwrap();
    assert_eq!(world.search().position(), fact.position());
    assert_eq!(world.titles("rapid").len(), 1);
}

#[tokio::test]
async fn a_comparison_leaves_the_index_as_it_was() {
    let mut world = World::of_titles(&["Rapid"]).await;
    let journal = stored(&world).await;
    let what = rebuildable(world.dir.path());
    let report = rebuild(&*what, &journal, Afterwards::Discard, |_| {}).await.unwrap();
    assert!(report.equal && !report.swapped, "{report:?}");
    world.projection.commit(report.position + 1).await.unwrap();
    assert_eq!(std::fs::read_to_string(world.dir.path().join("CURRENT")).unwrap().trim(), "3-1");
}
