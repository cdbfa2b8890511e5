//! Which event a booking belongs to.

use std::num::NonZeroUsize;
use std::sync::Arc;

use aisle_domain::booking::BookingFact;
use aisle_domain::fact::Fact;
use aisle_domain::id::{BookingId, EventId};
use aisle_domain::stream::StreamId;
use aisle_infra::journal::{Entry, JournalStore};
use lru::LruCache;
use parking_lot::Mutex;

use super::ExecuteError;

/// How many bookings are remembered: at some 100 bytes each, 10 MB.
const MAX_BOOKINGS: NonZeroUsize = NonZeroUsize::new(100_000).expect("not zero");

/// Which event a booking belongs to. It never changes, so what is remembered is never stale.
pub(super) struct BookingIndex {
    journal: Arc<dyn JournalStore>,
    known: Mutex<LruCache<BookingId, EventId>>,
}

impl BookingIndex {
    pub(super) fn new(journal: Arc<dyn JournalStore>) -> Self {
        Self { journal, known: Mutex::new(LruCache::new(MAX_BOOKINGS)) }
    }

    /// Remembers a booking of which something was just recorded.
    pub(super) fn remember(&self, booking: BookingId, event: EventId) {
        self.known.lock().put(booking, event);
    }

    /// The event of a booking, if there is such a booking.
    pub(super) async fn event_of(
        &self,
        booking: BookingId,
    ) -> Result<Option<EventId>, ExecuteError> {
        if let Some(event) = self.known.lock().get(&booking) {
            return Ok(Some(*event));
        }
        let rows = self.journal.load(&[StreamId::booking(booking)]).await?;
        let Some(first) = rows.into_iter().next() else { return Ok(None) };
        let entry = Entry::decode(first)
            .map_err(|error| ExecuteError::Unreadable(format!("booking {booking}: {error}")))?;
        let Fact::Booking(BookingFact::Held { order, .. }) = &*entry.fact else { return Ok(None) };
        self.known.lock().put(booking, order.event_id);
        Ok(Some(order.event_id))
    }
}
