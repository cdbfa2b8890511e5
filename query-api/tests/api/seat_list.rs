//! The list beside the seat map, as the server makes it.

use aisle_domain::event::EventDetails;
use aisle_domain::id::EventId;
use aisle_domain::testing::{booking_id, details_of, event_id, plan};

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

/// The seats that a page offers in the place of those that were taken.
fn offered(page: &str) -> Vec<&str> {
    let Some(form) = page.split("<form class=\"seat-offer").nth(1) else { return Vec::new() };
    let form = form.split("</form>").next().unwrap();
    let seats = form.split("name=\"seats\" value=\"").skip(1);
    seats.map(|rest| rest.split('"').next().unwrap()).collect()
}

#[tokio::test]
async fn in_the_place_of_taken_seats_the_nearest_alike_are_offered() {
    let world = World::new().await;
    let event = event_id(1);
    world.on_sale_with_seats(event).await;
    let position = world.hold(event, booking_id(1), "bob", &["1-1", "1-2"]).await;
    settled(&world, event, position).await;
    let after = async |seats: &str| {
        let path = format!("/events/{event}/seats?problem=seats_taken&seats={seats}");
        String::from_utf8(world.get(&path).await.body.to_vec()).unwrap()
    };
    let page = after("1-1,1-2").await;
    assert_eq!(offered(&page), ["1-3", "1-4"], "{page}");
    assert!(page.contains("Hold these instead") && page.contains("row 1, seat 3"), "{page}");
    // As many as were wished for, not as many as were taken; of each category.
    let three = after("1-1&wished=1-1,1-3,3-1").await;
    assert_eq!(offered(&three), ["1-3", "1-4", "3-1"], "{three}");
    // One that the map does not show as taken yet is not offered either.
    assert_eq!(offered(&after("1-3").await), ["1-4"]);
    // Nothing like it: all of its category are named as taken.
    let accessible = after("W-1").await;
    assert_eq!(offered(&accessible), ["W-2"]);
    assert!(accessible.contains("name=\"accessible\" value=\"true\""), "{accessible}");
    assert!(offered(&after("W-1,W-2").await).is_empty());
    assert_eq!(offered(&after("1-1,1-2,1-3,1-4,1-5").await), ["2-1", "2-2", "2-3", "2-4", "2-5"]);
    let position = world.hold(event, booking_id(2), "eve", &["2-3"]).await;
    settled(&world, event, position).await;
    let apart = after("1-1,1-2,1-3").await;
    assert_eq!(offered(&apart).len(), 3, "{apart}");
    assert!(apart.contains("The nearest like them: "), "{apart}");
    // There are not as many of the category.
    assert!(offered(&after("1-1,1-2,1-3,1-4,1-5,2-1").await).is_empty());
    for nothing in ["", "x", "99-99"] {
        assert!(offered(&after(nothing).await).is_empty(), "{nothing}");
    }
}

#[tokio::test]
async fn no_more_seats_are_offered_than_can_be_held_at_once() {
    let world = World::new().await;
    let (large, small) = (event_id(1), event_id(2));
    let plan = plan(4, 25);
    world.on_sale_at(large, &plan).await;
    let strict = EventDetails { limit_per_buyer: 2, ..details_of(&plan) };
    let position = world.on_sale(small, strict).await;
    settled(&world, large, position).await;
    settled(&world, small, position).await;
    let after = async |event: EventId, taken: u32, wished: u32| {
        let row = |row: u32, seats: u32| -> Vec<String> {
            (1..=seats).map(|seat| format!("{row}-{seat}")).collect()
        };
        let (taken, wished) = (row(1, taken).join(","), row(2, wished).join(","));
        let query = format!("problem=seats_taken&seats={taken}&wished={wished}");
        let page = world.get(&format!("/events/{event}/seats?{query}")).await;
        offered(std::str::from_utf8(&page.body).unwrap()).len()
    };
    assert_eq!(after(large, 5, 5).await, 10);
    assert_eq!(after(large, 6, 5).await, 0, "more than the limit of a buyer");
    assert_eq!(after(small, 2, 0).await, 2);
    assert_eq!(after(small, 2, 1).await, 0);
    assert_eq!(after(large, 25, 25).await, 0, "nobody wishes for so many");
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
        assert!(
            open_boxes(&page).contains(&"1-2") && !page.contains("<script>"),
            "{query}: {page}"
        );
    }
    let nobody = world.get(&format!("/events/{}/seats", event_id(2))).await;
    assert_eq!(nobody.status, 404);
}
