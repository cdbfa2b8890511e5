//! The site in a real browser, as visitors use it: see `tests/browser/site.mjs`.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Client, Server, browse, sell, shots};

/// How long a hold of the event with short holds lasts: as the flows expect it.
const BRIEF_SECONDS: u32 = 8;

/// How long one lasts that is soon warned of, and can be renewed then without haste.
const HURRIED_SECONDS: u32 = 64;

/// A house in which every flow finds seats, with some that are kept for those who need them.
fn house() -> Value {
    let mut event = sell(12, 20, 600);
    event["performers"] = json!(["Reds", "Blues"]);
    event["series"] = json!("Test cup");
    event
}

/// A house of six sections, so wide that no seat of it can be hit while all are in sight.
fn arena() -> Value {
    let mut event = named(sell(12, 20, 600), "Arena match");
    let rows = event["plan"]["zones"][0]["rows"].take();
    let zone = |(n, name): (u32, &str)| {
        let mut rows = rows.clone();
        for row in rows.as_array_mut().unwrap() {
            let number = row["row_number"].as_str().unwrap().to_owned();
            for seat in row["seats"].as_array_mut().unwrap() {
                let label = format!("{name}-{number}-{}", seat["seat_number"].as_str().unwrap());
                seat["seat_guid"] = json!(label);
            }
        }
        json!({"name": name, "position": {"x": n % 3 * 460, "y": n / 3 * 360}, "rows": rows})
    };
    event["plan"]["zones"] = (0..).zip(["A", "B", "C", "D", "E", "F"]).map(zone).collect();
    event
}

fn named(mut event: Value, title: &str) -> Value {
    event["title"] = json!(title);
    event
}

/// Buys the whole of an event of two seats.
async fn buy_out(buyer: &Client, event: &Value) {
    let path = format!("/v1/events/{}/bookings", event.as_str().unwrap());
    let (status, held) = buyer.post(&path, "all", json!({"quantity": 2})).await;
    assert_eq!(status, StatusCode::CREATED, "{held}");
    let booking = held["booking_id"].as_str().unwrap();
    let card = json!({"card": {"number": "4242 4242 4242 4242"}});
    buyer.post(&format!("/v1/bookings/{booking}/payment"), "pay", card).await;
    buyer.booking_becomes(booking, "confirmed").await;
}

/// The events that the flows are about, by what they are for.
async fn events(organiser: &Client) -> Value {
    let mut floor = named(sell(1, 1, 600), "Standing match");
    floor.as_object_mut().unwrap().remove("plan");
    floor["areas"] = json!([{"name": "Floor", "category": "Stalls", "capacity": 500}]);
    let mut undated = named(sell(4, 10, 600), "Undated match");
    undated["time_to_be_confirmed"] = json!(true);
    let on_sale = [
        ("usual", house()),
        ("brief", named(sell(4, 10, BRIEF_SECONDS), "Brief match")),
        ("hurried", named(sell(4, 10, HURRIED_SECONDS), "Hurried match")),
        ("floor", floor),
        ("arena", arena()),
        ("taken", named(sell(1, 2, 600), "Sold-out match")),
        ("undated", undated),
        ("paused", named(sell(4, 10, 600), "Paused match")),
        ("closed", named(sell(4, 10, 600), "Closed match")),
        ("cancelled", named(sell(4, 10, 600), "Cancelled match")),
    ];
    let mut events = json!({});
    for (name, event) in on_sale {
        events[name] = json!(organiser.event_on_sale(name, event).await);
    }
    let (_, announced) =
        organiser.post("/v1/events", "announced", named(sell(4, 10, 600), "Announced match")).await;
    events["announced"] = announced["event_id"].clone();
    let reason = json!({"reason": "The pitch is under water."});
    for (name, step, body) in [
        ("announced", "publish", json!({})),
        ("closed", "close", json!({})),
        ("paused", "pause", json!({})),
        ("cancelled", "cancel", reason),
    ] {
        let path = format!("/v1/events/{}/{step}", events[name].as_str().unwrap());
        let (status, answer) = organiser.post(&path, step, body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    events
}

#[tokio::test(flavor = "multi_thread")]
async fn browser_visitors_find_their_way_from_the_front_page_to_a_ticket() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let organiser = Client::new(&server.url, &server.token("olga", "organiser"));
    let events = events(&organiser).await;
    buy_out(&Client::new(&server.url, &server.token("bea", "customer")), &events["taken"]).await;

    let mail = folder.path().join("mail");
    let mail = mail.to_str().unwrap();
    let shown = browse("site.mjs", &[&server.url, &shots(), mail, &events.to_string()]);
    // Whatever was loaded anew, gone back to and sent twice: nobody was charged twice.
    let report: Value = serde_json::from_str(&shown).unwrap();
    let paid = [
        ("no-script", vec!["refunded"]),
        ("desk", vec!["declined", "captured"]),
        ("guest", vec!["captured"]),
        ("floor", vec!["captured"]),
        ("map", vec!["captured"]),
        ("map-phone", vec!["captured"]),
        ("regret", vec!["refunded"]),
        ("patience", vec!["captured"]),
        ("gone", vec!["refunded"]),
        ("lost", vec!["captured"]),
    ];
    for (flow, states) in paid {
        let booking = report["results"][flow].as_str().unwrap();
        let shown = organiser.get(&format!("/v1/bookings/{booking}")).await;
        let payments = shown["payments"].as_array().unwrap().iter();
        assert_eq!(payments.map(|payment| &payment["state"]).collect::<Vec<_>>(), states, "{flow}");
    }
}
