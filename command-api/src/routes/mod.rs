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

pub use self::bookings::{HOLD, event_of_hold, hold_directly};
use aisle_infra::http::forms::Forms;
use utoipa_axum::router::OpenApiRouter;

use crate::CommandApi;

/// All routes with their documentation.
pub(crate) fn routes() -> OpenApiRouter<CommandApi> {
    let for_people = OpenApiRouter::new()
        .merge(bookings::routes())
        .merge(payments::routes())
        .merge(contact::routes())
        .merge(accounts::routes())
        .merge(sessions::routes())
        .layer(Forms);
    OpenApiRouter::new()
        .merge(events::routes())
        .merge(for_people)
        .merge(payments::for_provider())
        .merge(tokens::routes())
        .merge(facade::routes())
}
