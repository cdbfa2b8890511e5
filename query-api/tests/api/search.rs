//! Finding and completing.

use aisle_domain::event::{CategoryPrice, EventDetails, EventFact};
use aisle_domain::testing::{at, booking_id, details, event_id};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::world::{World, titled};

/// Three events on sale, and the position of the last.
async fn three(world: &World) -> u64 {
    world.on_sale(event_id(1), titled("Rockets v. Comets")).await;
    let prices = vec![CategoryPrice { category: "Standing".into(), amount: 9000 }];
    let late = EventDetails {
        title: "Opera <night>".into(),
        category: "Opera".into(),
        series: None,
        performers: vec!["La Diva".into()],
        starts_at: at("2027-03-01T19:00:00Z"),
        prices,
        ..details()
    };
    world.on_sale(event_id(2), late).await;
    world.on_sale(event_id(3), titled("Rockets v. Stars")).await
}

fn titles(page: &Value) -> Vec<&str> {
    page["hits"].as_array().unwrap().iter().map(|hit| hit["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_hit_says_what_is_on_where_and_for_how_much() {
    let world = World::new().await;
    let position = three(&world).await;
    let got = world.get(&format!("/v1/search?term=opera&min-position={position}")).await;
    assert!(got.position() >= position);
    let page = got.json();
    assert_eq!((&page["total"], &page["next"]), (&json!(1), &Value::Null));
    let expected = json!({
        "event_id": event_id(2), "title": "Opera <night>",
        "highlight": "<mark>Opera</mark> &lt;night&gt;",
        "category": "Opera", "series": null, "performers": ["La Diva"],
        "starts_at": "2027-03-01T19:00:00Z", "time_zone": "Europe/Berlin",
        "time_to_be_confirmed": false,
        "venue": {"name": "Riethsporthalle", "city": "Erfurt", "region": "Thüringen", "country": "DE"},
        "price": {"min": {"amount": 9150, "currency": "EUR"}, "max": {"amount": 9150, "currency": "EUR"}},
        "phase": "on_sale", "available": 100, "capacity": 100,
    });
    assert_eq!(page["hits"][0], expected);
    assert_eq!(page["facets"]["category"], json!([{"value": "Opera", "count": 1}]));
    assert_eq!(page["facets"]["month"], json!([{"value": "2027-03", "count": 1}]));
}

#[tokio::test]
async fn an_answer_is_kept_until_something_changes_and_never_longer() {
    let world = World::new().await;
    let position = three(&world).await;
    let path = "/v1/search?term=rockets";
    let first = world.get(&format!("{path}&min-position={position}")).await;
    let again = world.get(path).await;
    assert_eq!((&first.body, first.header("etag")), (&again.body, again.header("etag")));
    let known = Request::get(path).header("if-none-match", first.header("etag"));
    let unchanged = world.send(known.body(Body::empty()).unwrap()).await;
    assert_eq!((unchanged.status, unchanged.body.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(unchanged.header("cache-control"), "no-cache");
    let position = world.on_sale(event_id(4), titled("Rockets v. Moons")).await;
    let known = Request::get(format!("{path}&min-position={position}"))
        .header("if-none-match", first.header("etag"));
    let changed = world.send(known.body(Body::empty()).unwrap()).await;
    assert!(changed.position() >= position);
    assert_eq!(changed.json()["total"], 3);
    assert_ne!(changed.header("etag"), first.header("etag"));
}

#[tokio::test]
async fn what_is_free_is_of_now_in_answers_that_were_kept() {
    let world = World::new().await;
    let (_, position) = world.on_sale_with_seats(event_id(1)).await;
    let path = format!("/v1/search?available=true&min-position={position}");
    let free = async |path: &str| world.get(path).await.json()["hits"][0]["available"].as_u64();
    let before = free(&path).await.unwrap();
    assert_eq!(free(&path).await, Some(before));
    let held = world.hold(event_id(1), booking_id(1), "bob", &["1-1", "1-2"]).await;
    let path = format!("/v1/search?available=true&min-position={held}");
    assert_eq!(free(&path).await, Some(before - 2));
    assert_eq!(free("/v1/search?available=true").await, Some(before - 2));
}

#[tokio::test]
async fn filters_and_orders_are_those_that_were_asked_for() {
    let world = World::new().await;
    let position = three(&world).await;
    for (query, expected) in [
        ("start=2027-01-01", vec!["Opera <night>"]),
        ("month=2026-12", vec!["Rockets v. Comets", "Rockets v. Stars"]),
        ("start=2026-12-24&end=2026-12-24", vec!["Rockets v. Comets", "Rockets v. Stars"]),
        ("end=2026-12-24T18:30:00Z", vec![]),
        ("end=2026-12-24T19:30:01%2B01:00", vec!["Rockets v. Comets", "Rockets v. Stars"]),
        ("country=DE&category=opera", vec!["Opera <night>"]),
        ("region=Erfurt&price_min=5000&currency=EUR&available=true", vec!["Opera <night>"]),
        (
            "performer=comets&series=cup+2026&price_max=5000",
            vec!["Rockets v. Comets", "Rockets v. Stars"],
        ),
        ("sort=-price&limit=1", vec!["Opera <night>"]),
        ("term=&start=&price_min=&limit=1&sort=date", vec!["Rockets v. Comets"]),
        ("venue=elsewhere", vec![]),
    ] {
        let page = world.get(&format!("/v1/search?{query}&min-position={position}")).await.json();
        assert_eq!(titles(&page), expected, "{query}");
    }
}

#[tokio::test]
async fn the_pages_follow_each_other_by_their_links() {
    let world = World::new().await;
    let position = three(&world).await;
    let mut path = format!("/v1/search?sort=date&limit=1&min-position={position}");
    let mut seen = Vec::new();
    loop {
        let got = world.get(&path).await;
        let page = got.json();
        assert_eq!(page["total"], 3);
        seen.extend(titles(&page).into_iter().map(ToOwned::to_owned));
        match got.next() {
            Some(next) => path = next,
            None => break,
        }
        assert!(path.contains("sort=date") && path.contains(page["next"].as_str().unwrap()));
    }
    assert_eq!(seen, ["Rockets v. Comets", "Rockets v. Stars", "Opera <night>"]);
}

#[tokio::test]
async fn a_parameter_that_makes_no_sense_is_named() {
    let world = World::new().await;
    let position = three(&world).await;
    let of_date = world.get(&format!("/v1/search?sort=date&limit=1&min-position={position}")).await;
    let of_date = of_date.json()["next"].as_str().unwrap().to_owned();
    let other_sort = format!("sort=price&after={of_date}");
    for (query, field) in [
        ("trem=x", "trem"),
        ("start=2026-12-24T18:30:00", "start"),
        ("month=2026-13", "month"),
        ("end=24.12.2026", "end"),
        ("start=2026-12-24&end=2026-12-23", "end"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("after=xyz", "after"),
        (&other_sort, "after"),
        ("sort=best", "sort"),
        ("currency=EURO", "currency"),
        ("price_min=1.50", "price_min"),
        ("available=maybe", "available"),
        ("min-position=soon", "min-position"),
    ] {
        let got = world.get(&format!("/v1/search?{query}")).await;
        assert_eq!(got.problem(), (400, "invalid_query".into()), "{query}");
        assert_eq!(got.wrong_field(), field, "{query}: {:?}", got.body);
    }
}

#[tokio::test]
async fn a_parameter_that_is_given_twice_is_refused() {
    let world = World::new().await;
    let got = world.get("/v1/search?term=a&term=b").await;
    assert_eq!(got.problem(), (400, "invalid_query".into()));
    assert!(String::from_utf8_lossy(&got.body).contains("duplicate field `term`"));
}

#[tokio::test]
async fn drafts_are_not_found() {
    let world = World::new().await;
    let created = vec![EventFact::Created(Box::new(details()))];
    let position = world.event(event_id(1), created).await;
    let page = world.get(&format!("/v1/search?min-position={position}")).await.json();
    assert_eq!((&page["total"], &page["hits"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn what_is_being_typed_is_completed() {
    let world = World::new().await;
    let position = three(&world).await;
    let got = world.get(&format!("/v1/suggest?prefix=la%20d&min-position={position}")).await;
    let expected = json!([{"text": "La Diva", "kind": "performer", "count": 1}]);
    assert_eq!(got.json()["suggestions"], expected);
    let one = world.get("/v1/suggest?prefix=r&limit=1").await.json();
    assert_eq!(one["suggestions"].as_array().unwrap().len(), 1);
    for (query, field) in [("", "prefix"), ("prefix=a&limit=51", "limit"), ("prefix=a&q=b", "q")] {
        assert_eq!(world.get(&format!("/v1/suggest?{query}")).await.wrong_field(), field);
    }
}
