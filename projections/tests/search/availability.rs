//! Free seats and places follow the facts of seats and areas.

use std::time::Duration;

use aisle_domain::area::AreaFact;
use aisle_domain::event::{EventDetails, EventFact};
use aisle_domain::fact::ReleaseReason;
use aisle_domain::seat::SeatFact;
use aisle_projections::projection::{Cadence, Projection, ProjectionError};
use aisle_projections::search::{Availability, SearchRequest, Sort};

use crate::world::{World, booking, details, event, released, titles};

async fn with_seats() -> World {
    World::with([EventDetails { seats: 2, ..details("Match") }]).await
}

fn held(n: u128) -> SeatFact {
    SeatFact::Held { booking_id: booking(n), until: "2026-01-01T00:10:00Z".parse().unwrap() }
}

fn booked(n: u128) -> SeatFact {
    SeatFact::Booked { booking_id: booking(n) }
}

fn places_held(n: u128, count: u32) -> AreaFact {
    let until = "2026-01-01T00:10:00Z".parse().unwrap();
    AreaFact::Held { booking_id: booking(n), count, until }
}

fn places_released(n: u128, count: u32) -> AreaFact {
    AreaFact::Released { booking_id: booking(n), count, reason: ReleaseReason::Expired }
}

fn available(world: &World) -> u64 {
    world.ask(&SearchRequest::default()).hits[0].listing.available
}

#[tokio::test]
async fn a_seat_is_taken_once_from_its_hold_to_its_release() {
    let mut world = with_seats().await;
    assert_eq!(available(&world), 12);
    let until = "2026-01-01T00:20:00Z".parse().unwrap();
    let steps = [
        (held(1), 11),
        (SeatFact::Extended { booking_id: booking(1), until }, 11),
        (booked(1), 11),
        (released(booking(1)), 12),
        (held(2), 11),
        (released(booking(2)), 12),
        (booked(3), 11),
    ];
    for (fact, left) in steps {
        world.journal.seat(event(1), "A-1", fact.clone());
        world.catch_up().await;
        assert_eq!(available(&world), left, "{fact:?}");
    }
}

#[tokio::test]
async fn places_of_an_area_are_counted_by_booking() {
    let mut world = with_seats().await;
    let sold = |n, count| AreaFact::Booked { booking_id: booking(n), count };
    let back = places_released;
    let steps = [
        (places_held(1, 4), 8),
        (places_held(2, 3), 5),
        (sold(1, 4), 5),
        (back(2, 3), 8),
        (sold(2, 2), 6),
        (places_held(3, 1), 5),
        (places_held(3, 2), 4),
        (back(1, 4), 8),
    ];
    for (fact, left) in steps {
        world.journal.area(event(1), "Stand", fact.clone());
        world.catch_up().await;
        assert_eq!(available(&world), left, "{fact:?}");
    }
}

#[tokio::test]
async fn a_restart_knows_which_holds_live() {
    let mut world = with_seats().await;
    world.journal.seat(event(1), "A-1", held(1));
    world.journal.area(event(1), "Stand", places_held(1, 4));
    world.catch_up().await;
    let mut world = world.restart();
    world.journal.seat(event(1), "A-1", booked(1));
    world.journal.seat(event(1), "A-2", booked(2));
    world.journal.area(event(1), "Stand", AreaFact::Booked { booking_id: booking(1), count: 4 });
    world.catch_up().await;
    assert_eq!(available(&world), 6);
}

#[tokio::test]
async fn sold_out_events_can_be_left_out_and_come_first_by_popularity() {
    let mut world = World::of_titles(&["free", "full"]).await;
    world.journal.area(event(2), "Stand", places_held(1, 10));
    world.catch_up().await;
    let free = SearchRequest { availability: Availability::Free, ..SearchRequest::default() };
    assert_eq!(titles(&world.ask(&free)), ["free"]);
    let popular = SearchRequest { sort: Sort::Popularity, ..SearchRequest::default() };
    assert_eq!(titles(&world.ask(&popular)), ["full", "free"]);
}

#[tokio::test]
async fn an_impossible_fact_is_poison_and_what_came_before_counts_once() {
    let mut world = with_seats().await;
    world.journal.seat(event(1), "A-1", held(1));
    world.journal.seat(event(1), "A-1", booked(1));
    world.journal.area(event(1), "Stand", places_released(9, 2));
    let entries = &world.journal.entries[3..];
    let refused = world.projection.apply(entries).await;
    assert!(matches!(refused, Err(ProjectionError::Poison { position: 6, .. })), "{refused:?}");
    // As the runner does: all before the poison once more, then a commit.
    world.projection.apply(&entries[..2]).await.unwrap();
    world.projection.commit(5).await.unwrap();
    assert_eq!(available(&world), 11);
}

#[tokio::test]
async fn an_index_that_is_not_to_be_seen_for_a_moment_counts_nothing_twice() {
    let mut world = with_seats().await;
    let stored = world.journal.head();
    world.journal.seat(event(1), "A-1", held(1));
    world.journal.area(event(1), "Stand", places_held(2, 3));
    world.apply_from(stored).await;
    let (pointer, away) = (world.dir.path().join("CURRENT"), world.dir.path().join("AWAY"));
    std::fs::rename(&pointer, &away).unwrap();
    let refused = world.projection.commit(stored + 2).await;
    assert!(matches!(refused, Err(ProjectionError::Superseded { .. })), "{refused:?}");
    std::fs::rename(&away, &pointer).unwrap();
    assert_eq!(world.projection.reload().await.unwrap(), stored);
    // The runner comes with the first of them, and a commit falls between the two.
    let entries = &world.journal.entries[stored as usize..];
    world.projection.apply(&entries[..1]).await.unwrap();
    world.projection.commit(stored + 1).await.unwrap();
    let mut world = world.restart();
    assert_eq!(available(&world), 11);
    world.catch_up().await;
    assert_eq!(available(&world), 8);
}

#[tokio::test]
async fn a_seat_of_an_event_that_was_never_created_is_poison() {
    let mut world = World::new();
    world.journal.seat(event(1), "A-1", held(1));
    let refused = world.projection.apply(&world.journal.entries).await;
    assert!(matches!(refused, Err(ProjectionError::Poison { position: 1, .. })));
}

/// Shows what was applied and not committed.
async fn show(world: &mut World) -> bool {
    world.apply_from(world.search().position()).await;
    world.projection.show(world.journal.head()).await.unwrap()
}

#[tokio::test]
async fn what_is_free_is_shown_without_a_commit_and_everything_else_with_one() {
    let mut world = World::of_titles(&["one", "two"]).await;
    world.journal.area(event(2), "Stand", places_held(1, 10));
    assert!(show(&mut world).await);
    let free = SearchRequest { availability: Availability::Free, ..SearchRequest::default() };
    let popular = SearchRequest { sort: Sort::Popularity, ..SearchRequest::default() };
    assert_eq!(titles(&world.ask(&free)), ["one"]);
    let page = world.ask(&popular);
    assert_eq!(
        (titles(&page), page.hits[0].listing.available),
        (vec!["two".into(), "one".into()], 0)
    );
    assert_eq!(world.search().position(), 7);
    assert_eq!(world.projection.checkpoint().await.unwrap(), 6, "nothing was written");

    world.journal.area(event(2), "Stand", places_released(1, 10));
    world.journal.area(event(1), "Stand", places_held(2, 3));
    assert!(show(&mut world).await);
    let left: Vec<_> = world.ask(&free).hits.iter().map(|hit| hit.listing.available).collect();
    assert_eq!(left, [7, 10]);

    world.journal.event(event(1), EventFact::SalesPaused {});
    assert!(!show(&mut world).await, "the phase is in the index");
    world.projection.commit(world.journal.head()).await.unwrap();
    let mut world = world.restart();
    assert_eq!(world.projection.checkpoint().await.unwrap(), 10);
    world.journal.area(event(1), "Stand", places_held(3, 1));
    assert!(show(&mut world).await);
    assert_eq!(world.ask(&SearchRequest::default()).hits[0].listing.available, 6);
}

#[tokio::test]
async fn what_was_applied_is_shown_within_a_second() {
    let world = World::new();
    let Cadence::Within(longest) = world.projection.cadence() else {
        panic!("it may wait for the commit before")
    };
    assert!(longest <= Duration::from_millis(500), "and a commit takes its time: {longest:?}");
}

#[tokio::test]
async fn what_was_shown_and_not_committed_is_read_again_after_a_crash() {
    let mut world = with_seats().await;
    world.journal.seat(event(1), "A-1", held(1));
    assert!(show(&mut world).await);
    assert_eq!(available(&world), 11);
    let mut world = world.restart();
    assert_eq!((available(&world), world.search().position()), (12, 3));
    world.catch_up().await;
    assert_eq!(available(&world), 11);
}
