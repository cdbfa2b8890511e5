//! What the page of an event says of its sale, from before it opens until it has ended.

use std::sync::Arc;

use aisle_domain::event::{EventDetails, EventFact, SaleWindow};
use aisle_domain::testing::{after, details, details_of, event_id, plan};
use aisle_infra::clock::ManualClock;
use aisle_query_api::Options;
use jiff::Timestamp;

use super::site::{html, page};
use super::world::World;

const HOUR: i64 = 3_600;

/// An event whose sale opens and closes so many hours from now, and the clock.
async fn sale(opens: Option<i64>, closes: Option<i64>) -> (World, Arc<ManualClock>, u64) {
    let clock = Arc::new(ManualClock::new(after(0)));
    let options = Options { clock: clock.clone(), ..Options::default() };
    let world = World::with_options(&options).await;
    let at = |hours: i64| -> Timestamp { after(hours * HOUR) };
    let sale_window = SaleWindow { opens_at: opens.map(at), closes_at: closes.map(at) };
    let position = world.on_sale(event_id(1), EventDetails { sale_window, ..details() }).await;
    (world, clock, position)
}

async fn shown(world: &World, position: u64) -> String {
    html(&page(world, &format!("/events/{}?min-position={position}", event_id(1))).await)
}

/// How many seconds the page counts down, if it does.
fn countdown(page: &str) -> Option<i64> {
    let rest = page.split("data-countdown=\"").nth(1)?;
    rest.split('"').next()?.parse().ok()
}

fn can_be_bought(page: &str) -> bool {
    page.contains("<form class=\"seat-areas\"")
}

#[tokio::test]
async fn before_a_sale_its_beginning_is_counted_down() {
    let (world, clock, position) = sale(Some(72), None).await;
    let before = shown(&world, position).await;
    assert!(
        before.contains("Not on sale yet") && before.contains("The sale opens on "),
        "{before}"
    );
    assert_eq!((countdown(&before), can_be_bought(&before)), (Some(72 * HOUR), false));
    assert!(before.contains("data-reload"), "{before}");
    clock.set(after(72 * HOUR));
    let begun = shown(&world, position).await;
    assert!(begun.contains(">On sale<"), "{begun}");
    assert_eq!((countdown(&begun), can_be_bought(&begun)), (None, true));
}

#[tokio::test]
async fn a_sale_that_nobody_said_when_to_open_is_not_counted_down() {
    let (world, _, _) = sale(None, None).await;
    let created = EventFact::Created(Box::new(details()));
    let position = world.event(event_id(2), vec![created, EventFact::Published {}]).await;
    let path = format!("/events/{}?min-position={position}", event_id(2));
    let page = html(&page(&world, &path).await);
    assert!(page.contains("The sale has not begun yet."), "{page}");
    assert_eq!((countdown(&page), can_be_bought(&page)), (None, false));
}

#[tokio::test]
async fn the_end_of_a_sale_is_counted_down_in_its_last_two_days() {
    let (world, clock, position) = sale(None, Some(100)).await;
    let far = shown(&world, position).await;
    assert!(far.contains(">On sale<"), "{far}");
    assert_eq!((countdown(&far), can_be_bought(&far)), (None, true));
    clock.set(after(97 * HOUR));
    let near = shown(&world, position).await;
    assert!(near.contains("The sale ends on "), "{near}");
    assert_eq!((countdown(&near), can_be_bought(&near)), (Some(3 * HOUR), true));
    clock.set(after(100 * HOUR));
    let over = shown(&world, position).await;
    assert!(over.contains("Sale ended") && over.contains("can still be paid"), "{over}");
    assert_eq!((countdown(&over), can_be_bought(&over)), (None, false));
}

#[tokio::test]
async fn an_event_that_has_begun_is_not_for_sale() {
    let (world, clock, position) = sale(None, None).await;
    clock.set(details().starts_at);
    let page = shown(&world, position).await;
    assert!(page.contains("This event has already started."), "{page}");
    assert_eq!((countdown(&page), can_be_bought(&page)), (None, false));
}

#[tokio::test]
async fn that_nothing_can_be_bought_now_is_said_once() {
    let (world, _, _) = sale(None, None).await;
    world.on_sale_with_seats(event_id(2)).await;
    for (fact, said) in [
        (EventFact::SalesPaused {}, "The sale rests for now."),
        (EventFact::SalesClosed {}, "The sale has ended."),
    ] {
        world.event(event_id(1), vec![fact.clone()]).await;
        let position = world.event(event_id(2), vec![fact]).await;
        let path = format!("/events/{}?min-position={position}", event_id(2));
        let seated = html(&page(&world, &path).await);
        assert!(seated.contains(said) && seated.contains("<seat-map"), "{seated}");
        assert_eq!(seated.matches("class=\"notice").count(), 1, "{seated}");
        let floor = shown(&world, position).await;
        assert!(floor.contains(said) && !floor.contains("id=\"seats\""), "{floor}");
        // Unless a form that was open until then comes back.
        let path = format!("/events/{}?problem=not_on_sale", event_id(1));
        let refused = html(&page(&world, &path).await);
        assert!(refused.contains("not on sale at the moment"), "{refused}");
    }
}

#[tokio::test]
async fn what_is_left_are_seats_or_places_as_the_house_has() {
    let (world, _, _) = sale(None, None).await;
    let plan = plan(4, 5);
    world.on_sale_at(event_id(2), &plan).await;
    let seated = EventDetails { areas: Vec::new(), ..details_of(&plan) };
    let position = world.on_sale(event_id(3), seated).await;
    for (number, left, choose) in [
        (1, "100 places are free.", "Choose your places"),
        (2, "122 seats and places are free.", "Choose your seats"),
        (3, "22 seats are free.", "Choose your seats"),
    ] {
        let path = format!("/events/{}?min-position={position}", event_id(number));
        let page = html(&page(&world, &path).await);
        assert!(page.contains(left), "{left}: {page}");
        assert!(page.contains(&format!("aria-label=\"{choose}\"")), "{choose}: {page}");
        assert_eq!(page.contains("Choose your seats"), number != 1, "{page}");
    }
}
