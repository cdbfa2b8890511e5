//! A client of the API, as somebody would write one.

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A client with a token.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

/// An answer with its headers.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// JSON, or null.
    pub(crate) body: Value,
}

impl Reply {
    /// The code of a problem; empty if it is none.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl Client {
    pub(crate) fn new(url: &str, token: &str) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
        Self { http, url: url.to_owned(), token: token.to_owned() }
    }

    /// The same client of a server that moved.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// Sends a request; the body of the answer is JSON or null.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Result<(StatusCode, Value), reqwest::Error> {
        let reply = self.ask(method, path, key, body).await?;
        Ok((reply.status, reply.body))
    }

    /// Sends a request.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Result<Reply, reqwest::Error> {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        request = request.bearer_auth(&self.token);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Reply { status, headers, body })
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None, None).await.unwrap();
        assert!(status.is_success(), "GET {path}: {status} {body}");
        body
    }

    pub(crate) async fn post(&self, path: &str, key: &str, body: Value) -> (StatusCode, Value) {
        self.send(Method::POST, path, Some(key), Some(body)).await.unwrap()
    }

    /// The whole history, a fact a line.
    pub(crate) async fn history(&self) -> Vec<Value> {
        let request = self.http.get(format!("{}/v1/history", self.url)).bearer_auth(&self.token);
        let text = request.send().await.unwrap().text().await.unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Polls a booking until it is in a state.
    pub(crate) async fn booking_becomes(&self, booking: &str, state: &str) -> Value {
        let mut shown = Value::Null;
        for _ in 0..600 {
            // Not there yet is an answer too: the read models follow the journal.
            let path = format!("/v1/bookings/{booking}");
            shown = self.send(Method::GET, &path, None, None).await.unwrap().1;
            if shown["state"] == state {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("booking {booking} did not become {state}: {shown}");
    }

    /// Creates, publishes and opens an event; returns its id.
    pub(crate) async fn event_on_sale(&self, key: &str, event: Value) -> String {
        let (status, made) = self.post("/v1/events", key, event).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let id = made["event_id"].as_str().unwrap().to_owned();
        for step in ["publish", "open"] {
            let (status, answer) =
                self.post(&format!("/v1/events/{id}/{step}"), key, json!({})).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
        }
        id
    }
}

/// An event with one zone of `rows` × `seats` and prices, as a request.
pub(crate) fn sell(rows: u32, seats: u32, hold_seconds: u32) -> Value {
    let row = |r: u32| {
        let seats: Vec<Value> = (1..=seats)
            .map(|s| {
                json!({"seat_guid": format!("A-{r}-{s}"), "seat_number": s.to_string(),
                    "position": {"x": s * 20, "y": 0}, "category": "Stalls"})
            })
            .collect();
        json!({"row_number": r.to_string(), "position": {"x": 0, "y": r * 25}, "seats": seats})
    };
    json!({
        "title": "Test match", "category": "Football",
        "starts_at": "2030-05-01T17:00:00+02:00", "time_zone": "Europe/Vienna",
        "venue": {"name": "Test ground", "city": "Wien", "country": "AT"},
        "plan": {
            "name": "Test", "categories": [{"name": "Stalls", "color": "#1f6f8b"}],
            "zones": [{"name": "A", "position": {"x": 0, "y": 0},
                "rows": (1..=rows).map(row).collect::<Vec<_>>()}],
            "size": {"width": 5000, "height": 5000}
        },
        "prices": [{"category": "Stalls", "price": {"amount": 4500, "currency": "EUR"}}],
        "fee": {"amount": 150, "currency": "EUR"},
        "hold_seconds": hold_seconds
    })
}
