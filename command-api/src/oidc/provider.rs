//! The provider: what is known of it, and what it says of those it sends back.
//!
//! It is asked about itself when somebody first wants to sign in, so one that is away keeps nobody
//! from starting this server. What it says is kept for an hour, or until it signs with a new key.

use std::sync::Arc;

use aisle_infra::clock::Clock;
use aisle_infra::http::problem::Chain;
use chrono::{DateTime, Utc};
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreIdToken, CoreIdTokenClaims,
    CoreIdTokenVerifier, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, RedirectUrl, RequestTokenError, Scope,
    TokenResponse as _,
};
use tokio::sync::Mutex;

use super::attempt::{Asked, Attempt};
use super::http::Http;
use super::identity::{Email, Identity};

/// For how long what the provider says of itself is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(1);

/// How soon one that is away is asked again: whoever comes before that does not wait for it.
const PAUSE: SignedDuration = SignedDuration::from_secs(5);

/// How soon it is asked for new keys again: whoever sends forged tokens does not have it asked each
/// time.
const KEYS_PAUSE: SignedDuration = SignedDuration::from_mins(1);

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What is wrong with the provider.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("the provider does not answer as it should")]
    Away(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the provider did not answer a moment ago")]
    AwayLately,
    #[error("what the provider says of somebody is not to be believed")]
    Untrue(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// As whom this site is known to the provider.
pub(super) struct Registration {
    pub(super) issuer: IssuerUrl,
    pub(super) client: ClientId,
    pub(super) secret: ClientSecret,
    pub(super) redirect: RedirectUrl,
    pub(super) scopes: Vec<Scope>,
}

/// A provider.
pub(super) struct Provider {
    registration: Registration,
    http: Http,
    clock: Arc<dyn Clock>,
    /// Whoever comes while it is asked waits for the same answer.
    known: Mutex<Known>,
}

/// What is known of it, and when it was asked last.
#[derive(Default)]
struct Known {
    client: Option<Arc<Client>>,
    asked: Option<Timestamp>,
}

impl Provider {
    pub(super) fn new(registration: Registration, http: Http, clock: Arc<dyn Clock>) -> Self {
        Self { registration, http, clock, known: Mutex::default() }
    }

    /// Where to send somebody, and what must come back with them.
    pub(super) async fn begin(&self, next: &str) -> Result<(String, Attempt), Trouble> {
        let client = self.client().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let request = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let request = request.add_scopes(self.registration.scopes.iter().cloned());
        let (url, state, nonce) = request.set_pkce_challenge(challenge).url();
        let attempt = Attempt::new(Asked { state, nonce }, verifier, next, self.clock.now());
        Ok((url.into(), attempt))
    }

    /// Who it is that came back with this code.
    pub(super) async fn identify(&self, code: &str, attempt: Attempt) -> Result<Identity, Trouble> {
        let client = self.client().await?;
        let code = AuthorizationCode::new(code.to_owned());
        let request = client.exchange_code(code).map_err(away)?;
        let request = request.set_pkce_verifier(attempt.verifier);
        let tokens = request.request_async(&self.http).await.map_err(|error| match error {
            // An answer of the token endpoint is about this code, and not about the provider.
            RequestTokenError::ServerResponse(_) => untrue(error),
            error => away(error),
        })?;
        let token = tokens.id_token().ok_or_else(|| untrue("there is no ID token"))?;
        let claims = self.believed(&client, token, &attempt.nonce).await?;
        let mut identity = of_claims(&claims);
        if identity.email.is_none() && client.user_info_url().is_some() {
            self.complete(&client, tokens.access_token(), &mut identity, &claims).await?;
        }
        Ok(identity)
    }

    /// What an ID token says, if the provider has signed it: with a key that it has taken into use
    /// since it was asked for them, perhaps.
    async fn believed(
        &self,
        client: &Arc<Client>,
        token: &CoreIdToken,
        nonce: &Nonce,
    ) -> Result<CoreIdTokenClaims, Trouble> {
        let first = match token.claims(&self.verifier(client), nonce) {
            Ok(claims) => return Ok(claims.clone()),
            Err(error) => error,
        };
        if !matches!(first, ClaimsVerificationError::SignatureVerification(_)) {
            return Err(untrue(first));
        }
        let renewed = self.renewed(client).await?;
        token.claims(&self.verifier(&renewed), nonce).cloned().map_err(untrue)
    }

    fn verifier<'a>(&self, client: &'a Client) -> CoreIdTokenVerifier<'a> {
        let clock = self.clock.clone();
        client.id_token_verifier().set_time_fn(move || moment(clock.now()))
    }

    /// Asks for what the ID token leaves out. Many providers tell the address here only.
    async fn complete(
        &self,
        client: &Client,
        token: &AccessToken,
        identity: &mut Identity,
        claims: &CoreIdTokenClaims,
    ) -> Result<(), Trouble> {
        let subject = claims.subject().clone();
        let request = client.user_info(token.clone(), Some(subject)).map_err(away)?;
        let said: CoreUserInfoClaims = request.request_async(&self.http).await.map_err(away)?;
        let verified = said.email_verified();
        identity.email = said.email().map(|email| Email::new(email, verified));
        let name = said.name().and_then(|name| name.get(None));
        identity.name = identity.name.take().or_else(|| name.map(|name| name.to_string()));
        Ok(())
    }

    async fn client(&self) -> Result<Arc<Client>, Trouble> {
        let mut known = self.known.lock().await;
        let age = known.asked.map(|asked| asked.duration_until(self.clock.now()));
        match (&known.client, age) {
            (Some(client), Some(age)) if age < GOOD_FOR => Ok(client.clone()),
            (None, Some(age)) if age < PAUSE => Err(Trouble::AwayLately),
            _ => self.ask(&mut known).await,
        }
    }

    /// The provider with the keys of today, unless it was asked just now.
    async fn renewed(&self, used: &Arc<Client>) -> Result<Arc<Client>, Trouble> {
        let mut known = self.known.lock().await;
        let age = known.asked.map(|asked| asked.duration_until(self.clock.now()));
        match &known.client {
            // Somebody else has asked meanwhile.
            Some(client) if !Arc::ptr_eq(client, used) => Ok(client.clone()),
            Some(client) if age.is_some_and(|age| age < KEYS_PAUSE) => Ok(client.clone()),
            _ => self.ask(&mut known).await,
        }
    }

    /// Asks; what was known before is good enough if there is no answer.
    async fn ask(&self, known: &mut Known) -> Result<Arc<Client>, Trouble> {
        let answer = self.discover().await;
        // Only now: whoever hung up meanwhile has not asked.
        known.asked = Some(self.clock.now());
        match (answer, &known.client) {
            (Ok(client), _) => Ok(known.client.insert(Arc::new(client)).clone()),
            (Err(trouble), Some(client)) => {
                tracing::warn!(error = %Chain(&trouble), "what is known of the provider is old");
                Ok(client.clone())
            }
            (Err(trouble), None) => Err(trouble),
        }
    }

    async fn discover(&self) -> Result<Client, Trouble> {
        let Registration { issuer, client, secret, redirect, .. } = &self.registration;
        let discovery = CoreProviderMetadata::discover_async(issuer.clone(), &self.http);
        let metadata = discovery.await.map_err(away)?;
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes = |method| methods.is_none_or(|methods| methods.contains(&method));
        let by_header = takes(CoreClientAuthMethod::ClientSecretBasic)
            || !takes(CoreClientAuthMethod::ClientSecretPost);
        let how = if by_header { AuthType::BasicAuth } else { AuthType::RequestBody };
        let (client, secret) = (client.clone(), Some(secret.clone()));
        let client = CoreClient::from_provider_metadata(metadata, client, secret);
        Ok(client.set_redirect_uri(redirect.clone()).set_auth_type(how))
    }
}

fn of_claims(claims: &CoreIdTokenClaims) -> Identity {
    let name = claims.name().and_then(|name| name.get(None));
    Identity {
        issuer: claims.issuer().to_string(),
        subject: claims.subject().to_string(),
        email: claims.email().map(|email| Email::new(email, claims.email_verified())),
        name: name.map(|name| name.to_string()),
    }
}

fn moment(now: Timestamp) -> DateTime<Utc> {
    // Every moment of ours is one of theirs: their years go further.
    DateTime::from_timestamp(now.as_second(), 0).unwrap_or(DateTime::UNIX_EPOCH)
}

fn away(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Trouble {
    Trouble::Away(error.into())
}

fn untrue(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Trouble {
    Trouble::Untrue(error.into())
}
