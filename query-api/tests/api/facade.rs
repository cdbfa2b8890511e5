//! The older paths.

use aisle_domain::testing::{booking_id, event_id};
use serde_json::json;

use super::world::{World, titled};

#[tokio::test]
async fn events_are_found_by_term_dates_and_region() {
    let world = World::new().await;
    world.on_sale(event_id(1), titled("Rockets v. Comets")).await;
    let position = world.on_sale(event_id(2), titled("Rockets v. Stars")).await;
    let query = "term=rockets&start_date=2026-12-24&end_date=2026-12-24&region=DE&limit=1";
    let got = world.get(&format!("/search?{query}&min-position={position}")).await;
    let found = got.json();
    assert_eq!(found["total"], 2);
    let event = event_id(1);
    let expected = json!({
        "event_id": event, "name": "Rockets v. Comets", "date": "2026-12-24T18:30:00Z",
        "venue": {"name": "Riethsporthalle", "city": "Erfurt", "region": "Thüringen", "country": "DE"},
        "performers": ["Rockets", "Comets"],
        "tickets": {"total": 100, "available": 100, "href": format!("/v1/events/{event}/seats")},
    });
    assert_eq!(found["events"], json!([expected]));
    let next = world.get(&got.next().unwrap()).await;
    assert_eq!(next.json()["events"][0]["event_id"], json!(event_id(2)));
    assert_eq!(next.next(), None);
    let elsewhere = world.get("/search?region=AT").await.json();
    assert_eq!(elsewhere, json!({"total": 0, "events": [], "next": null}));
}

#[tokio::test]
async fn an_event_says_how_many_tickets_are_left_and_where_to_see_which() {
    let world = World::new().await;
    let event = event_id(1);
    world.on_sale_with_seats(event).await;
    let position = world.hold(event, booking_id(1), "bob", &["1-1"]).await;
    let got = world.get(&format!("/events/{event}?min-position={position}")).await;
    let found = got.json();
    let href = format!("/v1/events/{event}/seats");
    assert_eq!(found["tickets"], json!({"total": 122, "available": 121, "href": href}));
    assert_eq!(json!([found["name"], found["phase"]]), json!(["Rockets v. Comets", "on_sale"]));
    assert_eq!(found["description"], "Handball: Cup 2026");
    assert_eq!(found["plan"], format!("/v1/events/{event}/plan"));
    assert_eq!(found["prices"].as_array().unwrap().len(), 4);
    world.get(&href).await.json();
}

#[tokio::test]
async fn what_is_wrong_with_the_query_is_named() {
    let world = World::new().await;
    for (query, field) in [
        ("start=2026-01-01", "start"),
        ("start_date=2026-01-01T10:00", "start_date"),
        ("start_date=2026-01-02&end_date=2026-01-01", "end_date"),
        ("limit=1000", "limit"),
        ("after=0", "after"),
    ] {
        let got = world.get(&format!("/search?{query}")).await;
        assert_eq!(
            (got.problem().1, got.wrong_field()),
            ("invalid_query".into(), field.to_owned())
        );
    }
}
