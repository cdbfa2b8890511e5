//! Guests: visitors who buy without an account.
//!
//! A guest is a subject that nobody else has, and a token for it; nothing is stored.

use std::sync::Arc;

use aisle_domain::actor::{Actor, Role};
use aisle_domain::id::Subject;
use aisle_infra::http::auth::{AuthProblem, MaybeBearer, TokenVerifier};
use aisle_infra::http::forms::NewSession;
use aisle_infra::http::problem::Problem;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use jiff::SignedDuration;

use crate::CommandApi;
use crate::guest::new_guest;
use crate::state::Guests;

/// How long a guest's token is valid: long enough to come back for a ticket bought for a season.
pub(super) const GUEST_TOKEN_VALID: SignedDuration = SignedDuration::from_hours(180 * 24);

/// A guest who has just come.
pub(super) struct Guest {
    pub(super) subject: Subject,
    pub(super) token: String,
}

/// Makes a guest.
pub(super) fn welcome(api: &CommandApi) -> Result<Guest, Problem> {
    if api.guests == Guests::TurnedAway {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "no_guests",
            "Buying as a guest is not possible here",
        ));
    }
    let subject = new_guest(&*api.ids);
    let issued = api.issuer.issue(&subject, &[Role::Customer], GUEST_TOKEN_VALID);
    Ok(Guest { token: issued.map_err(|error| Problem::internal(&error))?, subject })
}

/// The header that begins a session by a token of ours.
pub(super) fn session(verifier: &Arc<TokenVerifier>, token: &str) -> Result<HeaderValue, Problem> {
    verifier.session_cookie(token).map_err(|error| Problem::internal(&error))
}

/// Whoever holds seats: somebody with a token or a session, or a form's sender, who becomes a guest
/// if they are nobody yet.
pub(super) struct Buyer(pub(super) Actor);

impl FromRequestParts<CommandApi> for Buyer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &CommandApi) -> Result<Self, Problem> {
        let MaybeBearer(actor) = MaybeBearer::from_request_parts(parts, api).await?;
        if let Some(actor) = actor {
            return Ok(Self(actor));
        }
        let Some(new) = parts.extensions.get::<NewSession>() else {
            return Err(AuthProblem::Missing.into());
        };
        let Guest { subject, token } = welcome(api)?;
        new.begin(session(&api.verifier, &token)?);
        Ok(Self(Actor::Person { subject, roles: vec![Role::Customer] }))
    }
}
