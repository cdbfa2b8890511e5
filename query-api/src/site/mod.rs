//! What people see: parts of pages, made on the server, that work without scripts.
//!
//! It decides nothing: its forms post to the command side.

pub(crate) mod seat_list;

use axum::Router;

use crate::QueryApi;

/// The addresses that answer in HTML.
pub(crate) fn routes() -> Router<QueryApi> {
    seat_list::routes()
}
