//! On which terms events are sold, read at most once a second each: a summary shows prices, which
//! are in a table, beside states, which are in memory.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aisle_domain::event::EventDetails;
use aisle_domain::id::EventId;
use aisle_domain::stream::Position;
use aisle_infra::http::problem::Problem;
use lru::LruCache;
use parking_lot::Mutex;

use crate::QueryApi;
use crate::fault;
use crate::fresh::ReadModel;
use crate::params::MinPosition;
use crate::visibility::no_event;

/// How long what was read is good enough for those who do not ask for more.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// Of how many events terms are remembered; about 1 kB each.
const REMEMBERED: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4095);

/// Terms that were read lately.
#[derive(Debug)]
pub(crate) struct Terms {
    read: Mutex<LruCache<EventId, Read>>,
}

#[derive(Debug, Clone)]
struct Read {
    /// It goes at least so far.
    position: Position,
    at: Instant,
    details: Arc<EventDetails>,
}

impl Default for Terms {
    fn default() -> Self {
        Self { read: Mutex::new(LruCache::new(REMEMBERED)) }
    }
}

impl Terms {
    fn find(&self, event: EventId, min: Position) -> Option<Arc<EventDetails>> {
        let mut read = self.read.lock();
        let found = read.get(&event)?;
        let good = found.position >= min && found.at.elapsed() < GOOD_FOR;
        good.then(|| found.details.clone())
    }

    fn keep(&self, event: EventId, position: Position, details: Arc<EventDetails>) {
        let read = Read { position, at: Instant::now(), details };
        self.read.lock().put(event, read);
    }
}

impl QueryApi {
    /// The terms of an event, as of a position at least.
    pub(crate) async fn terms(
        &self,
        event: EventId,
        min: Option<MinPosition>,
    ) -> Result<Arc<EventDetails>, Problem> {
        let MinPosition(at_least) = min.unwrap_or_default();
        if let Some(details) = self.prepared.terms.find(event, at_least) {
            return Ok(details);
        }
        let position = self.fresh(ReadModel::EventPages, min).await?;
        let page = self.sources.views.event(event).await.map_err(fault::views)?;
        let details = Arc::new(page.ok_or_else(no_event)?.details);
        self.prepared.terms.keep(event, position, details.clone());
        Ok(details)
    }
}
