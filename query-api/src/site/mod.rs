//! The site: pages for people, drawn on the server from the same read models as the JSON routes.
//!
//! Every page and every purchase works without a script; scripts make them quicker. Its forms post
//! to the command side's own routes: nothing is written here, and nothing is asked over HTTP.

mod account;
mod booking;
mod bookings;
mod card;
mod event;
mod for_people;
mod home;
mod link;
mod notice;
mod page;
mod request;
mod search;
pub(crate) mod seat_list;
mod shell;
mod sitemap;
mod text;

use aisle_infra::text::{dates, money};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

pub(crate) use self::event::event;
pub use self::for_people::for_people;
pub(crate) use self::page::KEPT_APART;
use self::page::PageProblem;
pub(crate) use self::request::{Asked, wants_page};
pub(crate) use self::search::search;
pub(crate) use self::sitemap::Listed;
use crate::QueryApi;
use crate::web;

/// The pages. Two more share their addresses with the older JSON paths: `/search` and
/// `/events/{event_id}`.
pub(crate) fn routes() -> Router<QueryApi> {
    Router::new()
        .route("/", get(home::home))
        .route("/events/{event_id}/calendar.ics", get(event::calendar))
        .route("/bookings", get(bookings::bookings))
        .route("/bookings/link/{token}", get(link::follow))
        .route("/bookings/{booking_id}", get(booking::booking))
        .route("/bookings/{booking_id}/cancel", get(booking::cancel))
        .route("/sign-in", get(account::sign_in))
        .route("/sign-up", get(account::sign_up))
        .route("/account", get(account::account))
        .route("/sitemap.xml", get(sitemap::sitemap))
        .route("/sitemap/{part}", get(sitemap::part))
        .route("/robots.txt", get(sitemap::robots))
        .merge(seat_list::routes())
        .merge(web::router())
        .fallback(nothing_here)
}

/// For what has no route: people get a page, programs what they always got.
async fn nothing_here(request: Request) -> Response {
    if wants_page(request.headers()) {
        return PageProblem::not_found().into_response();
    }
    StatusCode::NOT_FOUND.into_response()
}
