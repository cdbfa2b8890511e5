//! Making accounts.

use aisle_domain::actor::Actor;
use aisle_domain::id::Subject;
use aisle_infra::accounts::{Account, Creation, Email};
use aisle_infra::secret::Secret;

use super::profile::Purpose;
use super::{Accounts, Fault, Owner, Profile};
use crate::guest::is_guest;

/// What somebody says who wants an account.
pub(crate) struct SignUp {
    pub(crate) email: Email,
    pub(crate) name: Option<String>,
    pub(crate) password: Secret<String>,
    /// Whose session they have.
    pub(crate) actor: Option<Actor>,
    /// The subject of a new account, if it needs one.
    pub(crate) fresh: Subject,
}

impl Accounts {
    /// Makes an account; none if there is one with this address.
    ///
    /// Whoever has bought as a guest keeps their bookings: the account takes the guest's subject
    /// over.
    pub(crate) async fn sign_up(&self, request: SignUp) -> Result<Option<Owner>, Fault> {
        // First, so that it takes as long whether or not there is an account.
        let password = self.passwords.hash(request.password).await?;
        let login = self.login_of(&request.email);
        if self.store.by_login(&login).await?.is_some() {
            return Ok(None);
        }
        let subject = match self.guest_to_take_over(request.actor).await? {
            Some(guest) => guest,
            None => request.fresh,
        };
        let profile = Profile::new(&request.email, request.name);
        let account = Account {
            login,
            password: Some(password),
            profile: self.seal(&subject, Purpose::Account, &profile).await?,
            created: self.clock.now(),
            subject,
        };
        Ok(match self.store.create(&account).await? {
            Creation::Created => Some(Owner { subject: account.subject, profile }),
            Creation::Taken => None,
        })
    }

    /// The guest whose session somebody has, unless they have an account by now.
    pub(super) async fn guest_to_take_over(
        &self,
        actor: Option<Actor>,
    ) -> Result<Option<Subject>, Fault> {
        let Some(Actor::Person { subject, .. }) = actor else { return Ok(None) };
        let free = is_guest(&subject) && self.store.by_subject(&subject).await?.is_none();
        Ok(free.then_some(subject))
    }
}
