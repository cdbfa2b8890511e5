//! Reads that can be answered at once: a seat map of an event that everybody may see, encoded as
//! it is asked for.
//!
//! Whoever serves connections may ask here before it takes the trouble of a route. What is not at
//! hand (not made yet, not known to be published, asked for with a token or a position) is the
//! route's, which answers the same and puts at hand what it made.

use aisle_domain::id::EventId;
use aisle_domain::stream::Position;
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;

use crate::QueryApi;
use crate::encoding::Coding;
use crate::fresh::ReadModel;
use crate::seat_bodies::Form;

/// The route whose answers may be at hand.
pub const AT_HAND: &str = "/v1/events/{event_id}/seats";

/// The event's id stands between these.
const BEFORE: &str = "/v1/events/";
const AFTER: &str = "/seats";

/// What a request asks for that may be at hand: understood once, and answered as often as a
/// connection asks the same again.
#[derive(Debug, Clone)]
pub struct Wanted {
    event: EventId,
    form: Form,
    coding: Coding,
    /// What the client has already is among them.
    headers: HeaderMap,
}

/// An answer, ready to be written.
#[derive(Debug, Clone)]
pub struct Ready {
    /// 200, or 304.
    pub status: StatusCode,
    /// The lines of its head that are always the same, as HTTP/1.1 has them, each with its end.
    pub head: Bytes,
    /// Up to where the read model goes: `Aisle-Position`.
    pub position: Position,
    /// Empty if nothing changed.
    pub body: Bytes,
}

impl Wanted {
    /// What a `GET` of a path without a query asks for. Of the headers those count by which a
    /// representation is chosen; a request with a token must not come here.
    #[must_use]
    pub fn by(path: &str, headers: HeaderMap) -> Option<Self> {
        let event = path.strip_prefix(BEFORE)?.strip_suffix(AFTER)?.parse().ok()?;
        let (form, coding) = (Form::preferred(&headers), Coding::preferred(&headers));
        Some(Self { event, form, coding, headers })
    }
}

impl QueryApi {
    /// The answer, if nothing need be waited for. Touches no store, and is the route's answer but
    /// for what the layers around the route add.
    #[must_use]
    pub fn at_hand(&self, wanted: &Wanted) -> Option<Ready> {
        let Wanted { event, form, coding, ref headers } = *wanted;
        if !self.prepared.published.has(event) {
            return None;
        }
        let position = self.sources.freshness.applied(ReadModel::SeatMap.name())?;
        let map = self.sources.seat_maps.snapshot(event)?;
        let slot = self.prepared.seat_maps.find((event, form), map.edition())?;
        slot.at_hand()?.ready(headers, coding, position)
    }
}
