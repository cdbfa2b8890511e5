//! Reads that can be answered at once: a seat map of an event that everybody may see, encoded as
//! it is asked for.
//!
//! Whoever serves connections may ask here before it takes the trouble of a route. What is not at
//! hand (not made yet, not known to be published, asked for with a token or a position) is the
//! route's, which answers the same and puts at hand what it made.

use aisle_domain::id::EventId;
use axum::http::{HeaderMap, Response};
use bytes::Bytes;

use crate::QueryApi;
use crate::fresh::ReadModel;
use crate::seat_bodies::Form;
use crate::visibility::Audience;

/// The route whose answers may be at hand.
pub const AT_HAND: &str = "/v1/events/{event_id}/seats";

/// The event's id stands between these.
const BEFORE: &str = "/v1/events/";
const AFTER: &str = "/seats";

impl QueryApi {
    /// The answer to a `GET` of a path without a query, if nothing need be waited for. Of the
    /// headers those count by which a representation is chosen; a request with a token must not
    /// come here. Touches no store, and is the route's answer but for what the layers around the
    /// route add.
    #[must_use]
    pub fn at_hand(&self, path: &str, headers: &HeaderMap) -> Option<Response<Bytes>> {
        let event: EventId = path.strip_prefix(BEFORE)?.strip_suffix(AFTER)?.parse().ok()?;
        if !self.prepared.published.has(event) {
            return None;
        }
        let position = self.sources.freshness.applied(ReadModel::SeatMap.name())?;
        let map = self.sources.seat_maps.snapshot(event)?;
        let slot = self.prepared.seat_maps.find((event, Form::preferred(headers)), map.version)?;
        slot.at_hand()?.answer_at_hand(headers, Audience::Everybody.briefly(position))
    }
}
