//! The web page: its files, compiled in, and the headers that keep it to itself.
//!
//! It knows nothing of events: all that the page shows, its scripts ask of the same HTTP interface
//! as everybody else.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use axum::Router;
use axum::extract::Path;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// What the page may load and where it may send: only to where it came from. Without inline
/// scripts and styles, so that no title of an event can become one.
pub const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// Kept, but asked about each time: names stay the same from one version to the next.
const CACHE: &str = "public, no-cache";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

/// A file of the page.
struct File {
    name: &'static str,
    content_type: &'static str,
    content: &'static str,
}

macro_rules! files {
    ($($content_type:ident: $($name:literal)+;)+) => {
        [$($(File {
            name: $name,
            content_type: $content_type,
            content: include_str!(concat!("../web/", $name)),
        }),+),+]
    };
}

static INDEX: File =
    File { name: "index.html", content_type: HTML, content: include_str!("../web/index.html") };

static ASSETS: &[File] = &files! {
    STYLE: "base.css" "pages.css" "seat-map.css" "spa-map.css";
    IMAGE: "icon.svg";
    SCRIPT: "api.js" "app.js" "basket.js" "booking-bill.js" "booking-page.js" "bookings-page.js"
        "choice-forms.js" "dom.js" "event-page.js" "format.js" "hold.js" "map-areas.js"
        "map-colors.js" "map-controls.js" "map-dots.js" "map-gestures.js" "map-paint.js"
        "map-sections.js" "map-sprites.js" "map-stage.js" "map-tip.js" "map-view.js" "pay-form.js"
        "phase.js" "plan.js" "problem.js" "search-box.js" "search-page.js" "seat-choice.js"
        "seat-dom.js" "seat-feed.js" "seat-filter.js" "seat-grid.js" "seat-hold.js" "seat-keys.js" "seat-list.js"
        "seat-map.js" "seat-news.js" "seat-runs.js" "seat-terms.js" "seat-texts.js"
        "spa-basket.js" "spa-map-areas.js" "spa-map-colors.js" "spa-map-gestures.js"
        "spa-map-paint.js" "spa-map-view.js" "spa-plan.js" "spa-seat-feed.js" "spa-seat-grid.js"
        "spa-seat-list.js" "spa-seat-map.js";
};

/// The page at `/` and its files at `/assets/…`. Needs no state; unknown files are 404.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(index))
        .route("/assets/{file}", get(asset))
        .route("/assets/{version}/{file}", get(asset_of))
}

async fn index(headers: HeaderMap) -> Response {
    INDEX.answer(&headers)
}

/// Whatever the version that a page asks for: there is one.
async fn asset_of(Path((_, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    asset(Path(name), headers).await
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match ASSETS.iter().find(|file| file.name == name) {
        Some(file) => file.answer(&headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

impl File {
    fn answer(&self, headers: &HeaderMap) -> Response {
        let etag = self.etag();
        let known: [(HeaderName, &str); 3] = [
            (ETAG, &etag),
            (CACHE_CONTROL, CACHE),
            // In a 304 too: browsers take over the headers they get with one.
            (CONTENT_SECURITY_POLICY, CONTENT_POLICY),
        ];
        if is_known(headers, &etag) {
            return (StatusCode::NOT_MODIFIED, known).into_response();
        }
        let about = [
            (CONTENT_TYPE, self.content_type),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "same-origin"),
        ];
        (known, about, self.content).into_response()
    }

    /// A digest, the same in every process of a build. Weak, as the answer may get compressed.
    fn etag(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.content.hash(&mut hasher);
        format!("W/\"{:016x}\"", hasher.finish())
    }
}

/// Whether the client has this version, by `If-None-Match` (RFC 9110, 13.1.2).
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let wanted = opaque(etag);
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim() == "*" || opaque(tag) == wanted)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(path: &str, etag: Option<&str>) -> Response {
        let mut request = Request::get(path);
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        router::<()>().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn text(response: Response) -> String {
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_page_says_what_it_is_and_what_it_may_load() {
        let response = ask("/", None).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CONTENT_TYPE], HTML);
        assert_eq!(response.headers()[CACHE_CONTROL], CACHE);
        assert_eq!(response.headers()[CONTENT_SECURITY_POLICY], CONTENT_POLICY);
        assert!(text(response).await.starts_with("<!doctype html>"));
    }

    #[tokio::test]
    async fn a_file_that_is_known_is_not_sent_again() {
        let first = ask("/assets/app.js", None).await;
        let etag = first.headers()[ETAG].to_str().unwrap().to_owned();
        assert_eq!(first.headers()[CONTENT_TYPE], SCRIPT);
        for known in [etag.clone(), format!("\"old\", {}", etag.trim_start_matches("W/"))] {
            let again = ask("/assets/app.js", Some(&known)).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(again.headers()[ETAG], *etag);
            assert_eq!(text(again).await, "");
        }
        let changed = ask("/assets/app.js", Some("\"old\"")).await;
        assert_eq!(changed.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn a_file_that_does_not_exist_is_not_found() {
        for path in ["/assets/none.js", "/assets/index.html", "/assets/..%2Fweb.rs"] {
            assert_eq!(ask(path, None).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    /// The names that a text refers to as `<before>name"` or `<before>name'`.
    fn references(text: &str, before: &str) -> Vec<String> {
        let end = |rest: &str| rest.find(['"', '\'']).map(|end| rest[..end].to_owned());
        text.split(before).skip(1).filter_map(end).collect()
    }

    #[test]
    fn every_file_is_compiled_in_and_referred_to() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/web");
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            let entry = entry.unwrap();
            let is_file = entry.file_type().unwrap().is_file();
            is_file.then(|| entry.file_name().into_string().unwrap())
        };
        let there: BTreeSet<String> = std::fs::read_dir(folder).unwrap().filter_map(name).collect();
        let compiled = ASSETS.iter().chain([&INDEX]).map(|file| file.name.to_owned());
        assert_eq!(compiled.collect::<BTreeSet<_>>(), there);

        let mut referred: BTreeSet<String> =
            references(INDEX.content, "=\"/assets/").into_iter().collect();
        let imports = ASSETS.iter().flat_map(|file| {
            let by_name = references(file.content, "from './");
            by_name.into_iter().chain(references(file.content, "import './"))
        });
        referred.extend(imports);
        // Pages with a map refer to these.
        referred.extend(["index.html", "seat-map.js", "seat-map.css"].map(str::to_owned));
        assert_eq!(referred, there);
    }

    #[test]
    fn nothing_is_inline_and_nothing_is_elsewhere() {
        let page = INDEX.content;
        for forbidden in ["<style", "style=", "onclick=", "javascript:", "<script>", "<base"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        for file in ASSETS.iter().chain([&INDEX]) {
            let text = file.content.replace("http://www.w3.org/2000/svg", "");
            for elsewhere in ["http://", "https://", "\"//", "'//"] {
                assert!(!text.contains(elsewhere), "{}: {elsewhere}", file.name);
            }
        }
    }
}
