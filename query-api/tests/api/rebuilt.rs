//! What was prepared of a seat map is not sent any more once a rebuild has found out better, although
//! nothing has happened to the event.

use std::time::Duration;

use aisle_domain::testing::{booking_id, event_id};
use aisle_infra::journal::Entry;
use aisle_projections::projection::Projection as _;
use aisle_projections::rebuild::{Afterwards, rebuild};
use aisle_projections::seat_map::{SeatMap, SeatMaps, rebuildable};
use aisle_projections::store::Store;
use aisle_query_api::Wanted;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::json;
use sqlx::{AnyConnection, Connection as _};

use super::live::Feed;
use super::world::World;

/// What is read of a seat map, and how it is to be sent.
const READS: [(&str, &str); 3] = [
    ("seats", "application/json"),
    ("seats", "application/vnd.aisle.seats"),
    ("seats/summary", "application/json"),
];

/// Longer than anything takes, on any machine: a feed that says nothing goes on for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// Has the table say that a second seat is held.
async fn edit(world: &World) {
    let mut connection = AnyConnection::connect(&world.views_url()).await.unwrap();
    let edit = "UPDATE read_seat_maps_v1 SET data = REPLACE(REPLACE(data, \
         '\"held\":1', '\"held\":2'), '\"010000000000\"', '\"050000000000\"')";
    assert_eq!(sqlx::query(edit).execute(&mut connection).await.unwrap().rows_affected(), 1);
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_rebuild_that_changes_no_version_is_seen_in_what_was_prepared() {
    let (world, event) = (World::new().await, event_id(1));
    world.on_sale_with_seats(event).await;
    let position = world.hold(event, booking_id(1), "bob", &["1-1"]).await;
    world.get(&format!("/v1/events/{event}?min-position={position}")).await.json();
    while world.seat_maps().snapshot(event).is_none_or(|map| map.version < position) {
        tokio::task::yield_now().await;
    }
    // What is shown comes from a table that somebody has edited.
    let ((journal, plans), store) = (world.journal(), Store::open(&world.views_url()).await);
    let store = store.unwrap();
    let mut keeper = SeatMap::open(&store, plans.clone(), SeatMaps::default()).await.unwrap();
    let rows = journal.read(0, 1_000).await.unwrap();
    let entries: Vec<Entry> = rows.into_iter().map(|row| Entry::decode(row).unwrap()).collect();
    keeper.apply(&entries).await.unwrap();
    keeper.commit(position).await.unwrap();
    edit(&world).await;
    let mut kept = SeatMap::open(&store, plans.clone(), world.seat_maps()).await.unwrap();

    let ask = async |(path, accept): (&str, &str), known: &str| {
        let request = Request::get(format!("/v1/events/{event}/{path}"));
        let request = request.header("accept", accept).header("if-none-match", known);
        world.send(request.body(Body::empty()).unwrap()).await
    };
    let mut wrong = Vec::new();
    for read in READS {
        wrong.push(ask(read, "").await);
    }
    assert_eq!(wrong[0].json()["held"], 2);
    let wanted = Wanted::by(&format!("/v1/events/{event}/seats"), HeaderMap::new()).unwrap();
    assert_eq!(world.api().at_hand(&wanted).unwrap().body, wrong[0].body);

    let live = format!("/v1/events/{event}/seats/live");
    let mut feed = Feed::open(&world, &live, &[]).await;
    assert_eq!(feed.message().await.data["held"], 2);

    let done = rebuild(&*rebuildable(&store, plans), &*journal, Afterwards::Swap, |_| {}).await;
    assert!(done.is_ok_and(|done| !done.equal && done.swapped));
    kept.reload().await.unwrap();
    assert_eq!(world.seat_maps().snapshot(event).unwrap().version, position);
    assert!(world.api().at_hand(&wanted).is_none(), "what was prepared is at hand still");
    for (read, wrong) in READS.into_iter().zip(wrong) {
        let tag = wrong.header("etag");
        let right = ask(read, tag).await;
        assert_eq!(right.status, StatusCode::OK, "{read:?}");
        assert_ne!((&right.body, right.header("etag")), (&wrong.body, tag), "{read:?}");
        let again = ask(read, right.header("etag")).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{read:?}");
    }
    // Who watches is told, and who comes back from before is, too.
    let told = tokio::time::timeout(PATIENCE, feed.message()).await.expect("a correction");
    assert_eq!(
        (&*told.event, told.id, &told.data["held"]),
        ("snapshot", Some(position), &json!(1))
    );
    let known = [("last-event-id", position.to_string())];
    assert_eq!(Feed::open(&world, &live, &known).await.message().await.data, told.data);
    let now = world.api().at_hand(&wanted).unwrap();
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&now.body).unwrap()["held"], 1);
}
