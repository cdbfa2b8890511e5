//! The write side of this process: what commands are decided with, and who takes the money.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use aisle_command_api::accounts::Accounts;
use aisle_command_api::box_office::BoxOffice;
use aisle_command_api::oidc::{Oidc, OidcConfig, Unverified};
use aisle_command_api::process::Letters;
use aisle_command_api::{CommandApi, CommandParts, Guests};
use aisle_infra::http::auth::TokenIssuer;
use aisle_infra::journal::JournalStore;
use aisle_infra::journal::commit::Committer;
use aisle_infra::payment::test::TestProvider;
use aisle_infra::plans::JournalPlans;
use aisle_infra::secret::Key;

use super::{Config, StartError};
use crate::cli::{Choice, OidcSettings};

/// The write side, over a journal and its committer. `address` is where the provider's webhooks
/// go.
pub(super) async fn commands(
    config: &Config,
    journal: &Arc<dyn JournalStore>,
    committer: &Committer,
    plans: &Arc<JournalPlans>,
    address: SocketAddr,
) -> Result<CommandApi, StartError> {
    let token_key = config.node.token_key()?;
    let webhook_key = config.node.webhook_key()?;
    let provider = TestProvider::start(webhook_key, config.clock.clone(), config.provider)
        .map_err(|error| StartError::Provider(error.into()))?;
    let provider = Arc::new(provider);
    let url = format!("http://{}/v1/payments/webhook", reachable(address)).parse();
    provider.send_webhooks_to(url.map_err(|error| StartError::Provider(Box::new(error)))?);
    let accounts = config.node.stores.open_accounts().await?;
    let vault_key = config.node.vault_key()?;
    let oidc = provider_of_sign_in(config, &vault_key, address)?;
    let parts = CommandParts {
        box_office: Arc::new(BoxOffice::new(journal.clone(), committer.clone(), plans.clone())),
        clock: config.clock.clone(),
        ids: config.ids.clone(),
        provider,
        verifier: Arc::new(config.node.verifier(config.clock.clone())?),
        issuer: Arc::new(TokenIssuer::new(&token_key, config.clock.clone())),
        guests: match config.node.guests {
            Choice::Yes => Guests::Welcome,
            Choice::No => Guests::TurnedAway,
        },
        accounts: Arc::new(Accounts::new(accounts, &vault_key, config.clock.clone())),
        oidc: oidc.map(Arc::new),
    };
    Ok(parts.into())
}

/// Letters to buyers, with links to the site.
pub(super) fn letters(
    config: &Config,
    api: &CommandApi,
    address: SocketAddr,
) -> Result<Letters, StartError> {
    let site = site(config, address);
    Ok(Letters::new(api.clone(), config.node.mailer()?, &site))
}

/// Signing in by a provider, if one is named.
fn provider_of_sign_in(
    config: &Config,
    vault_key: &Key,
    address: SocketAddr,
) -> Result<Option<Oidc>, StartError> {
    let Some(OidcSettings { issuer, client: Some(client), .. }) = &config.node.oidc else {
        return Ok(None);
    };
    let oidc = OidcConfig {
        issuer: issuer.clone(),
        client_id: client.id.clone(),
        client_secret: client.secret.clone(),
        scopes: client.scopes.clone(),
        site: site(config, address),
        unverified: match client.trust_email {
            Choice::Yes => Unverified::Taken,
            Choice::No => Unverified::Refused,
        },
    };
    Ok(Some(Oidc::new(oidc, vault_key, config.clock.clone())?))
}

/// Where people find the site.
fn site(config: &Config, address: SocketAddr) -> String {
    let here = || format!("http://{}", reachable(address));
    config.node.site_url.clone().unwrap_or_else(here)
}

/// An address under which this machine reaches itself, where it listens on all of them.
fn reachable(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    if address.ip().is_unspecified() {
        let loopback: IpAddr =
            if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
        address.set_ip(loopback);
    }
    address
}
