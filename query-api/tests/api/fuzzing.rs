//! Whatever is asked for, with whichever headers, is answered: by what there is, by a page or by a
//! problem, and never by a fault of ours.

use aisle_domain::actor::Role;
use aisle_domain::testing::{booking_id, event_id};
use axum::body::Body;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Request};
use axum::response::Response;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Handle;

use super::site::{BROWSER, world};
use super::world::{World, bearer, titled};

/// How many requests are sent to each route.
const CASES: u32 = 40;

/// Every route that is read, with `*` for what follows.
const ROUTES: [&str; 35] = [
    "/",
    "/search",
    "/events/*",
    "/events/*/seats",
    "/events/*/calendar.ics",
    "/bookings",
    "/bookings/*",
    "/bookings/*/cancel",
    "/bookings/link/*",
    "/sign-in",
    "/sign-up",
    "/account",
    "/sitemap.xml",
    "/sitemap/*",
    "/robots.txt",
    "/assets/*/*",
    "/docs",
    "/docs/scalar.js",
    "/docs/start.js",
    "/openapi/*",
    "/healthz",
    "/readyz",
    "/v1/search",
    "/v1/suggest",
    "/v1/history",
    "/v1/bookings",
    "/v1/bookings/*",
    "/v1/bookings/*/live",
    "/v1/events/*",
    "/v1/events/*/plan",
    "/v1/events/*/seats",
    "/v1/events/*/seats/live",
    "/v1/events/*/seats/summary",
    "/v1/*",
    "/*",
];

/// What some route reads from the query. `min-position` is another test's: what is not there yet is
/// waited for.
const NAMES: [&str; 34] = [
    "term",
    "prefix",
    "start_date",
    "end_date",
    "start",
    "end",
    "region",
    "country",
    "city",
    "category",
    "series",
    "venue",
    "performer",
    "month",
    "price_min",
    "price_max",
    "currency",
    "available",
    "sort",
    "limit",
    "after",
    "facets",
    "phase",
    "section",
    "problem",
    "field",
    "seats",
    "wished",
    "done",
    "next",
    "event",
    "from",
    "last-event-id",
    "state",
];

/// Headers that some route or layer reads.
const HEADERS: [&str; 12] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "cookie",
    "host",
    "last-event-id",
    "if-none-match",
    "authorization",
    "x-request-id",
    "x-forwarded-proto",
    "x-forwarded-for",
    "range",
];

/// Bytes of an address or of a header: some that mean something somewhere, and some that do not.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        event_id(1).to_string(),
        booking_id(1).to_string(),
        bearer("bob", Role::Customer),
        format!("__Host-aisle={}", bearer("bob", Role::Customer).replace("Bearer ", "")),
        BROWSER.to_owned(),
        "application/json".to_owned(),
        "gzip, br;q=0.1, zstd, *;q=0".to_owned(),
        "\"7\", W/\"8\", *".to_owned(),
        "2026-12-24".to_owned(),
        "2026-02".to_owned(),
        "-1".to_owned(),
        "18446744073709551616".to_owned(),
        "EUR".to_owned(),
        "true".to_owned(),
        "[::1]:80".to_owned(),
        "evil.example\"><script>".to_owned(),
        "../../etc/passwd".to_owned(),
        "queries.json".to_owned(),
    ];
    prop_oneof![
        3 => prop::sample::select(known.to_vec()).prop_map(String::into_bytes),
        1 => "[0-9.,/:;=-]{0,12}".prop_map(String::into_bytes),
        1 => any::<String>().prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..80),
        1 => "\\PC{200,400}".prop_map(String::into_bytes),
    ]
}

/// A request as it is drawn: the parts of its path, its query, its headers.
type Drawn = (Vec<Vec<u8>>, Vec<(String, Vec<u8>)>, Vec<(&'static str, Vec<u8>)>);

fn drawn() -> impl Strategy<Value = Drawn> {
    let known = NAMES.map(str::to_owned).to_vec();
    let name = prop_oneof![9 => prop::sample::select(known), 1 => any::<String>()];
    (
        prop::collection::vec(value(), 2),
        prop::collection::vec((name, value()), 0..5),
        prop::collection::vec((prop::sample::select(HEADERS.to_vec()), value()), 0..5),
    )
}

fn encoded(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'=' => {
                char::from(*byte).to_string()
            }
            byte => format!("%{byte:02x}"),
        })
        .collect()
}

fn request(route: &str, (parts, query, headers): &Drawn) -> Request<Body> {
    let mut path = route.to_owned();
    for part in parts {
        path = path.replacen('*', &encoded(part), 1);
    }
    let pair = |(name, value): &(String, Vec<u8>)| {
        format!("{}={}", encoded(name.as_bytes()), encoded(value))
    };
    let query: Vec<String> = query.iter().map(pair).collect();
    let mut request = Request::get(format!("{path}?{}", query.join("&")));
    for (name, value) in headers {
        // What HTTP does not allow in a header never gets as far as this.
        if let Ok(value) = HeaderValue::from_bytes(value) {
            request = request.header(*name, value);
        }
    }
    request.body(Body::empty()).unwrap()
}

fn is_kind(headers: &HeaderMap, kind: &str) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|given| given.as_bytes().starts_with(kind.as_bytes()))
}

async fn is_answered(answer: Response, what: &str) -> Result<(), TestCaseError> {
    let (head, body) = answer.into_parts();
    prop_assert!(head.status.as_u16() < 500, "{}: {}", what, head.status);
    if is_kind(&head.headers, "text/event-stream") {
        return Ok(());
    }
    let body = axum::body::to_bytes(body, usize::MAX)
        .await
        .map_err(|error| TestCaseError::fail(format!("{what}: the answer breaks off: {error}")))?;
    let is_page = is_kind(&head.headers, "text/html");
    if head.status.is_client_error() {
        let is_problem = is_kind(&head.headers, "application/problem+json");
        prop_assert!(is_page || is_problem, "{}: {} {:?}", what, head.status, head.headers);
    }
    if is_page {
        let text = String::from_utf8_lossy(&body);
        prop_assert!(!text.contains("\"><script>"), "{}: {}", what, text);
    }
    Ok(())
}

/// Sends each drawn request to a route, as drawn and as a browser's.
fn ask(world: &World, route: &str) {
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let asked = TestRunner::new(config).run(&drawn(), |drawn| {
        let (plain, mut by_bob) = (request(route, &drawn), request(route, &drawn));
        by_bob.headers_mut().insert(ACCEPT, HeaderValue::from_static(BROWSER));
        let token = HeaderValue::from_str(&bearer("bob", Role::Customer)).unwrap();
        by_bob.headers_mut().insert(AUTHORIZATION, token);
        for request in [plain, by_bob] {
            let what = format!("{} {:?}", request.uri(), request.headers());
            let handle = Handle::current();
            handle.block_on(async { is_answered(world.begin(request).await, &what).await })?;
        }
        Ok(())
    });
    asked.unwrap_or_else(|failure| panic!("{route}: {failure}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_is_asked_breaks_anything() {
    let world = world().await;
    world.on_sale_with_seats(event_id(1)).await;
    world.on_sale(event_id(2), titled("Rockets v. Comets")).await;
    world.hold(event_id(1), booking_id(1), "bob", &["1-1", "1-2"]).await;
    world.is_live().await;
    tokio::task::block_in_place(|| ROUTES.iter().for_each(|route| ask(&world, route)));
}
