//! Sessions of browsers: a token in a cookie that no script can read.
//!
//! There is no store of sessions: one ends when its token expires, or when the browser forgets it.

use aisle_domain::actor::Actor;
use aisle_domain::id::Subject;
use aisle_infra::http::auth::{MaybeBearer, SameOrigin};
use aisle_infra::http::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guests::{Guest, session, welcome};
use crate::CommandApi;

pub(super) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new().routes(routes!(guest)).routes(routes!(end))
}

/// Whose session a browser has now. The token is in the cookie, where no script can read it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Session {
    /// Who it speaks for.
    #[schema(value_type = String)]
    pub(super) subject: Subject,
}

/// Begin a session as a guest
///
/// A browser that has a session keeps it (200).
#[utoipa::path(post, path = "/v1/sessions/guest", tag = "sessions",
    responses((status = 201, body = Session), (status = 200, description = "There is a session already", body = Session),
        (status = 403, description = "Guests are turned away", body = Problem)))]
async fn guest(
    State(api): State<CommandApi>,
    _: SameOrigin,
    MaybeBearer(actor): MaybeBearer,
) -> Result<Response, Problem> {
    if let Some(Actor::Person { subject, .. }) = actor {
        return Ok(Json(Session { subject }).into_response());
    }
    let Guest { subject, token } = welcome(&api)?;
    let cookie = [(SET_COOKIE, session(&api.verifier, &token)?)];
    Ok((StatusCode::CREATED, cookie, Json(Session { subject })).into_response())
}

/// End the session of this browser
///
/// The cookie is removed. Whoever was a guest loses their bookings, unless they have a link.
#[utoipa::path(post, path = "/v1/sessions/end", tag = "sessions",
    responses((status = 204, description = "There is no session any more")))]
async fn end(State(api): State<CommandApi>, _: SameOrigin) -> Response {
    (StatusCode::NO_CONTENT, [(SET_COOKIE, api.verifier.no_session_cookie())]).into_response()
}
