//! Tokens for visitors without an account.

use aisle_domain::actor::Role;
use aisle_domain::id::Subject;
use aisle_infra::http::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::CommandApi;
use crate::state::Guests;

/// How long a guest's token is valid: long enough to come back for a ticket bought for a season.
const GUEST_TOKEN_VALID: SignedDuration = SignedDuration::from_hours(180 * 24);

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
#[utoipa::path(post, path = "/v1/tokens/guest", tag = "tokens",
    responses((status = 201, body = GuestToken), (status = 403, description = "Guests are turned away", body = Problem)))]
async fn guest(State(api): State<CommandApi>) -> Result<(StatusCode, Json<GuestToken>), Problem> {
    if api.guests == Guests::TurnedAway {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "no_guests",
            "Buying as a guest is not possible here",
        ));
    }
    let subject = Subject::try_new(format!("guest-{}", api.ids.next()))
        .map_err(|error| Problem::internal(&error))?;
    let issued = api.issuer.issue(&subject, &[Role::Customer], GUEST_TOKEN_VALID);
    let token = issued.map_err(|error| Problem::internal(&error))?;
    let valid_seconds = GUEST_TOKEN_VALID.as_secs();
    Ok((StatusCode::CREATED, Json(GuestToken { token, subject, valid_seconds })))
}
