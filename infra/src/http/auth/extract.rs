//! The extractors of the actor: from `Authorization: Bearer <token>`, else from the session cookie.
//!
//! A browser sends a cookie whoever made it ask, so a cookie counts for a change only if the request
//! was not made by a page of another site.

use std::sync::Arc;

use aisle_domain::actor::Actor;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::{AuthProblem, Claims, TokenVerifier, is_cross_origin};

/// The person whose token the request bears, or whose session it belongs to. Without one it is
/// refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer(pub Actor);

/// The person whose token the request bears, or whose session it belongs to, if there is one. A bad
/// token is refused all the same: whoever sends one believes to be somebody. A bad or expired cookie
/// counts as none: a browser goes on sending what it once was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaybeBearer(pub Option<Actor>);

impl<S> FromRequestParts<S> for Bearer
where
    S: Send + Sync,
    Arc<TokenVerifier>: FromRef<S>,
{
    type Rejection = AuthProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthProblem> {
        match credential(parts, &Arc::from_ref(state)) {
            Credential::Absent => Err(AuthProblem::Missing),
            Credential::Header(claims) | Credential::Cookie(claims) => claims.map(actor).map(Self),
        }
    }
}

impl<S> FromRequestParts<S> for MaybeBearer
where
    S: Send + Sync,
    Arc<TokenVerifier>: FromRef<S>,
{
    type Rejection = AuthProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AuthProblem> {
        let claims = claims_of(parts, &Arc::from_ref(state))?;
        Ok(Self(claims.map(actor)))
    }
}

/// What a request says of who sends it, by the rules of [`MaybeBearer`].
pub(super) fn claims_of(
    parts: &Parts,
    verifier: &TokenVerifier,
) -> Result<Option<Claims>, AuthProblem> {
    match credential(parts, verifier) {
        Credential::Absent => Ok(None),
        Credential::Header(claims) => claims.map(Some),
        Credential::Cookie(Err(AuthProblem::CrossOrigin)) => Err(AuthProblem::CrossOrigin),
        Credential::Cookie(claims) => Ok(claims.ok()),
    }
}

pub(super) fn actor(claims: Claims) -> Actor {
    Actor::Person { subject: claims.subject, roles: claims.roles }
}

/// Where a request says who sends it.
enum Credential {
    Absent,
    Header(Result<Claims, AuthProblem>),
    Cookie(Result<Claims, AuthProblem>),
}

fn credential(parts: &Parts, verifier: &TokenVerifier) -> Credential {
    match token(&parts.headers) {
        Ok(Some(token)) => return Credential::Header(verifier.verify(token)),
        Err(problem) => return Credential::Header(Err(problem)),
        Ok(None) => {}
    }
    let Some(token) = verifier.cookie.find(&parts.headers) else { return Credential::Absent };
    let claims = verifier.verify(token);
    if claims.is_ok() && is_cross_origin(parts) {
        return Credential::Cookie(Err(AuthProblem::CrossOrigin));
    }
    Credential::Cookie(claims)
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
    use jiff::SignedDuration;

    use super::super::issuer_and_verifier;
    use super::*;

    /// Extracts with a valid token in the place of `{}`.
    async fn extract<T>(headers: &[&str]) -> Result<T, AuthProblem>
    where
        T: FromRequestParts<Arc<TokenVerifier>, Rejection = AuthProblem>,
    {
        let headers: Vec<_> = headers.iter().map(|value| ("authorization", *value)).collect();
        extract_from("GET", &headers).await
    }

    async fn extract_from<T>(method: &str, headers: &[(&str, &str)]) -> Result<T, AuthProblem>
    where
        T: FromRequestParts<Arc<TokenVerifier>, Rejection = AuthProblem>,
    {
        let (issuer, verifier) = issuer_and_verifier();
        let subject = Subject::try_new("ada").unwrap();
        let token =
            issuer.issue(&subject, &[Role::Customer], SignedDuration::from_secs(9)).unwrap();
        let mut request = Request::builder().method(method).uri("/");
        for (name, value) in headers {
            request = request.header(*name, value.replace("{}", &token));
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        T::from_request_parts(&mut parts, &verifier).await
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

    #[tokio::test]
    async fn the_session_cookie_stands_for_a_token() {
        let cookie = ("cookie", "a=b; __Host-aisle={}");
        assert_eq!(extract_from("GET", &[cookie]).await, Ok(Bearer(ada())));
        let both = [("authorization", "Bearer x"), cookie];
        assert_eq!(extract_from::<MaybeBearer>("GET", &both).await, Err(AuthProblem::Invalid));
        // One that is sent without a guarantee of its origin is not read.
        let plain = [("cookie", "aisle={}")];
        assert_eq!(extract_from("GET", &plain).await, Ok(MaybeBearer(None)));
    }

    #[tokio::test]
    async fn a_bad_cookie_is_none_unless_somebody_is_needed() {
        let bad = [("cookie", "__Host-aisle=x")];
        assert_eq!(extract_from("GET", &bad).await, Ok(MaybeBearer(None)));
        assert_eq!(extract_from::<Bearer>("GET", &bad).await, Err(AuthProblem::Invalid));
    }

    #[tokio::test]
    async fn another_site_changes_nothing_by_the_cookie() {
        let (cookie, elsewhere) = (("cookie", "__Host-aisle={}"), ("sec-fetch-site", "cross-site"));
        let refused = Err(AuthProblem::CrossOrigin);
        assert_eq!(extract_from::<Bearer>("POST", &[cookie, elsewhere]).await, refused);
        let refused = Err(AuthProblem::CrossOrigin);
        assert_eq!(extract_from::<MaybeBearer>("DELETE", &[cookie, elsewhere]).await, refused);
        assert_eq!(extract_from("GET", &[cookie, elsewhere]).await, Ok(Bearer(ada())));
        let here = ("sec-fetch-site", "same-origin");
        assert_eq!(extract_from("POST", &[cookie, here]).await, Ok(Bearer(ada())));
        // No page can have a browser send this header.
        let token = [("authorization", "Bearer {}"), elsewhere];
        assert_eq!(extract_from("POST", &token).await, Ok(Bearer(ada())));
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
