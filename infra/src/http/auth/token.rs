//! Issuing and verifying tokens.
//!
//! It does not revoke them: a token is good until it expires. So what a signature vouches for may be
//! remembered ([`super::known`]).

use std::fmt;
use std::sync::Arc;

use aisle_domain::actor::Role;
use aisle_domain::id::Subject;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::AuthProblem;
use super::cookie::SessionCookie;
use super::known::KnownTokens;
use crate::clock::{Clock, after};
use crate::secret::Key;

/// The `iss` of our tokens.
pub const ISSUER: &str = "aisle";

/// The `aud` of our tokens.
pub const AUDIENCE: &str = "aisle";

/// By how much the clocks of issuer and verifier may differ.
const LEEWAY: SignedDuration = SignedDuration::from_secs(5);

/// What a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Whom it speaks for.
    pub subject: Subject,
    /// What it allows. Roles that Aisle does not know are left out.
    pub roles: Vec<Role>,
    /// The first moment at which it is no longer good, but for some leeway.
    pub expires_at: Timestamp,
    /// The e-mail address of an account, to be shown to its owner.
    pub email: Option<String>,
    /// The name of an account, to be shown to its owner.
    pub name: Option<String>,
}

/// Whom a token is to speak for.
#[derive(Debug, Clone, Copy)]
pub struct Holder<'a> {
    /// Under which name.
    pub subject: &'a Subject,
    /// What it allows.
    pub roles: &'a [Role],
    /// The e-mail address, if its owner is to be shown it.
    pub email: Option<&'a str>,
    /// The name, in the same way.
    pub name: Option<&'a str>,
}

/// The claims as they are sent.
#[derive(Serialize, Deserialize)]
struct Wire {
    iss: String,
    aud: String,
    sub: String,
    roles: Vec<String>,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// A token could not be made.
#[derive(Debug, thiserror::Error)]
#[error("a token could not be signed")]
pub struct IssueError(#[source] jsonwebtoken::errors::Error);

/// Makes tokens.
#[derive(Clone)]
pub struct TokenIssuer {
    pub(super) key: EncodingKey,
    pub(super) clock: Arc<dyn Clock>,
}

/// Verifies tokens, by the key that they were signed with.
#[derive(Clone)]
pub struct TokenVerifier {
    pub(super) key: DecodingKey,
    validation: Validation,
    pub(super) clock: Arc<dyn Clock>,
    known: Arc<KnownTokens>,
    pub(super) cookie: SessionCookie,
    /// Whoever can verify what is signed by a shared key can sign: sessions that links begin.
    pub(super) issuer: TokenIssuer,
}

/// What the signature of a token vouches for.
#[derive(Debug)]
pub(super) struct Vouched {
    pub(super) subject: Subject,
    pub(super) roles: Vec<Role>,
    pub(super) not_before: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) email: Option<String>,
    pub(super) name: Option<String>,
}

impl TokenIssuer {
    /// An issuer that signs with a key.
    #[must_use]
    pub fn new(key: &Key, clock: Arc<dyn Clock>) -> Self {
        Self { key: EncodingKey::from_secret(key.expose()), clock }
    }

    /// A token that speaks for a subject, for a while from now.
    ///
    /// # Errors
    /// If the signing fails, which for HMAC it has no reason to.
    pub fn issue(
        &self,
        subject: &Subject,
        roles: &[Role],
        valid_for: SignedDuration,
    ) -> Result<String, IssueError> {
        self.issue_to(Holder { subject, roles, email: None, name: None }, valid_for)
    }

    /// The same for somebody who is shown who they are.
    ///
    /// # Errors
    /// As [`TokenIssuer::issue`].
    pub fn issue_to(
        &self,
        holder: Holder<'_>,
        valid_for: SignedDuration,
    ) -> Result<String, IssueError> {
        let now = self.clock.now();
        self.sign(&Wire {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: holder.subject.to_string(),
            roles: holder.roles.iter().map(|role| role.as_str().to_owned()).collect(),
            iat: now.as_second(),
            exp: after(now, valid_for).as_second(),
            nbf: None,
            email: holder.email.map(str::to_owned),
            name: holder.name.map(str::to_owned),
        })
    }

    pub(super) fn sign(&self, claims: &impl Serialize) -> Result<String, IssueError> {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.key).map_err(IssueError)
    }
}

impl TokenVerifier {
    /// A verifier of the tokens that were signed with a key.
    #[must_use]
    pub fn new(key: &Key, clock: Arc<dyn Clock>) -> Self {
        Self {
            key: DecodingKey::from_secret(key.expose()),
            validation: validation_for(AUDIENCE),
            issuer: TokenIssuer::new(key, clock.clone()),
            clock,
            known: Arc::default(),
            cookie: SessionCookie::default(),
        }
    }

    /// The same, with another kind of session cookies.
    #[must_use]
    pub fn with_cookie(self, cookie: SessionCookie) -> Self {
        Self { cookie, ..self }
    }

    /// What a token says, if it is one of ours and good at this moment.
    ///
    /// # Errors
    /// If it is not.
    pub fn verify(&self, token: &str) -> Result<Claims, AuthProblem> {
        let now = self.clock.now();
        if let Some(known) = self.known.find(token) {
            return known.at(now);
        }
        let vouched = self.read(token)?;
        let claims = vouched.at(now)?;
        self.known.keep(token, Arc::new(vouched));
        Ok(claims)
    }

    /// What a token says, if it is one of ours, be it good or not.
    fn read(&self, token: &str) -> Result<Vouched, AuthProblem> {
        let decoded = jsonwebtoken::decode::<Wire>(token, &self.key, &self.validation);
        let wire = decoded.map_err(|_| AuthProblem::Invalid)?.claims;
        let moment = |second| Timestamp::from_second(second).map_err(|_| AuthProblem::Invalid);
        let known = |name: &String| Role::ALL.into_iter().find(|role| role.as_str() == name);
        Ok(Vouched {
            subject: Subject::try_new(wire.sub).map_err(|_| AuthProblem::Invalid)?,
            roles: wire.roles.iter().filter_map(known).collect(),
            not_before: moment(wire.nbf.unwrap_or(wire.iat))?,
            expires_at: moment(wire.exp)?,
            email: wire.email,
            name: wire.name,
        })
    }
}

/// What holds of all that we sign for this purpose.
pub(super) fn validation_for(audience: &str) -> Validation {
    // Whatever the token's header says, only this algorithm is tried.
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    // The library asks the machine for the time; we ask our clock.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

impl Vouched {
    /// The claims, if they are good at this moment.
    fn at(&self, now: Timestamp) -> Result<Claims, AuthProblem> {
        if after(now, LEEWAY) < self.not_before {
            return Err(AuthProblem::Invalid);
        }
        if now >= after(self.expires_at, LEEWAY) {
            return Err(AuthProblem::Expired);
        }
        Ok(Claims {
            subject: self.subject.clone(),
            roles: self.roles.clone(),
            expires_at: self.expires_at,
            email: self.email.clone(),
            name: self.name.clone(),
        })
    }
}

impl fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenIssuer").finish_non_exhaustive()
    }
}

impl fmt::Debug for TokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenVerifier").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::clock::ManualClock;
    use crate::secret::Secret;

    const KEY: Key = Secret::new([7; 32]);
    const NOW: i64 = 1_800_000_000;

    fn clock() -> Arc<ManualClock> {
        Arc::new(ManualClock::new(Timestamp::from_second(NOW).unwrap()))
    }

    fn signed(algorithm: Algorithm, key: &Key, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = json!({
            "iss": "aisle", "aud": "aisle", "sub": "ada", "roles": ["customer"],
            "iat": NOW, "exp": NOW + 60,
        });
        change(&mut claims);
        let key = EncodingKey::from_secret(key.expose());
        jsonwebtoken::encode(&Header::new(algorithm), &claims, &key).unwrap()
    }

    fn verified(token: &str) -> Result<Claims, AuthProblem> {
        TokenVerifier::new(&KEY, clock()).verify(token)
    }

    #[test]
    fn a_token_says_what_it_was_issued_for() {
        let subject = Subject::try_new("ada").unwrap();
        let roles = [Role::Customer, Role::Organiser];
        let issuer = TokenIssuer::new(&KEY, clock());
        let token = issuer.issue(&subject, &roles, SignedDuration::from_secs(60)).unwrap();
        let expires_at = Timestamp::from_second(NOW + 60).unwrap();
        let (roles, email, name) = (roles.to_vec(), None, None);
        assert_eq!(verified(&token), Ok(Claims { subject, roles, expires_at, email, name }));
    }

    #[test]
    fn a_token_may_say_who_its_owner_is() {
        let subject = Subject::try_new("account-1").unwrap();
        let (email, name) = (Some("ada@example.org"), Some("Ada"));
        let holder = Holder { subject: &subject, roles: &[], email, name };
        let token = TokenIssuer::new(&KEY, clock()).issue_to(holder, SignedDuration::from_secs(9));
        let claims = verified(&token.unwrap()).unwrap();
        assert_eq!((claims.email.as_deref(), claims.name.as_deref()), (email, name));
    }

    #[test]
    fn a_token_expires_by_the_injected_clock_with_a_little_leeway() {
        let clock = clock();
        let verifier = TokenVerifier::new(&KEY, clock.clone());
        let token = signed(Algorithm::HS256, &KEY, |_| ());
        clock.advance(SignedDuration::from_secs(64));
        assert!(verifier.verify(&token).is_ok());
        clock.advance(SignedDuration::from_secs(1));
        assert_eq!(verifier.verify(&token), Err(AuthProblem::Expired));
    }

    #[test]
    fn a_token_that_is_known_expires_like_any() {
        let clock = clock();
        let verifier = TokenVerifier::new(&KEY, clock.clone());
        let token = signed(Algorithm::HS256, &KEY, |_| ());
        for _ in 0..3 {
            assert_eq!(verifier.verify(&token).unwrap().subject.as_str(), "ada");
        }
        clock.advance(SignedDuration::from_secs(65));
        for _ in 0..2 {
            assert_eq!(verifier.verify(&token), Err(AuthProblem::Expired));
        }
    }

    #[test]
    fn a_token_that_is_known_vouches_for_no_other() {
        let verifier = TokenVerifier::new(&KEY, clock());
        let ada = signed(Algorithm::HS256, &KEY, |_| ());
        let bob = signed(Algorithm::HS256, &KEY, |claims| claims["sub"] = json!("bob"));
        assert_eq!(verifier.verify(&ada).unwrap().subject.as_str(), "ada");
        assert_eq!(verifier.verify(&bob).unwrap().subject.as_str(), "bob");
        let (message, _) = bob.rsplit_once('.').unwrap();
        let (_, signature) = ada.rsplit_once('.').unwrap();
        let forged = format!("{message}.{signature}");
        for _ in 0..2 {
            assert_eq!(verifier.verify(&forged), Err(AuthProblem::Invalid));
        }
    }

    #[test]
    fn a_token_from_the_future_is_not_valid_yet() {
        for claim in ["nbf", "iat"] {
            let from = |second| signed(Algorithm::HS256, &KEY, |c| c[claim] = json!(second));
            assert!(verified(&from(NOW + 5)).is_ok());
            assert_eq!(verified(&from(NOW + 6)), Err(AuthProblem::Invalid));
        }
    }

    #[test]
    fn only_our_key_and_algorithm_are_believed() {
        let other_key = Secret::new([8; 32]);
        assert!(verified(&signed(Algorithm::HS256, &other_key, |_| ())).is_err());
        assert!(verified(&signed(Algorithm::HS384, &KEY, |_| ())).is_err());
        // {"alg":"none"} with our claims and no signature.
        let ours = signed(Algorithm::HS256, &KEY, |_| ());
        let claims = ours.split('.').nth(1).unwrap();
        assert!(verified(&format!("eyJhbGciOiJub25lIn0.{claims}.")).is_err());
    }

    #[test]
    fn every_claim_is_needed_and_must_be_ours() {
        for claim in ["iss", "aud", "sub", "roles", "iat", "exp"] {
            let remove = |claims: &mut Value| drop(claims.as_object_mut().unwrap().remove(claim));
            let without = signed(Algorithm::HS256, &KEY, remove);
            assert_eq!(verified(&without), Err(AuthProblem::Invalid), "{claim}");
        }
        for (claim, value) in
            [("iss", json!("x")), ("aud", json!("x")), ("sub", json!("")), ("exp", json!(i64::MAX))]
        {
            let other = signed(Algorithm::HS256, &KEY, |claims| claims[claim] = value);
            assert_eq!(verified(&other), Err(AuthProblem::Invalid), "{claim}");
        }
    }

    #[test]
    fn roles_that_are_not_known_are_left_out() {
        let token = signed(Algorithm::HS256, &KEY, |c| c["roles"] = json!(["root", "analyst"]));
        assert_eq!(verified(&token).unwrap().roles, [Role::Analyst]);
    }

    #[test]
    fn keys_are_not_shown() {
        let (issuer, verifier) =
            (TokenIssuer::new(&KEY, clock()), TokenVerifier::new(&KEY, clock()));
        assert!(!format!("{issuer:?}{verifier:?}").contains('7'));
    }
}
