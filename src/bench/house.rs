//! The events that are sold in a bench: straight rows of a hundred seats, or one area, made over
//! HTTP like any.

use std::net::SocketAddr;

use aisle_infra::clock::{Ids, RandomIds};
use serde_json::{Value, json};

use super::BenchError;
use super::http::Connection;

/// How many seats an event has, as the peers' have.
pub(super) const SEATS: u32 = 20_000;

/// How many places an area has: the most that Aisle allows.
pub(super) const PLACES: u32 = 1_000_000;

/// The price of a seat or a place, in cents, without the fee.
pub(super) const PRICE: i64 = 6_000;

/// The fee on each, in cents.
pub(super) const FEE: i64 = 150;

/// How long a hold lasts, in seconds: longer than any turn.
pub(super) const HOLD_SECONDS: u32 = 3_600;

/// How many seats a row has.
const ROW: u32 = 100;

/// What an event sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hall {
    /// So many reserved seats.
    Seats(u32),
    /// [`PLACES`] places of an area named `Standing`.
    Area,
}

/// The labels of all seats, in the plan's order.
pub(super) fn labels(seats: u32) -> Vec<String> {
    (0..seats).map(label).collect()
}

pub(super) fn label(seat: u32) -> String {
    format!("A-{}-{}", seat / ROW + 1, seat % ROW + 1)
}

/// Creates events, puts them on sale, and returns their ids.
pub(super) async fn on_sale(
    address: SocketAddr,
    admin: &str,
    hall: Hall,
    events: u32,
) -> Result<Vec<String>, BenchError> {
    let mut connection = Connection::open(address).await?;
    let mut ids = Vec::new();
    // The plan is sent once; then its hash will do.
    let mut sold = match hall {
        Hall::Seats(seats) => json!({"plan": plan(seats)}),
        Hall::Area => {
            let area = json!({"name": "Standing", "category": "Stalls", "capacity": PLACES});
            json!({"areas": [area]})
        }
    };
    for number in 0..events {
        // Never used before, on whatever journal.
        let key = RandomIds.next().to_string();
        let event = event(number, &sold);
        let made = connection.call("/v1/events", admin, &key, &event).await?;
        if hall != Hall::Area {
            sold = json!({"plan": made["plan"]});
        }
        let id = made["event_id"].as_str().unwrap_or_default().to_owned();
        for step in ["publish", "open"] {
            let path = format!("/v1/events/{id}/{step}");
            connection.call(&path, admin, &key, &json!({})).await?;
        }
        ids.push(id);
    }
    Ok(ids)
}

fn event(number: u32, sold: &Value) -> Value {
    let mut event = json!({
        "title": format!("Bench {number}"), "category": "Bench",
        "starts_at": "2099-05-01T17:00:00+02:00", "time_zone": "Europe/Vienna",
        "venue": {"name": "Bench ground", "city": "Wien", "country": "AT"},
        "prices": [{"category": "Stalls", "price": {"amount": PRICE, "currency": "EUR"}}],
        "fee": {"amount": FEE, "currency": "EUR"},
        // Buyers are drawn at random and must not run into their limit.
        "limit_per_buyer": 1_000,
        "hold_seconds": HOLD_SECONDS
    });
    for (name, value) in sold.as_object().into_iter().flatten() {
        event[name] = value.clone();
    }
    event
}

fn plan(seats: u32) -> Value {
    let seat = |seat: u32| {
        json!({"seat_guid": label(seat), "seat_number": (seat % ROW + 1).to_string(),
            "position": {"x": seat % ROW * 20, "y": 0}, "category": "Stalls"})
    };
    let row = |row: u32| {
        let seats: Vec<Value> = (row * ROW..(row + 1) * ROW).map(seat).collect();
        json!({"row_number": (row + 1).to_string(), "position": {"x": 0, "y": row * 25},
            "seats": seats})
    };
    json!({
        "name": "Bench", "categories": [{"name": "Stalls", "color": "#1f6f8b"}],
        "zones": [{"name": "A", "position": {"x": 0, "y": 0},
            "rows": (0..seats / ROW).map(row).collect::<Vec<_>>()}],
        "size": {"width": 2000, "height": seats / ROW * 25}
    })
}
