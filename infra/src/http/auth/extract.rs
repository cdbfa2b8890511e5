//! The extractors of the actor: `Authorization: Bearer <token>` and nothing else.
//!
//! Cookies are not read, so no other site can make a browser act for somebody.

use std::sync::Arc;

use aisle_domain::actor::Actor;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::{AuthProblem, TokenVerifier};

/// The person whose token the request bears. Without one it is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer(pub Actor);

/// The person whose token the request bears, if it bears one. A bad token is refused all the same:
/// whoever sends one believes to be somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaybeBearer(pub Option<Actor>);

impl<S> FromRequestParts<S> for Bearer
where
    S: Send + Sync,
    Arc<TokenVerifier>: FromRef<S>,
{
    type Rejection = AuthProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthProblem> {
        let MaybeBearer(actor) = MaybeBearer::from_request_parts(parts, state).await?;
        actor.map(Self).ok_or(AuthProblem::Missing)
    }
}

impl<S> FromRequestParts<S> for MaybeBearer
where
    S: Send + Sync,
    Arc<TokenVerifier>: FromRef<S>,
{
    type Rejection = AuthProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthProblem> {
        let Some(token) = token(&parts.headers)? else { return Ok(Self(None)) };
        let claims = Arc::<TokenVerifier>::from_ref(state).verify(token)?;
        Ok(Self(Some(Actor::Person { subject: claims.subject, roles: claims.roles })))
    }
}

/// The token, if there is an `Authorization` at all. Two of them, or another scheme, is an error:
/// guessing which one was meant helps nobody but an attacker.
fn token(headers: &HeaderMap) -> Result<Option<&str>, AuthProblem> {
    let mut headers = headers.get_all(AUTHORIZATION).iter();
    let Some(header) = headers.next() else { return Ok(None) };
    if headers.next().is_some() {
        return Err(AuthProblem::Invalid);
    }
    let text = header.to_str().map_err(|_| AuthProblem::Invalid)?;
    match text.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(AuthProblem::Invalid),
    }
}

#[cfg(test)]
mod tests {
    use aisle_domain::actor::Role;
    use aisle_domain::id::Subject;
    use axum::http::Request;
    use axum::http::header::WWW_AUTHENTICATE;
    use axum::response::IntoResponse as _;
    use jiff::{SignedDuration, Timestamp};

    use super::super::TokenIssuer;
    use super::*;
    use crate::clock::ManualClock;
    use crate::secret::Secret;

    /// Extracts with a valid token in the place of `{}`.
    async fn extract<T>(headers: &[&str]) -> Result<T, AuthProblem>
    where
        T: FromRequestParts<Arc<TokenVerifier>, Rejection = AuthProblem>,
    {
        let (key, clock) = (Secret::new([1; 32]), ManualClock::new(Timestamp::UNIX_EPOCH));
        let clock = Arc::new(clock);
        let issuer = TokenIssuer::new(&key, clock.clone());
        let subject = Subject::try_new("ada").unwrap();
        let token =
            issuer.issue(&subject, &[Role::Customer], SignedDuration::from_secs(9)).unwrap();
        let mut request = Request::get("/");
        for header in headers {
            request = request.header(AUTHORIZATION, header.replace("{}", &token));
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        T::from_request_parts(&mut parts, &Arc::new(TokenVerifier::new(&key, clock))).await
    }

    fn ada() -> Actor {
        let subject = Subject::try_new("ada").unwrap();
        Actor::Person { subject, roles: vec![Role::Customer] }
    }

    #[tokio::test]
    async fn a_good_token_gives_the_person() {
        assert_eq!(extract(&["Bearer {}"]).await, Ok(Bearer(ada())));
        assert_eq!(extract(&["bearer  {}"]).await, Ok(MaybeBearer(Some(ada()))));
    }

    #[tokio::test]
    async fn without_a_token_only_the_optional_extractor_lets_pass() {
        assert_eq!(extract::<Bearer>(&[]).await, Err(AuthProblem::Missing));
        assert_eq!(extract(&[]).await, Ok(MaybeBearer(None)));
    }

    #[tokio::test]
    async fn a_bad_token_never_passes() {
        for headers in [&["Bearer x"][..], &["Basic {}"], &["{}"], &["Bearer {}", "Bearer {}"]] {
            assert_eq!(extract::<Bearer>(headers).await, Err(AuthProblem::Invalid));
            assert_eq!(extract::<MaybeBearer>(headers).await, Err(AuthProblem::Invalid));
        }
    }

    #[test]
    fn each_refusal_challenges_as_rfc_6750_says() {
        let challenge = |problem: AuthProblem| {
            let response = problem.into_response();
            assert_eq!(response.status(), 401);
            response.headers()[WWW_AUTHENTICATE].to_str().unwrap().to_owned()
        };
        assert_eq!(challenge(AuthProblem::Missing), "Bearer");
        assert!(challenge(AuthProblem::Invalid).contains("error=\"invalid_token\""));
        assert!(challenge(AuthProblem::Expired).contains("error=\"invalid_token\""));
    }
}
