//! Signing in with a password.
//!
//! An address without an account and a wrong password are answered alike, after the same work.

use aisle_domain::id::Subject;
use aisle_infra::accounts::{Account, Email};
use aisle_infra::http::problem::Problem;
use aisle_infra::http::rate::Allowance;
use aisle_infra::secret::Secret;

use super::profile::Purpose;
use super::{Accounts, Fault, Owner};

impl Accounts {
    /// Spends an attempt at the account of this address, be there one or not.
    pub(crate) fn at_account_of(&self, email: &Email) -> Result<Allowance, Problem> {
        self.at_account(&self.login_of(email))
    }

    /// The account of this address, if this is its password.
    pub(crate) async fn sign_in(
        &self,
        email: &Email,
        password: Secret<String>,
    ) -> Result<Option<Owner>, Fault> {
        let account = self.store.by_login(&self.login_of(email)).await?;
        let hash = account.as_ref().and_then(|account| account.password.clone());
        let right = self.passwords.is_right(password, hash).await?;
        match account.filter(|_| right) {
            Some(account) => self.owner(account).await,
            None => Ok(None),
        }
    }

    /// The account of a subject.
    pub(crate) async fn account_of(&self, subject: &Subject) -> Result<Option<Account>, Fault> {
        Ok(self.store.by_subject(subject).await?)
    }

    /// Whether this is the password of an account. Each attempt is spent.
    pub(crate) async fn is_password_of(
        &self,
        account: &Account,
        password: Secret<String>,
    ) -> Result<bool, Problem> {
        self.at_account(&account.login)?;
        let right = self.passwords.is_right(password, account.password.clone()).await;
        right.map_err(|error| Fault::from(error).into())
    }

    pub(super) async fn owner(&self, account: Account) -> Result<Option<Owner>, Fault> {
        let Account { subject, profile, .. } = account;
        let profile = self.open(&subject, Purpose::Account, &profile).await?;
        Ok(profile.map(|profile| Owner { subject, profile }))
    }
}
