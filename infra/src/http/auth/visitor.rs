//! Who looks at a page, with what the page says of them.
//!
//! What it tells is for display; who may see what is decided by the actor.

use std::convert::Infallible;
use std::sync::Arc;

use aisle_domain::actor::Actor;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;

use super::TokenVerifier;
use super::extract::{actor, claims_of};

/// Whoever looks at a page. A page is shown to everybody: a bad token makes a stranger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visitor {
    /// Who it is, if they have a session.
    pub actor: Option<Actor>,
    /// The e-mail address of their account.
    pub email: Option<String>,
    /// The name of their account.
    pub name: Option<String>,
}

impl<S> FromRequestParts<S> for Visitor
where
    S: Send + Sync,
    Arc<TokenVerifier>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let claims = claims_of(parts, &Arc::from_ref(state));
        let Ok(Some(mut claims)) = claims else { return Ok(Self::default()) };
        let (email, name) = (claims.email.take(), claims.name.take());
        Ok(Self { actor: Some(actor(claims)), email, name })
    }
}

#[cfg(test)]
mod tests {
    use aisle_domain::id::Subject;
    use axum::http::Request;
    use jiff::SignedDuration;

    use super::super::{Holder, issuer_and_verifier};
    use super::*;

    #[tokio::test]
    async fn a_visitor_is_who_the_session_says_or_a_stranger() {
        let (issuer, verifier) = issuer_and_verifier();
        let subject = Subject::try_new("account-1").unwrap();
        let holder =
            Holder { subject: &subject, roles: &[], email: Some("ada@example.org"), name: None };
        let token = issuer.issue_to(holder, SignedDuration::from_secs(9)).unwrap();
        let visitor = async |cookie: &str| {
            let request = Request::get("/").header("cookie", format!("__Host-aisle={cookie}"));
            let (mut parts, ()) = request.body(()).unwrap().into_parts();
            Visitor::from_request_parts(&mut parts, &verifier).await.unwrap()
        };
        let actor = Some(Actor::Person { subject: subject.clone(), roles: Vec::new() });
        let ada = Visitor { actor, email: Some("ada@example.org".to_owned()), name: None };
        assert_eq!(visitor(&token).await, ada);
        assert_eq!(visitor("x").await, Visitor::default());
    }
}
