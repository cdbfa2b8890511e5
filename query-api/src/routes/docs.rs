//! The documentation of both APIs as a page (Scalar), served whole from here: it loads nothing
//! from anywhere else, and its content security policy lets it not.

use std::sync::LazyLock;

use aisle_infra::http::problem::Problem;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::QueryApi;
use crate::conditional;
use crate::respond::NO_CACHE;
use crate::site::KEPT_APART;

/// Scripts, data and fonts from here only. Scalar writes styles into the page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Aisle: API</title>
<link rel="icon" href="/assets/now/icon.svg" type="image/svg+xml">
</head>
<body>
<noscript>The API is described by <a href="/openapi/commands.json">commands.json</a> and
<a href="/openapi/queries.json">queries.json</a> (OpenAPI 3.1).</noscript>
<div id="app"></div>
<script src="/docs/scalar.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"#;

/// Scalar's colours, where they cannot be told from the ground by everybody.
const COLOURS: &str = ".light-mode { --scalar-color-2: #4a4a4a; --scalar-color-3: #5c5c5c; \
    --scalar-color-green: #006b45; --scalar-color-orange: #a83900; } \
    .dark-mode { --scalar-color-3: #a8a8a8; }";

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// Scalar's script, 4.9 MB, and its tag.
static SCALAR: LazyLock<(Bytes, String)> = LazyLock::new(|| {
    let script = scalar_api_reference::get_asset("scalar.js").unwrap_or_default();
    let etag = format!("\"{}\"", hex::encode(&Sha256::digest(&script)[..16]));
    (script.into(), etag)
});

/// The page, its scripts, and the documents.
pub(crate) fn routes() -> Router<QueryApi> {
    Router::new()
        .route("/docs", get(page))
        .route("/docs/scalar.js", get(scalar))
        .route("/docs/start.js", get(start))
        .route("/openapi/{file}", get(document))
}

async fn page() -> Response {
    let headers = [(CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-cache")];
    (headers, KEPT_APART, Html(PAGE)).into_response()
}

async fn scalar(headers: HeaderMap) -> Response {
    let (script, etag) = &*SCALAR;
    let head = [(ETAG, etag.as_str()), (CACHE_CONTROL, "public, max-age=3600")];
    if conditional::has(&headers, etag) {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, [(CONTENT_TYPE, JAVASCRIPT)], script.clone()).into_response()
}

/// Tells Scalar which documents there are, and to keep to itself.
async fn start(State(api): State<QueryApi>) -> Response {
    let source = |(name, _): &(String, Bytes)| json!({"title": name, "slug": name, "url": format!("/openapi/{name}.json")});
    let sources: Vec<_> = api.prepared.documents.iter().map(source).collect();
    let configuration = json!({
        "sources": sources,
        "withDefaultFonts": false,
        "telemetry": false,
        "agent": {"disabled": true},
        "mcp": {"disabled": true},
        "showDeveloperTools": "never",
        "hideClientButton": true,
        "customCss": COLOURS,
    });
    let script = format!("Scalar.createApiReference('#app', {configuration});\n");
    ([(CONTENT_TYPE, JAVASCRIPT)], [(CACHE_CONTROL, NO_CACHE)], script).into_response()
}

async fn document(
    State(api): State<QueryApi>,
    Path(file): Path<String>,
) -> Result<Response, Problem> {
    let mut documents = api.prepared.documents.iter();
    let found = documents.find(|(name, _)| file.strip_suffix(".json") == Some(name));
    let not_found = || Problem::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here");
    let (_, document) = found.ok_or_else(not_found)?;
    Ok(([(CONTENT_TYPE, "application/json")], [(CACHE_CONTROL, NO_CACHE)], document.clone())
        .into_response())
}
