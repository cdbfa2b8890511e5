//! What all reads of an event's seat map begin with: who asks, that they may see it, and the map at
//! the position that they must see at least.

use std::sync::Arc;

use aisle_domain::id::EventId;
use aisle_domain::stream::Position;
use aisle_infra::http::auth::MaybeBearer;
use aisle_infra::http::json::{ApiPath, ApiQuery};
use aisle_infra::http::problem::Problem;
use aisle_projections::seat_map::SeatMapSnapshot;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::QueryApi;
use crate::fresh::ReadModel;
use crate::params::{EventPath, Fresh, MinPosition};
use crate::visibility::{Audience, no_event};

/// A request for something of an event's seat map, which whoever sent it may see.
pub(super) struct SeatMapOf {
    pub(super) event: EventId,
    pub(super) map: Arc<SeatMapSnapshot>,
    /// Up to where the map is complete at least.
    pub(super) position: Position,
    /// What it must include, by the request.
    pub(super) min: Option<MinPosition>,
    pub(super) audience: Audience,
    pub(super) headers: HeaderMap,
}

impl FromRequestParts<QueryApi> for SeatMapOf {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &QueryApi) -> Result<Self, Problem> {
        let MaybeBearer(actor) = MaybeBearer::from_request_parts(parts, api).await?;
        let ApiPath(EventPath { event_id: event }) =
            ApiPath::from_request_parts(parts, api).await?;
        let ApiQuery(Fresh { min_position: min }) =
            ApiQuery::from_request_parts(parts, api).await?;
        let position = api.fresh(ReadModel::SeatMap, min).await?;
        let audience = api.audience(event, actor.as_ref(), min).await?;
        let map = api.sources.seat_maps.snapshot(event).ok_or_else(no_event)?;
        Ok(Self { event, map, position, min, audience, headers: parts.headers.clone() })
    }
}
