//! Requests by route: how many of each status, and how long they took to be answered.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
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
    routes: RwLock<HashMap<String, Arc<Mutex<Route>>>>,
}

/// Those of one route.
#[derive(Debug, Default)]
struct Route {
    statuses: BTreeMap<u16, u64>,
    /// How many took up to each bound and more than the one before; the last, more than all.
    times: [u64; BOUNDS.len() + 1],
    sum: Duration,
}

impl Requests {
    /// One that was answered before it came to the routes, at once.
    pub(in crate::app) fn at_hand(&self, route: &str, status: StatusCode) {
        self.add(route, status, Duration::ZERO);
    }

    fn add(&self, route: &str, status: StatusCode, took: Duration) {
        let known = self.routes.read().get(route).cloned();
        let of_route = known
            .unwrap_or_else(|| self.routes.write().entry(route.to_owned()).or_default().clone());
        let mut of_route = of_route.lock();
        *of_route.statuses.entry(status.as_u16()).or_default() += 1;
        let bucket = BOUNDS.partition_point(|bound| *bound < took.as_secs_f64());
        of_route.times[bucket] += 1;
        of_route.sum += took;
    }

    pub(super) fn say(&self, text: &mut Text) {
        let routes = self.routes.read();
        let routes: BTreeMap<&str, &Mutex<Route>> =
            routes.iter().map(|(name, route)| (name.as_str(), &**route)).collect();
        for (name, route) in &routes {
            for (status, count) in &route.lock().statuses {
                let labels = [("route", *name), ("status", &*status.to_string())];
                let help = "Requests answered, by route and status.";
                text.counter(REQUESTS, help, &labels, *count as f64);
            }
        }
        for (name, route) in &routes {
            text.family(SECONDS, "histogram", "Until an answer began, by route.");
            route.lock().say(name, text);
        }
    }
}

impl Route {
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
