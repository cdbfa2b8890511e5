//! Signing in by an OpenID Connect provider that the operator names: authorization code with PKCE,
//! state and nonce.
//!
//! It keeps no accounts (`accounts` does) and no sign-in under way: the browser does, sealed. The
//! provider's tokens are read once and thrown away; a session here is one of ours.

mod attempt;
mod fault;
mod http;
mod identity;
mod provider;

use std::sync::Arc;

use aisle_infra::clock::Clock;
use aisle_infra::http::auth::{SessionCookie, cookie_of};
use aisle_infra::sealing::Vault;
use aisle_infra::secret::{Key, Secret};
use axum::http::{HeaderMap, HeaderValue};
use openidconnect::url::{ParseError, Url};
use openidconnect::{ClientId, ClientSecret, IssuerUrl, RedirectUrl, Scope};

pub(crate) use self::attempt::Attempt;
use self::attempt::VALID_FOR;
pub(crate) use self::fault::NotIn;
use self::http::{Http, Schemes};
pub(crate) use self::identity::Identity;
pub use self::identity::Unverified;
use self::provider::{Provider, Registration};

/// Where the provider sends people back to.
pub const CALLBACK: &str = "/v1/oidc/callback";

/// As whom this site is registered at which provider.
#[derive(Debug, Clone)]
pub struct OidcConfig {
    /// The issuer's URL, to the letter: an `https` one, or `http` on this very machine.
    pub issuer: String,
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: Secret<String>,
    /// What to ask for. `openid` is asked for anyway.
    pub scopes: Vec<String>,
    /// The site's public address, without a slash at its end.
    pub site: String,
    /// Whether addresses count that the provider does not call verified.
    pub unverified: Unverified,
}

/// A URL that makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("the issuer or the site's address is no URL")]
pub struct InvalidUrl(#[from] ParseError);

/// Signing in by a provider. Shared.
pub struct Oidc {
    provider: Provider,
    vault: Vault,
    pub(crate) unverified: Unverified,
    clock: Arc<dyn Clock>,
}

impl Oidc {
    /// Signing in by this provider. It is not asked anything yet.
    ///
    /// # Errors
    /// If a URL makes no sense.
    pub fn new(
        config: OidcConfig,
        vault_key: &Key,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, InvalidUrl> {
        let secure = Url::parse(&config.issuer)?.scheme() == "https";
        let schemes = if secure { Schemes::HttpsOnly } else { Schemes::HttpToo };
        let asked_for = config.scopes.into_iter().filter(|scope| scope != "openid");
        let registration = Registration {
            issuer: IssuerUrl::new(config.issuer)?,
            client: ClientId::new(config.client_id),
            secret: ClientSecret::new(config.client_secret.expose().clone()),
            redirect: RedirectUrl::new(format!("{}{CALLBACK}", config.site))?,
            scopes: asked_for.map(Scope::new).collect(),
        };
        Ok(Self {
            provider: Provider::new(registration, Http::new(schemes), clock.clone()),
            vault: Vault::new(vault_key),
            unverified: config.unverified,
            clock,
        })
    }

    /// Where to send somebody who is to end at `next`, and the cookie that they come back with.
    pub(crate) async fn begin(
        &self,
        next: &str,
        cookie: SessionCookie,
    ) -> Result<(String, HeaderValue), NotIn> {
        let (url, attempt) = self.provider.begin(next).await?;
        let sealed = attempt.seal(self.vault.lent())?;
        let header = cookie.header(name(cookie), &sealed, VALID_FOR.as_secs());
        Ok((url, header.unwrap_or_else(|| unreachable!("Base64 text"))))
    }

    /// The attempt that a browser is at, if it has begun one lately.
    pub(crate) fn attempt(&self, headers: &HeaderMap, cookie: SessionCookie) -> Option<Attempt> {
        let sealed = cookie_of(headers, name(cookie))?;
        Attempt::open(self.vault.lent(), sealed, self.clock.now())
    }

    /// Who it is that came back with this code.
    pub(crate) async fn identify(&self, code: &str, attempt: Attempt) -> Result<Identity, NotIn> {
        Ok(self.provider.identify(code, attempt).await?)
    }
}

/// The header `Set-Cookie` that removes what [`Oidc::begin`] has set.
pub(crate) fn no_attempt(cookie: SessionCookie) -> HeaderValue {
    let header = cookie.header(name(cookie), "", 0);
    header.unwrap_or_else(|| unreachable!("plain text"))
}

/// The cookie of an attempt. It comes along when the provider's page leads here (`SameSite=Lax`).
fn name(cookie: SessionCookie) -> &'static str {
    match cookie {
        SessionCookie::Secure => "__Host-aisle-oidc",
        SessionCookie::Plain => "aisle-oidc",
    }
}
