//! The seat map from facts, across restarts and beside another process.

use aisle_domain::booking::BookingFact;
use aisle_domain::fact::ReleaseReason;
use aisle_domain::id::EventId;
use aisle_domain::seat::SeatFact;
use aisle_projections::projection::{Projection, ProjectionError};
use aisle_projections::rebuild::{Afterwards, rebuild};
use aisle_projections::seat_map::{self, SeatMap, SeatMaps, SeatState};
use aisle_projections::store::Store;
use futures::FutureExt as _;
use sqlx::{AnyConnection, Connection};
use uuid::Uuid;

use crate::db::on_both;
use crate::story::{Story, booking_id, until};

on_both!(
    seats_are_shown_as_soon_as_they_are_applied,
    a_restart_shows_what_was_stored_and_goes_on,
    two_processes_store_one_map,
    who_stores_nothing_notices_a_rebuild_and_takes_it_up,
    a_seat_that_the_plan_does_not_have_is_poison,
    who_watches_is_woken_by_what_changed_and_finds_the_difference,
);

async fn open(url: &str, story: &Story) -> (SeatMap, SeatMaps) {
    let maps = SeatMaps::default();
    let store = Store::open(url).await.unwrap();
    (SeatMap::open(&store, story.plans(), maps.clone()).await.unwrap(), maps)
}

async fn seats_are_shown_as_soon_as_they_are_applied(url: &str) {
    let story = Story::on_sale().await;
    let other = story.beside(2).await;
    let (mut seat_map, maps) = open(url, &story).await;
    assert!(maps.snapshot(story.event).is_none());
    seat_map.apply(&story.journal.entries()).await.unwrap();
    let untouched = maps.snapshot(other.event).unwrap();
    assert_eq!((untouched.version, untouched.seats, untouched.free()), (4, 6, 6));
    assert_eq!(&untouched.packed()[..], [0, 0]);
    assert!(maps.snapshot(EventId(Uuid::from_u128(3))).is_none());

    story.hold(1, "ann", &["A-1", "A-6"], 3);
    story.pay(1, &["A-1", "A-6"], 3);
    let last = story.hold(2, "bob", &["A-2"], 5);
    seat_map.apply(&story.journal.entries()[6..]).await.unwrap();
    let map = maps.snapshot(story.event).unwrap();
    assert_eq!(&map.packed()[..], [0b00_00_01_10, 0b00_00_10_00]);
    assert_eq!((map.version, map.held, map.sold, map.free()), (last, 1, 2, 3));
    assert_eq!((map.areas[0].held, map.areas[0].sold, map.areas[0].free()), (5, 3, 92));
    assert_eq!(maps.snapshot(other.event).unwrap(), untouched);

    // A longer deadline changes nothing that is shown, and so no version.
    let extended = SeatFact::Extended { booking_id: booking_id(2), until: until() };
    story.to_seat("A-2", extended);
    seat_map.apply(&story.journal.entries()[last as usize..]).await.unwrap();
    assert_eq!(maps.snapshot(story.event).unwrap(), map);

    let end = story.end(2, BookingFact::Expired {}, &["A-2"], 5);
    seat_map.apply(&story.journal.entries()[last as usize + 1..]).await.unwrap();
    let map = maps.snapshot(story.event).unwrap();
    assert_eq!((map.version, map.held, map.sold), (end, 0, 2));
    assert_eq!((map.state(1), map.state(5)), (SeatState::Free, SeatState::Sold));
}

async fn a_restart_shows_what_was_stored_and_goes_on(url: &str) {
    let story = Story::on_sale().await;
    story.hold(1, "ann", &["A-1"], 2);
    let (mut seat_map, _) = open(url, &story).await;
    let entries = story.journal.entries();
    seat_map.apply(&entries).await.unwrap();
    seat_map.commit(6).await.unwrap();
    story.pay(1, &["A-1"], 2);
    // Applied and shown, but not stored when the process ends.
    seat_map.apply(&story.journal.entries()[6..]).await.unwrap();
    drop(seat_map);

    let (mut seat_map, maps) = open(url, &story).await;
    assert_eq!(seat_map.checkpoint().await.unwrap(), 6);
    let map = maps.snapshot(story.event).unwrap();
    assert_eq!((map.held, map.sold, map.areas[0].held), (1, 0, 2));
    let entries = story.journal.entries();
    seat_map.apply(&entries[6..]).await.unwrap();
    seat_map.commit(entries.len() as u64).await.unwrap();
    let map = maps.snapshot(story.event).unwrap();
    assert_eq!((map.held, map.sold), (0, 1));
    assert_eq!((map.areas[0].held, map.areas[0].sold), (0, 2));
}

async fn two_processes_store_one_map(url: &str) {
    let story = Story::on_sale().await;
    story.hold(1, "ann", &["A-1"], 0);
    story.hold(2, "bob", &["A-2"], 0);
    let (mut one, _) = open(url, &story).await;
    let (mut two, _) = open(url, &story).await;
    let entries = story.journal.entries();
    one.apply(&entries[..5]).await.unwrap();
    two.apply(&entries[..6]).await.unwrap();
    one.commit(5).await.unwrap();
    // Behind its back the checkpoint moved to 5; it adds what is missing there.
    two.commit(6).await.unwrap();
    one.apply(&entries[5..6]).await.unwrap();
    two.apply(&entries[6..]).await.unwrap();
    two.commit(7).await.unwrap();
    // The store is ahead; nothing goes back.
    one.commit(6).await.unwrap();
    one.apply(&entries[6..]).await.unwrap();
    one.commit(7).await.unwrap();
    let (three, maps) = open(url, &story).await;
    assert_eq!(three.checkpoint().await.unwrap(), 7);
    let map = maps.snapshot(story.event).unwrap();
    assert_eq!((map.held, map.state(0), map.state(1)), (2, SeatState::Held, SeatState::Held));
}

async fn who_stores_nothing_notices_a_rebuild_and_takes_it_up(url: &str) {
    let story = Story::on_sale().await;
    story.hold(1, "ann", &["A-1"], 0);
    let (mut keeper, _) = open(url, &story).await;
    keeper.apply(&story.journal.entries()).await.unwrap();
    keeper.commit(5).await.unwrap();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let edit = "UPDATE read_seat_maps_v1 SET data = REPLACE(data, '\"held\":1', '\"held\":4')";
    assert_eq!(sqlx::query(edit).execute(&mut connection).await.unwrap().rows_affected(), 1);
    connection.close().await.unwrap();

    let (mut reader, maps) = open(url, &story).await;
    reader.ensure_stored().await.unwrap();
    assert_eq!(maps.snapshot(story.event).unwrap().held, 4);
    let what = seat_map::rebuildable(&Store::open(url).await.unwrap(), story.plans());
    let done = rebuild(&*what, &*story.journal, Afterwards::Swap, |_| {}).await.unwrap();
    assert!(!done.equal && done.swapped, "{done:?}");
    let noticed = reader.ensure_stored().await;
    assert!(matches!(noticed, Err(ProjectionError::Superseded { .. })), "{noticed:?}");
    // Nothing more need happen for what was taken up to be shown.
    assert_eq!(reader.reload().await.unwrap(), 5);
    assert_eq!(maps.snapshot(story.event).unwrap().held, 1);
    reader.ensure_stored().await.unwrap();
}

async fn a_seat_that_the_plan_does_not_have_is_poison(url: &str) {
    let story = Story::on_sale().await;
    story.hold(1, "ann", &["A-1"], 0);
    let (mut seat_map, maps) = open(url, &story).await;
    seat_map.apply(&story.journal.entries()).await.unwrap();
    let before = maps.snapshot(story.event).unwrap();
    let (booking_id, reason) = (booking_id(1), ReleaseReason::Released);
    story.to_seat("A-1", SeatFact::Released { booking_id, reason });
    story.to_seat("Z-9", SeatFact::Booked { booking_id });
    let result = seat_map.apply(&story.journal.entries()[5..]).await;
    assert!(matches!(result, Err(ProjectionError::Poison { position: 7, .. })), "{result:?}");
    // Nothing of the batch counts, in memory either.
    story.hold(2, "bob", &["A-2"], 0);
    seat_map.apply(&story.journal.entries()[8..]).await.unwrap();
    let map = maps.snapshot(story.event).unwrap();
    assert_eq!((before.held, map.held, map.state(0)), (1, 2, SeatState::Held));
}

async fn who_watches_is_woken_by_what_changed_and_finds_the_difference(url: &str) {
    let story = Story::on_sale().await;
    let other = story.beside(2).await;
    let (mut seat_map, maps) = open(url, &story).await;
    seat_map.apply(&story.journal.entries()).await.unwrap();
    let before = maps.snapshot(story.event).unwrap();
    let (mut map, mut beside) = (maps.watch(story.event), maps.watch(other.event));
    let mut booking = maps.watch_booking(booking_id(1));
    let seen = story.journal.entries().len();
    let last = story.hold(1, "ann", &["A-1", "A-6"], 0);
    seat_map.apply(&story.journal.entries()[seen..]).await.unwrap();
    assert_eq!(map.changed().now_or_never(), Some(last));
    assert_eq!(booking.changed().now_or_never(), Some(last - 2));
    // Who begins to watch now is not woken, and knows as of when to read.
    assert_eq!(maps.watch_booking(booking_id(1)).changed().now_or_never(), None);
    assert_eq!(maps.told_of_bookings(), last);
    assert_eq!(beside.changed().now_or_never(), None);
    let held = maps.snapshot(story.event).unwrap();
    assert_eq!(held.changed_since(&before), [(0, SeatState::Held), (5, SeatState::Held)]);
    assert_eq!(before.changed_since(&held), [(0, SeatState::Free), (5, SeatState::Free)]);
    assert_eq!(held.changed_since(&held), []);
}
