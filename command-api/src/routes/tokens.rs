//! Tokens for visitors without an account.

use aisle_domain::id::Subject;
use aisle_infra::http::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::guests::{GUEST_TOKEN_VALID, Guest, welcome};
use crate::CommandApi;

pub(super) fn routes() -> OpenApiRouter<CommandApi> {
    OpenApiRouter::new().routes(routes!(guest))
}

/// A guest's token.
#[derive(Debug, Serialize, ToSchema)]
struct GuestToken {
    /// Send it as `Authorization: Bearer …`. It is the only proof of the guest's bookings.
    token: String,
    /// Who it speaks for.
    #[schema(value_type = String)]
    subject: Subject,
    /// For how many seconds it is valid.
    valid_seconds: i64,
}

/// Get a customer's token as a guest
///
/// For programs. A browser takes a session: `POST /v1/sessions/guest`.
#[utoipa::path(post, path = "/v1/tokens/guest", tag = "tokens",
    responses((status = 201, body = GuestToken), (status = 403, description = "Guests are turned away", body = Problem)))]
async fn guest(State(api): State<CommandApi>) -> Result<(StatusCode, Json<GuestToken>), Problem> {
    let Guest { subject, token } = welcome(&api)?;
    let valid_seconds = GUEST_TOKEN_VALID.as_secs();
    Ok((StatusCode::CREATED, Json(GuestToken { token, subject, valid_seconds })))
}
