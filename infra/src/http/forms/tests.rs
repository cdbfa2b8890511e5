//! What forms may say, and what they are answered.

use axum::http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Extension, Router};
use serde::Deserialize;
use tower::ServiceExt as _;

use super::super::idempotency::Idempotent;
use super::super::json::{FromFields, JsonOrForm};
use super::super::problem::Problem;
use super::*;

#[derive(Deserialize)]
struct Wish {
    seats: Vec<String>,
}

impl FromFields for Wish {
    fn from_fields(fields: &mut Fields) -> Result<Self, Problem> {
        Ok(Self { seats: fields.list("seats") })
    }
}

/// Answers as the routes of bookings do.
async fn hold(request: Idempotent<Wish>) -> Result<Response, Problem> {
    let seats = request.body.value.seats;
    if seats.iter().any(|seat| seat == "taken") {
        return Err(Problem::new(StatusCode::CONFLICT, "seats_taken", "Taken").with("seats", seats));
    }
    let answer = format!(r#"{{"booking_id":"b-{}"}}"#, request.key);
    Ok((StatusCode::CREATED, [("aisle-position", "7")], answer).into_response())
}

async fn begin(session: Option<Extension<NewSession>>, _: JsonOrForm<Wish>) -> &'static str {
    if let Some(Extension(session)) = session {
        session.begin(HeaderValue::from_static("a=b"));
    }
    "{}"
}

async fn send(path: &str, headers: &[(&str, &str)], body: &str) -> (u16, HeaderMap) {
    let app = Router::new().route("/hold", post(hold)).route("/begin", post(begin)).layer(Forms);
    let mut request = Request::post(path).header("host", "aisle.example");
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = app.oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    (response.status().as_u16(), response.headers().clone())
}

async fn place(headers: &[(&str, &str)], body: &str) -> String {
    let (status, headers) = send("/hold", headers, body).await;
    assert_eq!(status, 303, "{body}");
    headers[LOCATION].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn success_leads_to_the_next_page_with_the_position() {
    let next = "seats=A-1&idempotency_key=k&next=%2Fbookings%2F%7Bid%7D%3Fnew%3D1%23pay";
    assert_eq!(place(&[], next).await, "/bookings/b-k?new=1&min-position=7#pay");
    let without = "seats=A-1&idempotency_key=k&next=%2F%2Fevil";
    assert_eq!(place(&[], without).await, "/bookings/b-k?min-position=7");
}

#[tokio::test]
async fn a_problem_leads_back_and_is_named() {
    let taken = "seats=taken,A-1&idempotency_key=k&back=%2Fevents%2F1%3Fsection%3DA";
    let named = "section=A&problem=seats_taken&seats=taken%2CA-1";
    assert_eq!(place(&[], taken).await, format!("/events/1?{named}"));
    let field = "idempotency_key=k&price=1";
    assert_eq!(place(&[], field).await, "/?problem=invalid_body&field=price");
    assert_eq!(place(&[], "seats=A-1").await, "/?problem=idempotency_key_missing");
}

#[tokio::test]
async fn without_a_way_back_it_is_the_page_that_the_form_was_on() {
    let own = [("referer", "https://aisle.example/events/1?problem=old&section=B")];
    assert!(place(&own, "seats=A-1").await.starts_with("/events/1?section=B&problem="));
    let other = [("referer", "https://evil.example/events/1")];
    assert!(place(&other, "seats=A-1").await.starts_with("/?problem="));
}

#[tokio::test]
async fn a_session_begun_for_a_form_is_kept_by_its_browser() {
    let (status, headers) = send("/begin", &[], "").await;
    assert_eq!((status, &headers[SET_COOKIE]), (303, &HeaderValue::from_static("a=b")));
    let (status, headers) =
        send("/begin", &[("content-type", "application/json")], r#"{"seats":[]}"#).await;
    assert_eq!((status, headers.get(SET_COOKIE)), (200, None));
}

#[tokio::test]
async fn a_form_on_a_page_of_another_site_is_refused() {
    for headers in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        assert_eq!(send("/begin", &[headers], "").await.0, 403);
    }
    assert_eq!(send("/begin", &[("origin", "https://aisle.example")], "").await.0, 303);
}
