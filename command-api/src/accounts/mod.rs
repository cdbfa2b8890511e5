//! Accounts, and the addresses that buyers leave: the personal part of the write side.
//!
//! Nothing of it enters the journal. There an account is a subject like any other, and stays when
//! the account is erased. What is kept is sealed with the subject's own key; to erase somebody is to
//! delete that key.

mod contact;
mod elsewhere;
mod fault;
mod profile;
mod sign_in;
mod sign_up;

use std::sync::Arc;

use aisle_domain::id::{BookingId, Subject};
use aisle_infra::accounts::{AccountStore, Email, Passwords};
use aisle_infra::clock::Clock;
use aisle_infra::http::peer::Peer;
use aisle_infra::http::problem::Problem;
use aisle_infra::http::rate::{Allowance, RateLimit};
use aisle_infra::sealing::{DataKey, Vault};
use aisle_infra::secret::Key;
use jiff::SignedDuration;
use tokio::sync::broadcast;

pub(crate) use self::elsewhere::Arrival;
pub(crate) use self::fault::Fault;
pub(crate) use self::profile::{Profile, parse_name};
pub(crate) use self::sign_up::SignUp;

/// How often somebody may try to sign in from one address. Many may be behind one.
const PER_ADDRESS: (u32, SignedDuration) = (60, SignedDuration::from_mins(10));

/// How often somebody may try to sign in to one account.
const PER_ACCOUNT: (u32, SignedDuration) = (10, SignedDuration::from_mins(15));

/// How many bookings may have got a contact before those who write to them look at all.
const KEPT_NEWS: usize = 256;

/// The accounts of a process of the write side. Shared.
pub struct Accounts {
    pub(crate) store: Arc<dyn AccountStore>,
    vault: Vault,
    pub(crate) passwords: Passwords,
    by_address: RateLimit,
    by_account: RateLimit,
    clock: Arc<dyn Clock>,
    /// Bookings that have just got a contact.
    contacts: broadcast::Sender<BookingId>,
}

/// An account that somebody is signed in to.
pub(crate) struct Owner {
    pub(crate) subject: Subject,
    pub(crate) profile: Profile,
}

impl Accounts {
    /// Accounts in a store, sealed with this key.
    #[must_use]
    pub fn new(store: Arc<dyn AccountStore>, vault_key: &Key, clock: Arc<dyn Clock>) -> Self {
        let limit = |name, (quota, window)| RateLimit::new(name, quota, window, clock.clone());
        Self {
            store,
            vault: Vault::new(vault_key),
            passwords: Passwords::new(),
            by_address: limit("sign-in-address", PER_ADDRESS),
            by_account: limit("sign-in-account", PER_ACCOUNT),
            clock: clock.clone(),
            contacts: broadcast::channel(KEPT_NEWS).0,
        }
    }

    /// The login of whoever has this address.
    fn login_of(&self, email: &Email) -> String {
        self.vault.name("email", &email.folded())
    }

    /// Spends an attempt from this address.
    pub(crate) fn at_address(&self, peer: Peer) -> Result<Allowance, Problem> {
        self.by_address.spend(&peer.key())
    }

    /// Spends an attempt at this account, be there one or not.
    fn at_account(&self, login: &str) -> Result<Allowance, Problem> {
        self.by_account.spend(login)
    }

    /// The key of a subject's data; made if there is none.
    async fn make_key(&self, subject: &Subject) -> Result<DataKey, Fault> {
        let kept = match self.store.key(subject).await? {
            Some(kept) => kept,
            None => {
                let (_, sealed) = self.vault.new_key(subject)?;
                self.store.keep_key(subject, &sealed).await?
            }
        };
        Ok(self.vault.open_key(subject, &kept)?)
    }

    /// The key of a subject's data; none if there never was one, or the subject was erased.
    async fn key(&self, subject: &Subject) -> Result<Option<DataKey>, Fault> {
        let Some(kept) = self.store.key(subject).await? else { return Ok(None) };
        Ok(Some(self.vault.open_key(subject, &kept)?))
    }

    /// Whether anything personal is kept of a subject.
    pub(crate) async fn knows(&self, subject: &Subject) -> Result<bool, Fault> {
        Ok(self.store.key(subject).await?.is_some())
    }

    /// Erases a subject: what was sealed for it can never be opened again.
    pub(crate) async fn erase(&self, subject: &Subject) -> Result<(), Fault> {
        Ok(self.store.erase(subject).await?)
    }
}
