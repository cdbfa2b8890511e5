//! The events that are sold in a bench: straight rows of a hundred seats, made over HTTP like any.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::BenchError;
use super::http::{Connection, post};

/// How many seats an event has, as the peers' have.
pub(super) const SEATS: u32 = 20_000;

/// How many seats a row has.
const ROW: u32 = 100;

/// The labels of all seats, in the plan's order.
pub(super) fn labels() -> Vec<String> {
    (0..SEATS).map(label).collect()
}

fn label(seat: u32) -> String {
    format!("A-{}-{}", seat / ROW + 1, seat % ROW + 1)
}

/// Creates events, puts them on sale, and returns their ids.
pub(super) async fn on_sale(
    address: SocketAddr,
    admin: &str,
    events: u32,
) -> Result<Vec<String>, BenchError> {
    let connection = Connection::open(address).await;
    let mut connection = connection.map_err(BenchError::io("cannot reach the server"))?;
    let mut ids = Vec::new();
    // The plan is sent once; then its hash will do.
    let mut plan = plan();
    for number in 0..events {
        let key = format!("event-{number}");
        let made = call(&mut connection, "/v1/events", admin, &key, &event(number, &plan)).await?;
        plan = made["plan"].clone();
        let id = made["event_id"].as_str().unwrap_or_default().to_owned();
        for step in ["publish", "open"] {
            let path = format!("/v1/events/{id}/{step}");
            call(&mut connection, &path, admin, &key, &json!({})).await?;
        }
        ids.push(id);
    }
    Ok(ids)
}

async fn call(
    connection: &mut Connection,
    path: &str,
    token: &str,
    key: &str,
    body: &Value,
) -> Result<Value, BenchError> {
    let request = post(path, token, key, body.to_string().as_bytes());
    let answer = connection.send(&request).await.map_err(BenchError::io(format!("POST {path}")))?;
    match serde_json::from_slice(answer.body) {
        Ok(json) if (200..300).contains(&answer.status) => Ok(json),
        _ => Err(BenchError::Answer {
            request: format!("POST {path}"),
            status: answer.status,
            body: String::from_utf8_lossy(answer.body).into_owned(),
        }),
    }
}

fn event(number: u32, plan: &Value) -> Value {
    json!({
        "title": format!("Bench {number}"), "category": "Bench",
        "starts_at": "2099-05-01T17:00:00+02:00", "time_zone": "Europe/Vienna",
        "venue": {"name": "Bench ground", "city": "Wien", "country": "AT"},
        "plan": plan,
        "prices": [{"category": "Stalls", "price": {"amount": 6000, "currency": "EUR"}}],
        "fee": {"amount": 150, "currency": "EUR"},
        "hold_seconds": 600
    })
}

fn plan() -> Value {
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
            "rows": (0..SEATS / ROW).map(row).collect::<Vec<_>>()}],
        "size": {"width": 2000, "height": 5000}
    })
}
