//! Who asks: bearer tokens (JWT, HS256), sent as a header or as a cookie, and roles.
//!
//! It keeps no accounts and no passwords; whoever may issue a token is decided elsewhere.

mod cookie;
mod extract;
mod known;
mod link;
mod origin;
mod token;
mod visitor;

use aisle_domain::actor::{Actor, Role};
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

pub use self::cookie::{SessionCookie, cookie_of};
pub use self::extract::{Bearer, MaybeBearer};
pub use self::link::BookingLink;
pub use self::origin::SameOrigin;
pub(super) use self::origin::{host, is_cross_origin};
pub use self::token::{AUDIENCE, Claims, Holder, ISSUER, IssueError, TokenIssuer, TokenVerifier};
pub use self::visitor::Visitor;
use super::problem::Problem;

/// Why a request is not authenticated, or not believed to be its user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthProblem {
    /// It came without a token.
    #[error("there is no token")]
    Missing,
    /// Its token is none of ours, not yet valid, or not readable. Which of them is not told.
    #[error("the token is not valid")]
    Invalid,
    /// Its token was valid once.
    #[error("the token has expired")]
    Expired,
    /// A page of another site made a browser send it.
    #[error("the request comes from another site")]
    CrossOrigin,
}

impl From<AuthProblem> for Problem {
    fn from(problem: AuthProblem) -> Self {
        // RFC 6750, section 3: no error code where there was no token.
        let (code, title, challenge) = match problem {
            AuthProblem::Missing => ("token_missing", "The request needs a bearer token", "Bearer"),
            AuthProblem::Invalid => {
                ("token_invalid", "The bearer token is not valid", "Bearer error=\"invalid_token\"")
            }
            AuthProblem::Expired => (
                "token_expired",
                "The bearer token has expired",
                "Bearer error=\"invalid_token\", error_description=\"expired\"",
            ),
            AuthProblem::CrossOrigin => {
                let title = "The request comes from a page of another site";
                return Self::new(StatusCode::FORBIDDEN, "cross_origin", title);
            }
        };
        Self::new(StatusCode::UNAUTHORIZED, code, title)
            .header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
    }
}

impl IntoResponse for AuthProblem {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

/// Lets only those pass who have a role.
///
/// # Errors
/// 403 `role_missing`, which names the role.
pub fn require_role(actor: &Actor, role: Role) -> Result<(), Problem> {
    if actor.has(role) {
        return Ok(());
    }
    let title = "The bearer token does not allow that";
    Err(Problem::new(StatusCode::FORBIDDEN, "role_missing", title)
        .detail(format!("It needs the role `{}`.", role.as_str()))
        .with("role", role.as_str()))
}

/// An issuer of tokens and a verifier that believes it, in 1970.
#[cfg(test)]
fn issuer_and_verifier() -> (TokenIssuer, std::sync::Arc<TokenVerifier>) {
    use std::sync::Arc;
    let clock = Arc::new(crate::clock::ManualClock::new(jiff::Timestamp::UNIX_EPOCH));
    let key = crate::secret::Secret::new([1; 32]);
    (TokenIssuer::new(&key, clock.clone()), Arc::new(TokenVerifier::new(&key, clock)))
}

#[cfg(test)]
mod tests {
    use aisle_domain::id::Subject;

    use super::*;

    #[test]
    fn a_role_that_is_missing_is_named() {
        let actor = |roles| Actor::Person { subject: Subject::try_new("ada").unwrap(), roles };
        let refused = require_role(&actor(vec![Role::Customer]), Role::Organiser).unwrap_err();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN);
        assert_eq!(refused.document().code, "role_missing");
        assert_eq!(refused.document().extensions["role"], "organiser");
        assert!(require_role(&actor(vec![Role::Organiser]), Role::Organiser).is_ok());
        assert!(require_role(&actor(vec![Role::Admin]), Role::Organiser).is_ok());
    }
}
