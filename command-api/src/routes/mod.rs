//! The routes of the write side, one file per resource.

mod account_dto;
mod accounts;
mod booking_dto;
mod bookings;
mod contact;
mod event_dto;
mod events;
mod facade;
mod guests;
pub(crate) mod oidc;
mod payments;
mod price_limit;
mod respond;
mod sessions;
mod tokens;

use utoipa_axum::router::OpenApiRouter;

use crate::CommandApi;

/// All routes with their documentation.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new()
        .merge(events::routes())
        .merge(bookings::routes())
        .merge(payments::routes())
        .merge(contact::routes())
        .merge(accounts::routes())
        .merge(sessions::routes())
        .merge(tokens::routes())
        .merge(facade::routes())
}
