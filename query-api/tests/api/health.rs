//! Health, and the documentation.

use aisle_domain::testing::{details, event_id};
use aisle_query_api::Options;
use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use super::world::World;

#[tokio::test]
async fn it_lives_and_is_ready_once_all_read_models_have_caught_up() {
    let world = World::new().await;
    let position = world.on_sale(event_id(1), details()).await;
    assert_eq!(world.get("/healthz").await.json(), json!({"status": "alive"}));
    let path = format!("/v1/search?min-position={position}");
    world.get(&path).await.json();
    let ready = loop {
        let got = world.get("/readyz").await;
        if got.status == 200 {
            break got.json();
        }
        assert_eq!(got.problem(), (503, "not_ready".into()));
        tokio::task::yield_now().await;
    };
    let names: Vec<_> =
        ready["projections"].as_array().unwrap().iter().map(|p| &p["name"]).collect();
    assert_eq!(names, ["bookings", "event_pages", "sales", "search", "seat_map"]);
    assert!(ready["projections"].as_array().unwrap().iter().all(|p| p["state"] == "live"));
}

#[tokio::test]
async fn who_follows_live_is_ready_even_if_the_first_question_meets_it_a_commit_behind() {
    let world = World::new().await;
    world.is_live().await;
    // The second is shown a while after the first: commits of tables are spaced.
    let first = world.on_sale(event_id(1), details()).await;
    world.get(&format!("/v1/events/{}?min-position={first}", event_id(1))).await.json();
    let second = world.on_sale(event_id(2), details()).await;
    let ready = world.get("/readyz").await.json();
    for projection in ready["projections"].as_array().unwrap() {
        assert!(projection["applied"].as_u64().unwrap() >= second, "{projection}");
    }
}

#[tokio::test]
async fn it_is_not_ready_when_its_read_models_have_stopped_but_it_lives() {
    let world = World::new().await;
    world.stop_projections().await;
    let stopped = loop {
        let got = world.get("/readyz").await;
        let all = got.document()["projections"].clone();
        if all.as_array().unwrap().iter().all(|p| p["state"] == "stopped") {
            break got;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(stopped.problem(), (503, "not_ready".into()));
    assert_eq!(world.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn it_is_not_ready_when_a_part_of_it_has_broken_off() {
    let options = Options::default();
    let world = World::with_options(&options).await;
    world.is_live().await;
    world.get("/readyz").await.json();
    options.broken.cancel();
    assert_eq!(world.get("/readyz").await.problem(), (503, "not_ready".into()));
}

#[tokio::test]
async fn the_document_names_every_route_and_is_served() {
    let world = World::new().await;
    let document = world.get("/openapi/queries.json").await.json();
    assert_eq!(document["info"]["title"], "Aisle: queries");
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(
        paths,
        [
            "/events/{event_id}",
            "/healthz",
            "/readyz",
            "/search",
            "/v1/bookings",
            "/v1/bookings/{booking_id}",
            "/v1/bookings/{booking_id}/live",
            "/v1/events/{event_id}",
            "/v1/events/{event_id}/plan",
            "/v1/events/{event_id}/seats",
            "/v1/events/{event_id}/seats/live",
            "/v1/events/{event_id}/seats/summary",
            "/v1/history",
            "/v1/search",
            "/v1/suggest",
        ]
    );
    for none in ["/openapi/x.json", "/openapi/queries", "/openapi/queries.yaml"] {
        assert_eq!(world.get(none).await.problem(), (404, "not_found".into()));
    }
}

#[tokio::test]
async fn every_reference_in_the_document_leads_somewhere() {
    let world = World::new().await;
    let document = world.get("/openapi/queries.json").await.json();
    let text = document.to_string();
    let references = text.split("\"$ref\":\"#").skip(1);
    let references: Vec<_> = references.map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(references.len() > 20);
    for reference in references {
        assert!(document.pointer(reference).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn the_documentation_loads_nothing_from_elsewhere() {
    let world = World::new().await;
    let page = world.get("/docs").await;
    assert!(page.header("content-type").starts_with("text/html"));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("http"), "{policy}");
    let html = std::str::from_utf8(&page.body).unwrap();
    assert!(!html.contains("//"), "{html}");
    for script in ["/docs/scalar.js", "/docs/start.js"] {
        assert!(html.contains(&format!("src=\"{script}\"")));
        let got = world.get(script).await;
        assert!(got.header("content-type").starts_with("text/javascript"), "{script}");
        assert!(!got.body.is_empty());
    }
    let start = world.get("/docs/start.js").await;
    let start = std::str::from_utf8(&start.body).unwrap();
    assert!(start.contains("\"/openapi/queries.json\"") && !start.contains("//"), "{start}");
}

#[tokio::test]
async fn the_script_of_the_documentation_is_sent_once() {
    let world = World::new().await;
    let first = world.get("/docs/scalar.js").await;
    let again = Request::get("/docs/scalar.js").header("if-none-match", first.header("etag"));
    let again = world.send(again.body(Body::empty()).unwrap()).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
}

#[tokio::test]
async fn only_reading_is_possible() {
    let world = World::new().await;
    let request = Request::post("/v1/search").body(Body::empty()).unwrap();
    assert_eq!(world.send(request).await.problem(), (405, "method_not_allowed".into()));
    let head = Request::head("/v1/search").body(Body::empty()).unwrap();
    let head = world.send(head).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
}
