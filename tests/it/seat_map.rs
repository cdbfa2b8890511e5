//! The seat map and the list beside it in a real browser: by mouse, list, keys and touch, without
//! scripts, against somebody faster or as fast, and through a cut of the network.

use serde_json::{Value, json};

use crate::support::{Client, ROOT, Server, browse};

/// The scenarios of `tests/browser/seat-map.mjs`, in its order, and the seats that each must have
/// held.
const SCENARIOS: [(&str, &[&str]); 15] = [
    ("byMap", &["Balcony-2-3", "Balcony-2-4"]),
    ("byList", &["Stalls-4-1"]),
    ("byKeyboard", &["Stalls-1-1", "Stalls-1-2"]),
    ("withoutScripts", &["Balcony-3-7"]),
    ("byTouch", &["Stalls-2-2", "Stalls-2-3"]),
    ("best", &["Balcony-1-4", "Balcony-1-5", "Balcony-1-6"]),
    ("area", &[]),
    ("fight", &["Stalls-2-5", "Stalls-2-6"]),
    ("refusedInPlace", &["Stalls-3-1"]),
    ("unanswered", &["Balcony-1-9"]),
    ("cutOff", &["Balcony-4-4", "Balcony-4-5"]),
    ("atOnce", &["Balcony-2-5"]),
    ("byEveryMove", &["Stalls-2-5"]),
    ("byPinch", &["Balcony-3-5", "Balcony-3-6"]),
    ("byLook", &["Stalls-1-1", "Stalls-1-2"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn browser_chooses_seats_by_every_way_and_is_told_what_others_take() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--sample", "no"]);
    let organiser = Client::new(&server.url, &server.token("ada", "organiser"));
    let mut events = Vec::new();
    for (scenario, _) in SCENARIOS {
        events.push(organiser.event_on_sale(scenario, small_house()).await);
    }
    let pictures = format!("{ROOT}/test-results/seat-map");
    let arguments = [&server.url, &pictures].into_iter().chain(&events).map(String::as_str);
    let shown = browse("seat-map.mjs", &arguments.collect::<Vec<_>>());
    let report: Value = serde_json::from_str(&shown).unwrap();
    for (scenario, seats) in SCENARIOS {
        let booking = report["bookings"][scenario].as_str().unwrap();
        let shown = organiser.booking_becomes(booking, "held").await;
        assert_eq!(seats_of(&shown), seats, "{scenario}");
        assert_eq!(shown["places"].as_array().unwrap().is_empty(), !seats.is_empty(), "{shown}");
    }
}

fn seats_of(booking: &Value) -> Vec<&str> {
    let seats = booking["seats"].as_array().unwrap().iter();
    seats.map(|seat| seat["seat"].as_str().unwrap()).collect()
}

/// Stalls and a balcony of four rows of ten; the last row of the stalls is kept accessible. And a
/// floor to stand on.
fn small_house() -> Value {
    let row = |zone: &str, row: u32| {
        let category = match (zone, row) {
            ("Stalls", 4) => "Wheelchair",
            ("Stalls", _) => "Stalls",
            _ => "Balcony",
        };
        let seat = |seat: u32| {
            json!({"seat_guid": format!("{zone}-{row}-{seat}"), "seat_number": seat.to_string(),
                "position": {"x": seat * 20, "y": 0}, "category": category})
        };
        json!({"row_number": row.to_string(), "position": {"x": 0, "y": row * 22},
            "seats": (1..=10).map(seat).collect::<Vec<_>>()})
    };
    let zone = |name: &str, y: u32| {
        json!({"name": name, "position": {"x": 40, "y": y},
            "rows": (1..=4).map(|number| row(name, number)).collect::<Vec<_>>()})
    };
    let price = |category: &str, amount: u32| json!({"category": category, "price": {"amount": amount, "currency": "EUR"}});
    let names = [("Stalls", "#1f6f8b"), ("Balcony", "#b5651d"), ("Wheelchair", "#2e7d32")];
    let categories = names.map(|(name, color)| json!({"name": name, "color": color}));
    json!({
        "title": "A small house", "category": "Theatre",
        "starts_at": "2030-05-01T19:00:00+02:00", "time_zone": "Europe/Vienna",
        "venue": {"name": "Small house", "city": "Wien", "country": "AT"},
        "plan": {"name": "Small house", "categories": categories,
            "zones": [zone("Stalls", 60), zone("Balcony", 190)],
            "size": {"width": 300, "height": 320}},
        "areas": [{"name": "Floor", "category": "Standing", "capacity": 50}],
        "prices": [price("Stalls", 4500), price("Balcony", 2500), price("Wheelchair", 2000),
            price("Standing", 1500)],
        "fee": {"amount": 150, "currency": "EUR"},
        "limit_per_buyer": 6,
        "accessible_categories": ["Wheelchair"],
        "hold_seconds": 3600
    })
}
