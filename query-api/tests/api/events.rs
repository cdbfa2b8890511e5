//! The page and the plan of an event.

use aisle_domain::actor::Role;
use aisle_domain::area::AreaFact;
use aisle_domain::event::EventFact;
use aisle_domain::stream::StreamId;
use aisle_domain::testing::{ORGANISER, after, booking_id, details, event_id};
use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use super::world::World;

#[tokio::test]
async fn the_page_of_an_event_says_what_is_sold_and_what_is_left() {
    let world = World::new().await;
    let event = event_id(1);
    let (plan, _) = world.on_sale_with_seats(event).await;
    world.hold(event, booking_id(1), "bob", &["1-1", "1-2"]).await;
    let floor = StreamId::area(event, "Floor");
    let held = AreaFact::Held { booking_id: booking_id(2), count: 7, until: after(60) };
    let position = world.append(event, vec![(floor, held.into())]).await;

    let got = world.get(&format!("/v1/events/{event}?min-position={position}")).await;
    assert_eq!((got.position(), got.header("cache-control")), (position, "no-cache"));
    let page = got.json();
    assert_eq!((&page["title"], &page["phase"]), (&json!("Rockets v. Comets"), &json!("on_sale")));
    assert_eq!(page["plan"], json!(plan.hash()));
    assert_eq!(page["seats"], json!({"capacity": 22, "held": 2, "sold": 0, "available": 20}));
    let area = json!({"name": "Floor", "category": "Standing", "capacity": 100, "held": 7, "sold": 0, "available": 93});
    assert_eq!(page["areas"], json!([area]));
    let stalls = json!({"category": "Stalls", "price": {"amount": 6000, "currency": "EUR"}});
    assert_eq!(page["prices"][0], stalls);
    assert_eq!(page["fee"], json!({"amount": 150, "currency": "EUR"}));
    assert_eq!((&page["limit_per_buyer"], &page["hold_seconds"]), (&json!(10), &json!(600)));
    assert_eq!(page["sale_window"], json!({"opens_at": null, "closes_at": null}));
    assert_eq!(page["accessible_categories"], json!(["Wheelchair"]));
    assert_eq!(page["position"], json!(position));
    assert!(page.get("organiser").is_none(), "a token's subject is nobody's business");
}

#[tokio::test]
async fn a_cancelled_event_says_why() {
    let world = World::new().await;
    world.on_sale(event_id(1), details()).await;
    let cancelled = EventFact::Cancelled { reason: "snow".into() };
    let position = world.event(event_id(1), vec![cancelled]).await;
    let path = format!("/v1/events/{}?min-position={position}", event_id(1));
    let page = world.get(&path).await.json();
    assert_eq!((&page["phase"], &page["cancelled"]), (&json!("cancelled"), &json!("snow")));
    assert_eq!(page["plan"], json!(null));
}

#[tokio::test]
async fn a_draft_is_there_for_its_organiser_and_admins_only() {
    let world = World::new().await;
    let event = event_id(1);
    let plan = aisle_domain::testing::plan(2, 2);
    let draft = aisle_domain::testing::details_of(&plan);
    let created = vec![EventFact::Created(Box::new(draft))];
    let position = world.event(event, created).await;
    for route in ["/v1/events/{}", "/v1/events/{}/seats", "/v1/events/{}/plan", "/events/{}"] {
        let path = format!("{}?min-position={position}", route.replace("{}", &event.to_string()));
        let none = path.replace(&event.to_string(), &event_id(9).to_string());
        let missing = world.get(&none).await;
        for hidden in [
            world.get(&path).await,
            world.get_as("otto", Role::Organiser, &path).await,
            world.get_as(ORGANISER, Role::Customer, &path).await,
            world.get_as("ann", Role::Analyst, &path).await,
        ] {
            assert_eq!(hidden.problem(), (404, "event_not_found".into()), "{path}");
            assert_eq!(hidden.document()["title"], missing.document()["title"]);
        }
        if !route.ends_with("plan") {
            let own = world.get_as(ORGANISER, Role::Organiser, &path).await;
            own.json();
            assert!(own.header("cache-control").starts_with("private"), "{path}");
            world.get_as("ada", Role::Admin, &path).await.json();
        }
    }
}

#[tokio::test]
async fn an_event_that_is_published_is_there_for_all() {
    let world = World::new().await;
    let event = event_id(1);
    world.event(event, vec![EventFact::Created(Box::new(details()))]).await;
    let path = format!("/v1/events/{event}/seats");
    assert_eq!(world.get(&path).await.status, 404);
    let position = world.event(event, vec![EventFact::Published {}]).await;
    world.get(&format!("{path}?min-position={position}")).await.json();
    world.get(&format!("/v1/events/{event}?min-position={position}")).await.json();
}

#[tokio::test]
async fn the_plan_of_an_event_is_for_ever() {
    let world = World::new().await;
    let event = event_id(1);
    let (plan, position) = world.on_sale_with_seats(event).await;
    let path = format!("/v1/events/{event}/plan");
    let got = world.get(&format!("{path}?min-position={position}")).await;
    assert_eq!(got.json(), serde_json::to_value(plan.view()).unwrap());
    assert_eq!(got.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(got.header("content-type"), "application/json");
    let etag = got.header("etag");
    assert_eq!(etag, format!("\"{}\"", plan.hash()));

    let again = Request::get(&path).header("if-none-match", etag).body(Body::empty()).unwrap();
    let again = world.send(again).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    assert_eq!(again.header("etag"), etag);
    let other = Request::get(&path).header("if-none-match", "\"0\"").body(Body::empty()).unwrap();
    assert_eq!(world.send(other).await.body, got.body);
}

#[tokio::test]
async fn an_event_without_reserved_seats_has_no_plan() {
    let world = World::new().await;
    let position = world.on_sale(event_id(1), details()).await;
    let path = format!("/v1/events/{}/plan?min-position={position}", event_id(1));
    assert_eq!(world.get(&path).await.problem(), (404, "no_plan".into()));
}

#[tokio::test]
async fn an_id_that_is_none_and_a_parameter_that_is_unknown_are_named() {
    let world = World::new().await;
    for route in ["/v1/events/{}", "/v1/events/{}/seats", "/v1/events/{}/plan", "/events/{}"] {
        let got = world.get(&route.replace("{}", "x")).await;
        assert_eq!(got.problem(), (400, "invalid_path".into()), "{route}");
        assert_eq!(got.wrong_field(), "event_id");
        let known = route.replace("{}", &event_id(1).to_string());
        assert_eq!(world.get(&format!("{known}?x=1")).await.wrong_field(), "x");
        assert_eq!(
            world.get(&format!("{known}?min-position=-1")).await.wrong_field(),
            "min-position"
        );
        assert_eq!(world.get(&known).await.problem(), (404, "event_not_found".into()));
    }
}

#[tokio::test]
async fn a_bad_token_is_refused_even_where_none_is_needed() {
    let world = World::new().await;
    let path = format!("/v1/events/{}", event_id(1));
    let request = Request::get(path).header("authorization", "Bearer x").body(Body::empty());
    assert_eq!(world.send(request.unwrap()).await.problem(), (401, "token_invalid".into()));
}
