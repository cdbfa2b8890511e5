//! The list beside the seat map, as the server makes it.

use aisle_domain::id::EventId;
use aisle_domain::testing::{booking_id, event_id};

use super::world::World;

/// The check boxes of the page that can be ticked.
fn open_boxes(page: &str) -> Vec<&str> {
    let labels = page.split("name=\"seats\" value=\"").skip(1);
    let boxes = labels.filter(|rest| !rest.split('>').next().unwrap().contains("disabled"));
    boxes.map(|rest| rest.split('"').next().unwrap()).collect()
}

/// Waits until the pages and the map of an event are as of a position.
async fn settled(world: &World, event: EventId, position: u64) {
    for path in [format!("/v1/events/{event}"), format!("/v1/events/{event}/seats")] {
        let got = world.get(&format!("{path}?min-position={position}")).await;
        assert_eq!(got.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_section_is_shown_at_a_time_with_what_can_be_chosen() {
    let world = World::new().await;
    let event = event_id(1);
    let (plan, _) = world.on_sale_with_seats(event).await;
    let position = world.hold(event, booking_id(1), "bob", &["1-1"]).await;
    settled(&world, event, position).await;
    let got = world.get(&format!("/events/{event}/seats")).await;
    assert_eq!(got.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(got.header("cache-control"), "private, no-store");
    let page = String::from_utf8(got.body.to_vec()).unwrap();
    let first = open_boxes(&page);
    assert!(!first.contains(&"1-1") && first.contains(&"1-2"), "{page}");
    let second = world.get(&format!("/events/{event}/seats?section=1")).await;
    let second = String::from_utf8(second.body.to_vec()).unwrap();
    assert_eq!(open_boxes(&second), ["W-1", "W-2"]);
    // All but the one that is held.
    assert_eq!(first.len() + 2, plan.len() - 1);
    assert!(page.contains(&format!("action=\"/v1/events/{event}/bookings\"")));
    assert!(page.contains("<option selected>2</option>"), "{page}");
}

#[tokio::test]
async fn what_makes_no_sense_in_the_address_is_passed_over() {
    let world = World::new().await;
    let event = event_id(1);
    let (_, position) = world.on_sale_with_seats(event).await;
    settled(&world, event, position).await;
    for query in
        ["section=99", "section=x", "section=-1", "problem=%3Cscript%3E&seats=%00,,", "x=y"]
    {
        let got = world.get(&format!("/events/{event}/seats?{query}")).await;
        let page = String::from_utf8(got.body.to_vec()).unwrap();
        assert_eq!(got.status, 200, "{query}: {page}");
        assert!(open_boxes(&page).contains(&"1-2") && !page.contains("script"), "{query}: {page}");
    }
    let nobody = world.get(&format!("/events/{}/seats", event_id(2))).await;
    assert_eq!(nobody.status, 404);
}
