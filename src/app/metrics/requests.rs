//! Requests by route: how many of each status, and how long they took to be answered.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use parking_lot::{Mutex, RwLock};

use super::text::Text;

const REQUESTS: &str = "aisle_http_requests_total";
const SECONDS: &str = "aisle_http_request_seconds";

/// Of what has no route.
const NO_ROUTE: &str = "-";

/// The bounds of the histogram, in seconds: from a copy of memory to what is given up.
const BOUNDS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// All requests that were answered.
#[derive(Debug, Default)]
pub(in crate::app) struct Requests {
    /// As many as there are routes.
    routes: RwLock<HashMap<String, Arc<Route>>>,
}

/// Those of one route.
#[derive(Debug, Default)]
struct Route {
    counts: Mutex<Counts>,
    /// Answered at once, with 200 and with 304.
    at_once: [AtomicU64; 2],
}

#[derive(Debug, Default, Clone)]
struct Counts {
    statuses: BTreeMap<u16, u64>,
    /// How many took up to each bound and more than the one before; the last, more than all.
    times: [u64; BOUNDS.len() + 1],
    sum: Duration,
}

/// Counts those of one route that are answered before they come to the routes.
#[derive(Debug, Clone)]
pub(in crate::app) struct Ahead(Arc<Route>);

impl Ahead {
    /// One that took so long to be answered.
    pub(in crate::app) fn count(&self, status: StatusCode, took: Duration) {
        self.0.counts.lock().add(status, 1, took);
    }

    /// One that was answered at once, and waited for nobody.
    pub(in crate::app) fn count_at_once(&self, status: StatusCode) {
        let [found, unchanged] = &self.0.at_once;
        match status {
            StatusCode::OK => _ = found.fetch_add(1, Ordering::Relaxed),
            StatusCode::NOT_MODIFIED => _ = unchanged.fetch_add(1, Ordering::Relaxed),
            other => self.count(other, Duration::ZERO),
        }
    }
}

impl Requests {
    /// What counts the requests of a route that are answered before they come to the routes.
    pub(in crate::app) fn ahead(&self, route: &str) -> Ahead {
        Ahead(self.of_route(route))
    }

    fn add(&self, route: &str, status: StatusCode, took: Duration) {
        self.of_route(route).counts.lock().add(status, 1, took);
    }

    fn of_route(&self, route: &str) -> Arc<Route> {
        let known = self.routes.read().get(route).cloned();
        known.unwrap_or_else(|| self.routes.write().entry(route.to_owned()).or_default().clone())
    }

    pub(super) fn say(&self, text: &mut Text) {
        let routes = self.routes.read();
        let routes: BTreeMap<&str, Counts> =
            routes.iter().map(|(name, route)| (name.as_str(), route.counts())).collect();
        for (name, counts) in &routes {
            for (status, count) in &counts.statuses {
                let labels = [("route", *name), ("status", &*status.to_string())];
                let help = "Requests answered, by route and status.";
                text.counter(REQUESTS, help, &labels, *count as f64);
            }
        }
        for (name, counts) in &routes {
            text.family(SECONDS, "histogram", "Until an answer began, by route.");
            counts.say(name, text);
        }
    }
}

impl Route {
    /// All together.
    fn counts(&self) -> Counts {
        let mut counts = self.counts.lock().clone();
        for (status, count) in
            [StatusCode::OK, StatusCode::NOT_MODIFIED].into_iter().zip(&self.at_once)
        {
            let count = count.load(Ordering::Relaxed);
            if count > 0 {
                counts.add(status, count, Duration::ZERO);
            }
        }
        counts
    }
}

impl Counts {
    /// So many of one status that took as long.
    fn add(&mut self, status: StatusCode, many: u64, took: Duration) {
        *self.statuses.entry(status.as_u16()).or_default() += many;
        let bucket = BOUNDS.partition_point(|bound| *bound < took.as_secs_f64());
        self.times[bucket] += many;
        self.sum += took;
    }

    fn say(&self, name: &str, text: &mut Text) {
        let mut count = 0;
        let bounds = BOUNDS.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        for (bound, more) in bounds.zip(self.times) {
            count += more;
            let labels = [("route", name), ("le", bound.as_str())];
            text.sample(&format!("{SECONDS}_bucket"), &labels, count as f64);
        }
        let labels = [("route", name)];
        text.sample(&format!("{SECONDS}_sum"), &labels, self.sum.as_secs_f64());
        text.sample(&format!("{SECONDS}_count"), &labels, count as f64);
    }
}

/// Counts a request when its answer begins.
pub(super) async fn count(
    State(requests): State<Arc<Requests>>,
    request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let begun = Instant::now();
    let response = next.run(request).await;
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    requests.add(route, response.status(), begun.elapsed());
    response
}
