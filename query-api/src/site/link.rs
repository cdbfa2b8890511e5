//! The link in a guest's letter: it begins the guest's session anew and leads to the booking.
//!
//! It is a GET, as letters can hold nothing else; what it begins is no more than what whoever has
//! the link may see and do.

use aisle_infra::http::auth::AuthProblem;
use aisle_infra::http::problem::Problem;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};

use super::page::PageProblem;
use crate::QueryApi;
use crate::respond::NO_STORE;

/// `GET /bookings/link/{token}`
pub(crate) async fn follow(
    State(api): State<QueryApi>,
    Path(token): Path<String>,
) -> Result<Response, PageProblem> {
    let verifier = &api.sources.verifier;
    let link = match verifier.verify_booking_link(&token) {
        Ok(link) => link,
        // Old letters are found again; nothing is lost with an account.
        Err(AuthProblem::Expired) => {
            return Ok(Redirect::to("/sign-in?problem=link_expired").into_response());
        }
        Err(_) => return Err(PageProblem::not_found()),
    };
    let token = verifier.link_session(&link).map_err(|fault| Problem::internal(&fault))?;
    let cookie = verifier.session_cookie(&token).map_err(Problem::from)?;
    // The address is as good as a password: no other page is told of it.
    let headers: [(HeaderName, HeaderValue); 3] = [
        (SET_COOKIE, cookie),
        (CACHE_CONTROL, NO_STORE),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    Ok((headers, Redirect::to(&format!("/bookings/{}", link.booking))).into_response())
}
