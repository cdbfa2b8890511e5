//! Hands commands on to the processes that take them, so that a page from a query process works
//! without a reverse proxy in front.
//!
//! What is not GET, HEAD or OPTIONS is a command: both APIs are made so. So is the way to a provider
//! that one signs in by, and back, though browsers go it by GET. It decides nothing, and
//! repeats a command only if it certainly was not received. The host that was asked is handed on, by
//! which a command process knows this site's own pages, and so is the address that asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aisle_infra::http::peer::{FORWARDED_FOR, Peer};
use aisle_infra::http::problem::Problem;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use reqwest::redirect::Policy;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(2);

/// How long an answer may take: as long as a command process takes at most.
const ANSWER: Duration = Duration::from_secs(30);

/// The largest command: no less than what any route of the command side takes.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Where browsers begin sessions by GET.
const SIGN_IN_ELSEWHERE: &str = "/v1/oidc/";

/// What concerns one connection only (RFC 9110, 7.6.1), and what is made anew for the next.
const OF_ONE_HOP: [HeaderName; 8] = [
    CONNECTION,
    CONTENT_LENGTH,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Where commands are taken.
pub(super) struct Forward {
    client: reqwest::Client,
    targets: Vec<reqwest::Url>,
    next: AtomicUsize,
}

impl Forward {
    pub(super) fn to(targets: Vec<reqwest::Url>) -> Result<Arc<Self>, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .build()?;
        Ok(Arc::new(Self { client, targets, next: AtomicUsize::new(0) }))
    }

    /// The targets, each time beginning with the next one.
    fn in_turn(&self) -> impl Iterator<Item = &reqwest::Url> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        (0..self.targets.len()).map(move |n| &self.targets[(first + n) % self.targets.len()])
    }

    async fn send(&self, request: Request) -> Result<Response, Problem> {
        let (mut head, body) = request.into_parts();
        name_the_peer(&mut head);
        let body = axum::body::to_bytes(body, MAX_BYTES).await.map_err(|_| too_large())?;
        for target in self.in_turn() {
            let request = self
                .client
                .request(head.method.clone(), at(target, &head.uri))
                .headers(across_hops(&head.headers))
                .body(body.clone());
            match request.send().await {
                Ok(answer) => return copy(answer).await,
                Err(error) if error.is_connect() => {
                    tracing::warn!(%target, error = chain(&error), "takes no commands now");
                }
                Err(error) => return Err(unknown(&error)),
            }
        }
        Err(nobody())
    }
}

/// Hands on what is a command, and answers the rest here.
pub(super) async fn forward(
    State(forward): State<Arc<Forward>>,
    request: Request,
    next: Next,
) -> Response {
    if !is_command(&request) {
        return next.run(request).await;
    }
    forward.send(request).await.into_response()
}

/// Says where commands are not taken.
pub(super) async fn refuse(request: Request, next: Next) -> Response {
    if !is_command(&request) {
        return next.run(request).await;
    }
    let title = "Commands are not taken here";
    Problem::new(StatusCode::MISDIRECTED_REQUEST, "not_for_commands", title)
        .detail("This process answers queries. Send commands to one of `aisle command`.")
        .into_response()
}

/// Our own word on who asks takes the place of whatever was said.
fn name_the_peer(head: &mut Parts) {
    let peer = head.extensions.get().copied().and_then(|Peer(peer)| peer);
    head.headers.remove(FORWARDED_FOR);
    if let Some(Ok(peer)) = peer.map(|peer| HeaderValue::from_str(&peer.to_string())) {
        head.headers.insert(FORWARDED_FOR, peer);
    }
}

/// Whether a request is for those who take commands.
pub(super) fn is_command(request: &Request) -> bool {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    changes || request.uri().path().starts_with(SIGN_IN_ELSEWHERE)
}

fn at(target: &reqwest::Url, uri: &Uri) -> reqwest::Url {
    let mut url = target.clone();
    url.set_path(uri.path());
    url.set_query(uri.query());
    url
}

fn across_hops(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    let mut named: Vec<HeaderName> = Vec::new();
    for list in headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok()) {
        named.extend(list.split(',').filter_map(|name| name.trim().parse().ok()));
    }
    for name in named.iter().chain(&OF_ONE_HOP) {
        headers.remove(name);
    }
    headers
}

async fn copy(answer: reqwest::Response) -> Result<Response, Problem> {
    let (status, headers) = (answer.status(), across_hops(answer.headers()));
    let body = answer.bytes().await.map_err(|error| unknown(&error))?;
    let mut response = Response::new(Body::from(body));
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    Ok(response)
}

fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The request is too large")
}

fn nobody() -> Problem {
    let title = "Nobody takes commands just now";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", title)
        .detail("Nothing was done.")
        .retry_after(Duration::from_secs(1))
}

fn unknown(error: &reqwest::Error) -> Problem {
    tracing::warn!(error = chain(error), "a command was handed on and not answered");
    let title = "The command was not answered";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", title)
        .detail(
            "It is not known whether it was done. Repeat the request with the same \
             Idempotency-Key.",
        )
        .retry_after(Duration::from_secs(1))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::header::ACCEPT;
    use axum::middleware::{from_fn, from_fn_with_state};
    use axum::routing::{get, post};
    use tokio::net::TcpListener;
    use tower::ServiceExt as _;

    use super::*;

    /// A process that takes commands, and says what it was sent.
    async fn commands() -> reqwest::Url {
        let echo = async |headers: HeaderMap, uri: Uri, body: String| {
            assert!(!headers.contains_key("x-of-this-hop"), "{headers:?}");
            let (host, peer) = (&headers["host"], &headers["x-forwarded-for"]);
            assert_eq!(
                (host, peer),
                (&"aisle.example".parse().unwrap(), &"9.9.9.9".parse().unwrap())
            );
            let accept = headers[ACCEPT].to_str().unwrap().to_owned();
            (StatusCode::SEE_OTHER, [("location", "/there")], format!("{uri} {accept} {body}"))
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let router = Router::new().route("/v1/do", post(echo)).route("/v1/oidc/start", get(echo));
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    /// An address where nobody listens.
    async fn nowhere() -> reqwest::Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}", listener.local_addr().unwrap()).parse().unwrap()
    }

    fn query(targets: Vec<reqwest::Url>) -> Router {
        let forward = from_fn_with_state(Forward::to(targets).unwrap(), forward);
        Router::new().route("/v1/do", get(async || "shown")).layer(forward)
    }

    async fn ask(router: &Router, method: &str) -> (StatusCode, HeaderMap, String) {
        ask_for(router, method, "/v1/do?a=1").await
    }

    async fn ask_for(router: &Router, method: &str, path: &str) -> (StatusCode, HeaderMap, String) {
        let request = axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header(ACCEPT, "text/plain")
            .header("host", "aisle.example")
            .header("x-forwarded-for", "1.2.3.4")
            .extension(Peer(Some("9.9.9.9".parse().unwrap())))
            .header(CONNECTION, "X-Of-This-Hop")
            .header("x-of-this-hop", "1")
            .body(Body::from("please"))
            .unwrap();
        let (head, body) = router.clone().oneshot(request).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        (head.status, head.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn commands_are_handed_on_and_queries_are_not() {
        let router = query(vec![commands().await]);
        let (status, headers, body) = ask(&router, "POST").await;
        assert_eq!(
            (status, body.as_str()),
            (StatusCode::SEE_OTHER, "/v1/do?a=1 text/plain please")
        );
        assert_eq!(headers["location"], "/there");
        assert_eq!(ask(&router, "GET").await.2, "shown");
        let (status, headers, _) = ask_for(&router, "GET", "/v1/oidc/start?next=/").await;
        assert_eq!(
            (status, &headers["location"]),
            (StatusCode::SEE_OTHER, &"/there".parse().unwrap())
        );
    }

    #[tokio::test]
    async fn who_cannot_be_reached_is_passed_over() {
        let router = query(vec![nowhere().await, commands().await]);
        for _ in 0..4 {
            assert_eq!(ask(&router, "POST").await.0, StatusCode::SEE_OTHER);
        }
        let (status, _, body) = ask(&query(vec![nowhere().await]), "POST").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains("Nothing was done"), "{body}");
    }

    #[tokio::test]
    async fn without_anybody_to_hand_them_to_commands_are_refused() {
        let router = Router::new().route("/v1/do", get(async || "shown")).layer(from_fn(refuse));
        assert_eq!(ask(&router, "POST").await.0, StatusCode::MISDIRECTED_REQUEST);
        assert_eq!(ask(&router, "GET").await.2, "shown");
    }
}
