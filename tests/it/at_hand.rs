//! A seat map that is answered before the HTTP library sees the request is the one that the route
//! answers, header by header, and is counted with it.

use std::time::Duration;

use reqwest::header::HeaderMap;

use crate::support::{Client, Server, eventually, sell};

const REQUEST_ID: &str = "x-request-id";

async fn read(
    http: &reqwest::Client,
    url: &str,
    header: Option<(&str, &str)>,
) -> (HeaderMap, String) {
    let request = header
        .into_iter()
        .fold(http.get(url), |request, (name, value)| request.header(name, value));
    let response = request.send().await.unwrap();
    let mut headers = response.headers().clone();
    headers.insert("status", response.status().as_u16().into());
    // It may be another second, and more of the journal may be applied.
    assert!(headers.remove("date").is_some());
    headers.remove("aisle-position");
    (headers, response.text().await.unwrap())
}

/// The value of a figure.
async fn figure(http: &reqwest::Client, server: &Server, name: &str) -> f64 {
    let text = read(http, &format!("{}/metrics", server.url), None).await.1;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} is not in\n{text}")).parse().unwrap()
}

#[tokio::test]
async fn a_seat_map_at_hand_is_the_routes_and_is_counted_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--sample", "no"]);
    let organiser = Client::new(&server.url, &server.token("otto", "organiser"));
    let event = organiser.event_on_sale("k", sell(2, 10, 600)).await;
    let url = format!("{}/v1/events/{event}/seats", server.url);
    let http = reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
    // The read models follow; what was read once is at hand.
    eventually("the seat map is there", async || {
        http.get(&url).send().await.unwrap().status() == 200
    })
    .await;
    let (mut routed, map) = read(&http, &url, Some((REQUEST_ID, "r-1"))).await;
    assert_eq!(routed.remove(REQUEST_ID).unwrap(), "r-1");
    assert_eq!(read(&http, &url, None).await, (routed.clone(), map));
    let (mut by_tls, _) = read(&http, &url, Some(("x-forwarded-proto", "https"))).await;
    assert_eq!(by_tls.remove("strict-transport-security").unwrap(), "max-age=31536000");
    assert_eq!(by_tls, routed, "it took the long way, or is another answer");

    let tag = routed["etag"].to_str().unwrap().to_owned();
    let known = Some(("if-none-match", &*tag));
    let (unchanged, nothing) = read(&http, &url, known).await;
    assert_eq!(
        (&unchanged["status"], &unchanged["etag"], &*nothing),
        (&"304".parse().unwrap(), &routed["etag"], "")
    );
    assert!(!unchanged.contains_key(REQUEST_ID), "it took the long way");
    assert!(!unchanged.contains_key("content-security-policy"), "without a body there is no need");

    let route = "aisle_http_requests_total{route=\"/v1/events/{event_id}/seats\",status=";
    assert!(figure(&http, &server, &format!("{route}\"200\"}}")).await >= 3.0);
    assert_eq!(figure(&http, &server, &format!("{route}\"304\"}}")).await, 1.0);
    assert_eq!(figure(&http, &server, "aisle_live_readers").await, 0.0);
    assert!(figure(&http, &server, "aisle_commit_units_total").await >= 3.0);
    let lag = "aisle_projection_lag{projection=\"seat_map\"}";
    eventually("nothing lies behind", async || figure(&http, &server, lag).await == 0.0).await;
}
