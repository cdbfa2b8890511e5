//! Figures of this process for Prometheus, at `/metrics`: requests by route, and whatever the parts
//! of its role count.
//!
//! Read when somebody asks; in between nothing is computed. It holds nobody's data: routes, never
//! addresses.

mod of_parts;
mod requests;
mod text;

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use parking_lot::Mutex;

pub(super) use self::requests::Requests;
use self::text::Text;

/// The content type of the format, version 0.0.4.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Says the figures of one part.
type Source = Box<dyn Fn(&mut Text) + Send>;

/// What is counted. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Metrics {
    requests: Arc<Requests>,
    sources: Arc<Mutex<Vec<Source>>>,
}

impl Metrics {
    /// What counts requests.
    pub(super) fn requests(&self) -> &Arc<Requests> {
        &self.requests
    }

    /// Adds the figures of a part.
    fn add(&self, source: impl Fn(&mut Text) + Send + 'static) {
        self.sources.lock().push(Box::new(source));
    }

    /// Adds the route that shows them.
    pub(super) fn shown_by(&self, router: Router) -> Router {
        let this = self.clone();
        router.route("/metrics", get(async move || ([(CONTENT_TYPE, TEXT)], this.text())))
    }

    /// Counts what a router answers. To be called when nothing is added to it any more.
    pub(super) fn counting(&self, router: Router) -> Router {
        router.layer(from_fn_with_state(self.requests.clone(), requests::count))
    }

    fn text(&self) -> String {
        let mut text = Text::default();
        self.requests.say(&mut text);
        self.sources.lock().iter().for_each(|say| say(&mut text));
        text.into_string()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(router: &Router, path: &str) -> String {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn requests_are_counted_by_route_and_status_and_never_by_address() {
        let metrics = Metrics::default();
        let router = Router::new()
            .route("/things/{id}", get(async || "a thing"))
            .route("/none", get(async || StatusCode::NOT_FOUND));
        let router = metrics.counting(metrics.shown_by(router));
        for path in ["/things/secret-1", "/things/secret-2", "/none", "/nowhere"] {
            ask(&router, path).await;
        }
        let ahead = metrics.requests().ahead("/things/{id}");
        // What was never answered is not told of.
        assert!(!ask(&router, "/metrics").await.contains("status=\"304\""));
        ahead.count_at_once(StatusCode::NOT_MODIFIED);
        let text = ask(&router, "/metrics").await;
        for line in [
            "# TYPE aisle_http_requests_total counter",
            "aisle_http_requests_total{route=\"/things/{id}\",status=\"200\"} 2",
            "aisle_http_requests_total{route=\"/things/{id}\",status=\"304\"} 1",
            "aisle_http_requests_total{route=\"/none\",status=\"404\"} 1",
            "aisle_http_requests_total{route=\"-\",status=\"404\"} 1",
            "aisle_http_request_seconds_bucket{route=\"/things/{id}\",le=\"+Inf\"} 3",
            "aisle_http_request_seconds_count{route=\"/things/{id}\"} 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
        assert!(!text.contains("secret") && !text.contains("nowhere"), "{text}");
    }

    #[tokio::test]
    async fn parts_say_their_own() {
        let metrics = Metrics::default();
        metrics.add(|text| text.gauge("a_size", "How large it is.", &[("of", "a\"b")], 1.5));
        let text = ask(&metrics.shown_by(Router::new()), "/metrics").await;
        let expected = "# HELP a_size How large it is.\n# TYPE a_size gauge\n\
            a_size{of=\"a\\\"b\"} 1.5\n";
        assert!(text.ends_with(expected), "{text}");
    }
}
