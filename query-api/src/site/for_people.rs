//! Whatever goes wrong where people look is answered with a page: also by a panic, or by a problem
//! that was made for programs.
//!
//! Programs get what they always got, and so does everybody who reads below `/v1`, where all is JSON.

use aisle_infra::http::PageOf;
use aisle_infra::http::json::is_form;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::Value;

use super::page::{Failure, Occasion};
use super::request::wants_page;

/// As much of a problem as is read, in bytes. They have some 300.
const MAX_PROBLEM: usize = 64 * 1024;

/// How a problem with a request becomes a page, if a browser shows what is answered.
#[must_use]
pub fn for_people(request: &Request) -> Option<PageOf> {
    if !wants_page(request.headers()) {
        return None;
    }
    if request.method().is_safe() {
        return is_looked_at(request.uri().path()).then_some(of_page as PageOf);
    }
    is_form(request.headers()).then_some(of_form as PageOf)
}

/// Whether people look at what is there. Below `/v1` they come by on their way to a provider that
/// they sign in by, and back.
fn is_looked_at(path: &str) -> bool {
    !path.starts_with("/v1/") || path.starts_with("/v1/oidc/")
}

fn of_page(answer: Response) -> BoxFuture<'static, Response> {
    as_page(answer, Occasion::Page).boxed()
}

fn of_form(answer: Response) -> BoxFuture<'static, Response> {
    as_page(answer, Occasion::Form).boxed()
}

async fn as_page(answer: Response, occasion: Occasion) -> Response {
    let (head, body) = answer.into_parts();
    let body = to_bytes(body, MAX_PROBLEM).await.unwrap_or_default();
    let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
    let member = |name| problem[name].as_str().map(str::to_owned);
    let code = member("code").unwrap_or_default();
    let failure = Failure { status: head.status, code, trace: member("trace_id"), occasion };
    let mut page = failure.into_response();
    keep_headers(&head.headers, page.headers_mut());
    page
}

/// What a problem says besides its body (what is allowed, when to come back, who may come in) holds
/// for the page, too.
fn keep_headers(problem: &HeaderMap, page: &mut HeaderMap) {
    const OF_THE_BODY: [HeaderName; 3] = [CONTENT_TYPE, CONTENT_LENGTH, CACHE_CONTROL];
    let own = page.clone();
    let kept = problem.iter().filter(|(name, _)| !OF_THE_BODY.contains(name));
    for (name, value) in kept.filter(|(name, _)| !own.contains_key(*name)) {
        page.append(name.clone(), value.clone());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aisle_infra::http::problem::{PROBLEM_JSON, Problem};
    use aisle_infra::http::{Limits, harden_for_people};
    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::http::header::{ACCEPT, ALLOW, RETRY_AFTER};
    use axum::routing::{get, post};
    use tower::ServiceExt as _;

    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";

    async fn panics() -> Response {
        panic!("the secret is 42");
    }

    async fn refuses() -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "not_on_sale", "It is not on sale")
    }

    async fn is_away() -> Problem {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "It is away")
            .retry_after(Duration::from_secs(7))
    }

    async fn send(method: &str, path: &str, accept: &str, kind: &str) -> (u16, HeaderMap, String) {
        let routes = Router::new()
            .route("/panic", get(panics))
            .route("/away", get(is_away))
            .route("/v1/panic", get(panics).post(panics))
            .route("/v1/away", post(is_away))
            .route("/refuses", get(refuses))
            .route("/ok", get(async || "ok"));
        let app = harden_for_people(routes, Limits::default(), for_people);
        let request = Request::builder().method(method).uri(path).header(ACCEPT, accept);
        let request = request.header(CONTENT_TYPE, kind).body(Body::empty()).unwrap();
        let (head, body) = app.oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, MAX_PROBLEM).await.unwrap();
        (head.status.as_u16(), head.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn ask(path: &str, accept: &str) -> (u16, HeaderMap, String) {
        send("GET", path, accept, "text/plain").await
    }

    #[tokio::test]
    async fn a_panic_is_a_page_for_people_and_a_problem_for_programs() {
        let (status, headers, page) = ask("/panic", "text/html").await;
        assert_eq!(
            (status, headers[CONTENT_TYPE].to_str().unwrap()),
            (500, "text/html; charset=utf-8")
        );
        assert!(page.contains("Something went wrong on our side") && page.contains("For support:"));
        assert!(!page.contains("secret"));
        for (path, accept) in
            [("/panic", "application/json"), ("/panic", "*/*"), ("/v1/panic", "text/html")]
        {
            let (status, headers, body) = ask(path, accept).await;
            assert_eq!((status, &headers[CONTENT_TYPE]), (500, &PROBLEM_JSON), "{path}: {body}");
        }
    }

    #[tokio::test]
    async fn a_form_that_fails_is_answered_with_a_page_that_does_not_send_it_again() {
        let (status, _, page) = send("POST", "/v1/panic", "text/html", FORM).await;
        assert!(status == 500 && page.contains("Something went wrong on our side"), "{page}");
        let (status, headers, page) = send("POST", "/v1/away", "text/html", FORM).await;
        assert!(status == 503 && page.contains("That could not be done"), "{page}");
        assert!(!headers.contains_key("refresh"));
        assert_eq!(headers[RETRY_AFTER], "7");
        assert!(ask("/away", "text/html").await.1.contains_key("refresh"));
        let (_, headers, _) = send("POST", "/v1/away", "text/html", "application/json").await;
        assert_eq!(headers[CONTENT_TYPE], PROBLEM_JSON);
    }

    #[tokio::test]
    async fn a_problem_is_told_in_words_and_what_went_well_is_left_alone() {
        let (status, headers, page) = ask("/refuses", "text/html").await;
        assert_eq!(status, 400);
        assert!(page.contains("This event is not on sale at the moment."), "{page}");
        assert!(headers["content-security-policy"].to_str().unwrap().contains("script-src"));
        assert_eq!(ask("/ok", "text/html").await.2, "ok");
        assert!(is_looked_at("/v1/oidc/callback") && !is_looked_at("/v1/events/1"));
        let (status, headers, _) = send("POST", "/ok", "text/html", FORM).await;
        assert_eq!((status, headers[ALLOW].to_str().unwrap()), (405, "GET,HEAD"));
        let (status, _, page) = ask("/none", "text/html").await;
        assert!(status == 404 && page.contains("There is nothing here"), "{page}");
    }
}
