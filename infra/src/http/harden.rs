//! What every router is wrapped in: limits, request ids, safe headers, errors in one format.
//!
//! It does not authenticate, compress or limit rates, and leaves the content security policy of
//! pages to the pages.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::RequestId;
use super::problem::{PROBLEM_JSON, Problem};
use super::request_id::{identified, span_of};
use super::safety_net::{panicked, problems_only};
use super::tls::{is_by_tls, stay_on_tls};

/// How much a request may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest body, in bytes. A route may have its own by axum's `DefaultBodyLimit` layer.
    pub body_bytes: usize,
    /// How long the body may take to arrive.
    pub body_time: Duration,
    /// How long the answer may take to begin, the body's arrival included. What is streamed
    /// afterwards may take as long as it likes.
    pub answer_time: Duration,
}

impl Default for Limits {
    /// 1 MiB in 10 s, answered in 30 s.
    fn default() -> Self {
        Self {
            body_bytes: 1024 * 1024,
            body_time: Duration::from_secs(10),
            answer_time: Duration::from_secs(30),
        }
    }
}

/// Wraps a router and its fallbacks. To be called last: routes added afterwards go without.
///
/// One layer rather than one for each thing it does: every layer of a route costs several
/// allocations and a dozen copies of the request, which together took longer than the answer.
pub fn harden<S>(router: Router<S>, limits: Limits) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    router.layer(from_fn_with_state(Guarding { limits, people: None }, guard))
}

/// The same, but people are told of problems by pages.
pub fn harden_for_people<S>(router: Router<S>, limits: Limits, people: ForPeople) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    router.layer(from_fn_with_state(Guarding { limits, people: Some(people) }, guard))
}

/// Makes a page of a problem as it is answered to programs.
pub type PageOf = fn(Response) -> BoxFuture<'static, Response>;

/// Says of a request how a problem becomes a page, if somebody asks who would read one.
pub type ForPeople = fn(&Request) -> Option<PageOf>;

#[derive(Clone, Copy)]
struct Guarding {
    limits: Limits,
    people: Option<ForPeople>,
}

/// A panic or a timeout is answered like everything else: in one format, and under the request's id.
async fn guard(State(guarding): State<Guarding>, request: Request, next: Next) -> Response {
    let page = guarding.people.and_then(|people| people(&request));
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("-", MatchedPath::as_str);
    answered(guarding.limits, route, page, request, |request| next.run(request)).await
}

/// What a route answers to a request, asked without the router that it is part of, as if by one that
/// was [`harden`]ed. `route` is its path, as it is written down.
pub async fn guarded<F>(
    limits: Limits,
    route: &str,
    request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    answered(limits, route, None, request, answer).await
}

async fn answered<F>(
    limits: Limits,
    route: &str,
    page: Option<PageOf>,
    mut request: Request,
    answer: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    DefaultBodyLimit::max(limits.body_bytes).apply(&mut request);
    request.extensions_mut().insert(limits);
    let id = RequestId::of(request.headers());
    let span = span_of(route, request.method(), &id);
    let is_by_tls = is_by_tls(request.headers());
    let answering = async {
        let answer = answer_in_time(limits.answer_time, answer(request)).await;
        let answer = match (page, problems_only(answer).await) {
            (Some(page), answer) if is_problem(&answer) => page(answer).await,
            (_, answer) => answer,
        };
        let mut answer = with_safe_headers(answer);
        if is_by_tls {
            stay_on_tls(answer.headers_mut());
        }
        answer
    };
    identified(id, span, answering).await
}

/// Gives up on an answer that takes too long or breaks off by a panic.
async fn answer_in_time(limit: Duration, answering: impl Future<Output = Response>) -> Response {
    let caught = AssertUnwindSafe(answering).catch_unwind();
    match tokio::time::timeout(limit, caught).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => panicked(panic),
        Err(_) => timed_out().into_response(),
    }
}

fn is_problem(answer: &Response) -> bool {
    answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM_JSON)
}

/// Not 408, which says that the client was slow and nothing was done.
fn timed_out() -> Problem {
    let title = "The answer took too long";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timed_out", title)
        .detail(
            "It is not known whether it was done. Repeat the request with the same \
             Idempotency-Key.",
        )
        .retry_after(Duration::from_secs(1))
}

fn with_safe_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, value) in
        [(X_FRAME_OPTIONS, "DENY"), (CONTENT_SECURITY_POLICY, "frame-ancestors 'none'")]
    {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::header::{ALLOW, STRICT_TRANSPORT_SECURITY};
    use axum::response::Html;
    use axum::routing::{get, post};
    use serde_json::{Value, json};
    use tower::ServiceExt as _;

    use super::super::request_id::X_REQUEST_ID;
    use super::*;

    const LIMITS: Limits = Limits {
        body_bytes: 10,
        body_time: Duration::from_secs(10),
        answer_time: Duration::from_millis(50),
    };

    async fn panics() {
        panic!("the secret is 42");
    }

    fn app() -> Router {
        let router = Router::new()
            .route("/ok", get(async || "ok"))
            .route("/panic", get(panics))
            .route("/slow", get(std::future::pending::<()>))
            .route("/page", get(async || (StatusCode::NOT_FOUND, Html("<p>no page"))))
            .route("/fails", get(async || (StatusCode::BAD_GATEWAY, "secret")))
            .route("/json", post(async |_: axum::Json<Value>| ()))
            .route("/bytes", post(async |_: axum::body::Bytes| ()))
            .route("/more", post(async |_: axum::body::Bytes| ()).layer(DefaultBodyLimit::max(20)));
        harden(router, LIMITS)
    }

    async fn answer(method: &str, path: &str, body: &'static str) -> Response {
        let request = Request::builder().method(method).uri(path).header(X_REQUEST_ID, "r-1");
        app().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap()
    }

    async fn problem(method: &str, path: &str, body: &'static str) -> Value {
        let response = answer(method, path, body).await;
        assert_eq!(response.headers()[CONTENT_TYPE], PROBLEM_JSON, "{path}");
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[tokio::test]
    async fn every_error_is_a_problem_with_a_code_and_the_requests_id() {
        for (method, path, body, status, code) in [
            ("GET", "/nowhere", "", 404, "not_found"),
            ("DELETE", "/ok", "", 405, "method_not_allowed"),
            ("POST", "/bytes", "eleven byte", 413, "body_too_large"),
            ("POST", "/json", "{}", 415, "unsupported_media_type"),
            ("GET", "/panic", "", 500, "internal"),
            ("GET", "/fails", "", 502, "internal"),
            ("GET", "/slow", "", 503, "timed_out"),
        ] {
            let problem = problem(method, path, body).await;
            assert_eq!((&problem["status"], &problem["code"]), (&json!(status), &json!(code)));
            assert_eq!(problem["trace_id"], "r-1");
            assert!(!problem.to_string().contains("secret"), "{problem}");
        }
    }

    #[tokio::test]
    async fn a_405_still_says_what_is_allowed() {
        let response = answer("DELETE", "/ok", "").await;
        assert_eq!(response.headers()[ALLOW], "GET,HEAD");
    }

    #[tokio::test]
    async fn a_route_may_have_a_larger_limit_of_its_own() {
        assert_eq!(answer("POST", "/more", "eleven byte").await.status(), StatusCode::OK);
        let too_much = answer("POST", "/more", "twenty-one bytes of it").await;
        assert_eq!(too_much.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    #[tokio::test]
    async fn a_page_that_says_no_is_left_as_it_is() {
        let response = answer("GET", "/page", "").await;
        let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
        assert_eq!(body, "<p>no page");
    }

    #[tokio::test]
    async fn answers_carry_the_requests_id_and_safe_headers() {
        let response = answer("GET", "/ok", "").await;
        assert_eq!(response.headers()[X_REQUEST_ID], "r-1");
        assert_eq!(response.headers()[X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(response.headers()[CONTENT_SECURITY_POLICY], "frame-ancestors 'none'");
        assert!(!response.headers().contains_key(STRICT_TRANSPORT_SECURITY));
    }

    #[tokio::test]
    async fn whoever_came_by_tls_is_told_once_to_stay_with_it() {
        for (scheme, told) in [("https", vec!["max-age=31536000"]), ("http", vec![])] {
            let request = Request::get("/ok").header("x-forwarded-proto", scheme);
            // As where a router that is hardened is part of another.
            let app = harden(app(), LIMITS);
            let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            let said = response.headers().get_all(STRICT_TRANSPORT_SECURITY).iter();
            assert_eq!(said.collect::<Vec<_>>(), told, "{scheme}");
        }
    }
}
