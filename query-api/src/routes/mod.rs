//! The routes of the read side, one file per resource.

mod booking_dto;
mod booking_live;
pub(crate) mod bookings;
pub(crate) mod docs;
pub(crate) mod event_dto;
mod events;
mod facade;
mod health;
mod history;
mod plan;
mod search;
mod search_bodies;
mod search_dto;
mod search_query;
mod seat_map_of;
mod seats;
mod seats_live;
mod summary;
pub(crate) mod summary_dto;

use utoipa_axum::router::OpenApiRouter;

use crate::QueryApi;

/// All routes with their documentation.
pub(crate) fn routes() -> OpenApiRouter<QueryApi> {
    OpenApiRouter::new()
        .merge(search::routes())
        .merge(events::routes())
        .merge(plan::routes())
        .merge(seats::routes())
        .merge(summary::routes())
        .merge(seats_live::routes())
        .merge(bookings::routes())
        .merge(booking_live::routes())
        .merge(history::routes())
        .merge(facade::routes())
        .merge(health::routes())
}
