//! A hold that is carried out before the HTTP library sees the request is answered as the route
//! answers it, header by header, and is counted with it.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};

use crate::support::{Client, Server, sell};

/// The kind of body that is looked at at once.
const AHEAD: &str = "application/json";
/// The same, said so that it takes the long way.
const ROUTED: &str = "application/json; charset=utf-8";
const KEY: &str = "idempotency-key";

/// What is expected (status and code), and what is asked: headers and body.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

struct Asking {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Asking {
    /// Holds by one of both ways.
    async fn hold(&self, kind: &str, more: &[(&str, &str)], body: &str) -> (HeaderMap, String) {
        let request = self.http.post(&self.url).header(CONTENT_TYPE, kind).body(body.to_owned());
        let request = more.iter().fold(request, |request, (name, value)| {
            request.header(*name, value.replace("{token}", &self.token))
        });
        let response = request.send().await.unwrap();
        let mut headers = response.headers().clone();
        headers.insert("status", response.status().as_u16().into());
        assert!(headers.remove("date").is_some());
        assert_eq!(headers.get_all("content-length").iter().count(), 1);
        let length = headers.remove("content-length").unwrap();
        let body = response.text().await.unwrap();
        assert_eq!(length, body.len().to_string());
        (headers, body)
    }
}

/// Without what differs from one request to the next.
fn alike((mut headers, body): (HeaderMap, String)) -> (HeaderMap, Value) {
    let own = headers.remove("x-request-id").unwrap();
    let mut body: Value = serde_json::from_str(&body).unwrap();
    if body["trace_id"] == *own.to_str().unwrap() {
        body["trace_id"] = "own".into();
    }
    for differing in ["booking_id", "until", "position"] {
        if let Some(value) = body.get_mut(differing) {
            *value = "own".into();
        }
    }
    if let Some(seats) = body.get_mut("seats").and_then(Value::as_array_mut) {
        seats
            .iter_mut()
            .filter(|seat| seat.is_object())
            .for_each(|seat| seat["seat"] = "own".into());
    }
    for differing in ["location", "aisle-position"] {
        if let Some(value) = headers.get_mut(differing) {
            *value = "own".parse().unwrap();
        }
    }
    (headers, body)
}

#[tokio::test]
async fn a_hold_ahead_of_the_routes_is_answered_as_by_the_route_and_counted_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--sample", "no"]);
    let organiser = Client::new(&server.url, &server.token("otto", "organiser"));
    let event = organiser.event_on_sale("k", sell(2, 10, 600)).await;
    let asking = Asking {
        http: reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap(),
        url: format!("{}/v1/events/{event}/bookings", server.url),
        token: server.token("ada", "customer"),
    };
    let bearer = (AUTHORIZATION.as_str(), "Bearer {token}");

    // Those that hold.
    let body = |seat: &str| json!({ "seats": [seat] }).to_string();
    let ahead = asking.hold(AHEAD, &[bearer, (KEY, "a")], &body("A-1-1")).await;
    let routed = asking.hold(ROUTED, &[bearer, (KEY, "b")], &body("A-1-2")).await;
    assert_eq!(ahead.0["status"], "201");
    let location = ahead.0["location"].to_str().unwrap().to_owned();
    assert_eq!(alike(ahead.clone()), alike(routed.clone()));
    // One key is one request, whichever way it takes.
    for (kind, key, first) in [(ROUTED, "a", &ahead), (AHEAD, "b", &routed)] {
        let seat = if key == "a" { "A-1-1" } else { "A-1-2" };
        let (headers, again) = asking.hold(kind, &[bearer, (KEY, key)], &body(seat)).await;
        assert_eq!(
            (&headers["idempotency-replayed"], &again),
            (&"true".parse().unwrap(), &first.1)
        );
    }
    assert_eq!(
        asking.hold(AHEAD, &[bearer, (KEY, "a")], &body("A-1-1")).await.0["location"],
        location
    );

    // Those that do not.
    let (good, ada) = (body("A-1-1"), [bearer, (KEY, "c")]);
    let cases: [Case<'_>; 12] = [
        ("409 seats_taken", &ada, &good),
        ("422 idempotency_key_reused", &[bearer, (KEY, "a")], r#"{"seats":["A-2-2"]}"#),
        ("400 idempotency_key_missing", &[bearer], &good),
        ("400 idempotency_key_invalid", &[bearer, (KEY, "c"), (KEY, "d")], &good),
        ("401 token_missing", &[(KEY, "c")], &good),
        ("401 token_invalid", &[(KEY, "c"), (AUTHORIZATION.as_str(), "Bearer x")], &good),
        ("400 malformed_json", &ada, r#"{"seats":["#),
        ("422 invalid_body", &ada, r#"{"seats":[1]}"#),
        ("422 wish_unclear", &ada, "{}"),
        (
            "415 unsupported_content_encoding",
            &[bearer, (KEY, "c"), ("content-encoding", "gzip")],
            &good,
        ),
        ("409 seats_taken", &[bearer, (KEY, "c"), ("x-request-id", "r-1")], &good),
        ("409 seats_taken", &[bearer, (KEY, "c"), ("x-forwarded-proto", "https")], &good),
    ];
    for (expected, headers, body) in cases {
        let ahead = asking.hold(AHEAD, headers, body).await;
        if headers.iter().any(|(name, _)| *name == "x-request-id") {
            assert_eq!(ahead.0["x-request-id"], "r-1");
        }
        let routed = asking.hold(ROUTED, headers, body).await;
        let (ahead, routed) = (alike(ahead), alike(routed));
        assert_eq!(ahead, routed, "{expected}");
        let status = ahead.0["status"].to_str().unwrap();
        let code = ahead.1["code"].as_str().unwrap_or_default();
        assert_eq!(format!("{status} {code}"), expected, "{}", ahead.1);
    }

    let metrics = asking.http.get(format!("{}/metrics", server.url)).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    let counted = "aisle_http_requests_total{route=\"/v1/events/{event_id}/bookings\",status=";
    // Two that hold, three that are repeated.
    for (status, count) in [(201, 5), (409, 6), (401, 4)] {
        let line = format!("{counted}\"{status}\"}} {count}");
        assert!(metrics.lines().any(|found| found == line), "{line} in\n{metrics}");
    }
}
