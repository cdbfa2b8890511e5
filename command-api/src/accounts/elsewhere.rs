//! Accounts of those who sign in elsewhere.
//!
//! They are found by who the provider says somebody is, never by an e-mail address: nobody gets into
//! an account because an address was theirs once, or is said to be.

use aisle_domain::actor::Actor;
use aisle_domain::id::Subject;
use aisle_infra::accounts::{Account, Creation};

use super::profile::Purpose;
use super::{Accounts, Owner, Profile, parse_name};
use crate::oidc::{Identity, NotIn, Unverified};

/// Somebody who comes from a provider.
pub(crate) struct Arrival {
    pub(crate) identity: Identity,
    pub(crate) unverified: Unverified,
    /// Whose session they have here.
    pub(crate) actor: Option<Actor>,
    /// The subject of a new account, if it needs one.
    pub(crate) fresh: Subject,
}

impl Accounts {
    /// The account of whoever comes from a provider; made if they have none.
    ///
    /// Whoever has bought as a guest keeps their bookings, as at signing up. An address that has an
    /// account with a password gets no second one: its owner would look for their tickets in vain.
    pub(crate) async fn welcome(&self, arrival: Arrival) -> Result<Owner, NotIn> {
        let login = self.vault.name("oidc", &arrival.identity.text());
        match self.store.by_login(&login).await.map_err(super::Fault::from)? {
            Some(account) => self.owner(account).await?.ok_or(NotIn::Erased),
            None => self.settle(login, arrival).await,
        }
    }

    async fn settle(&self, login: String, arrival: Arrival) -> Result<Owner, NotIn> {
        let Arrival { identity, unverified, actor, fresh } = arrival;
        let email = identity.usable_email(unverified)?;
        let taken = self.store.by_login(&self.login_of(&email)).await;
        if taken.map_err(super::Fault::from)?.is_some() {
            return Err(NotIn::EmailTaken);
        }
        let profile = Profile::new(&email, parse_name(identity.name).flatten());
        let guest = self.guest_to_take_over(actor).await?;
        // Two tabs may do this at once: one makes the account, or takes the guest over, first.
        for subject in guest.into_iter().chain([fresh]) {
            if let Some(owner) = self.settle_as(&login, subject, &profile).await? {
                return Ok(owner);
            }
        }
        Err(NotIn::Erased)
    }

    /// Makes an account, or finds that it was made meanwhile; none if the subject has another.
    async fn settle_as(
        &self,
        login: &str,
        subject: Subject,
        profile: &Profile,
    ) -> Result<Option<Owner>, super::Fault> {
        let account = Account {
            login: login.to_owned(),
            password: None,
            profile: self.seal(&subject, Purpose::Account, profile).await?,
            created: self.clock.now(),
            subject,
        };
        if self.store.create(&account).await? == Creation::Created {
            return Ok(Some(Owner { subject: account.subject, profile: profile.clone() }));
        }
        match self.store.by_login(login).await? {
            Some(account) => self.owner(account).await,
            None => Ok(None),
        }
    }
}
