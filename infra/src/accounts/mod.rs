//! Accounts and addresses of guests, held apart from the journal: what is personal is in here and
//! nowhere else, and sealed.
//!
//! It neither seals nor opens, and checks no password: it keeps what it is given. Nothing in it can
//! be rebuilt from the journal.

mod email;
#[cfg(any(test, feature = "testing"))]
mod memory;
mod passwords;
mod sql;

use aisle_domain::id::{BookingId, Subject};
use async_trait::async_trait;
use jiff::Timestamp;

pub use self::email::{Email, InvalidEmail};
#[cfg(any(test, feature = "testing"))]
pub use self::memory::MemoryAccounts;
pub use self::passwords::{PasswordError, PasswordHash, Passwords};
pub use self::sql::SqlAccounts;

/// An account as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Whose bookings are its owner's.
    pub subject: Subject,
    /// By what it is found: a name of the vault's, made from an e-mail address or an identity
    /// elsewhere. No two accounts have the same.
    pub login: String,
    /// The password's hash; none if its owner signs in elsewhere.
    pub password: Option<PasswordHash>,
    /// E-mail address and name, sealed with the subject's data key.
    pub profile: String,
    /// When it was made.
    pub created: Timestamp,
}

/// What became of an account that was to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It is there.
    Created,
    /// Another one has its login, or its subject.
    Taken,
}

/// The address that a booking's mail goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The booking.
    pub booking: BookingId,
    /// Whose it is.
    pub subject: Subject,
    /// E-mail address and name, sealed with the subject's data key.
    pub sealed: String,
    /// When the mail was sent.
    pub sent: Option<Timestamp>,
}

/// Why a store of accounts cannot do what it is asked for.
#[derive(Debug, thiserror::Error)]
pub enum AccountsError {
    /// It does not answer, or refuses.
    #[error("the accounts are not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What it holds makes no sense.
    #[error("the accounts hold something that makes no sense: {0}")]
    Corrupt(String),
}

/// Keeps accounts, data keys and contacts. Object-safe.
#[async_trait]
pub trait AccountStore: Send + Sync + 'static {
    /// Keeps a new account.
    ///
    /// # Errors
    /// If the store fails.
    async fn create(&self, account: &Account) -> Result<Creation, AccountsError>;

    /// The account with this login.
    ///
    /// # Errors
    /// If the store fails.
    async fn by_login(&self, login: &str) -> Result<Option<Account>, AccountsError>;

    /// The account of this subject.
    ///
    /// # Errors
    /// If the store fails.
    async fn by_subject(&self, subject: &Subject) -> Result<Option<Account>, AccountsError>;

    /// Keeps a subject's data key unless there is one; returns the one that counts.
    ///
    /// # Errors
    /// If the store fails.
    async fn keep_key(&self, subject: &Subject, sealed: &str) -> Result<String, AccountsError>;

    /// A subject's data key, sealed.
    ///
    /// # Errors
    /// If the store fails.
    async fn key(&self, subject: &Subject) -> Result<Option<String>, AccountsError>;

    /// Erases a subject: account, contacts and, above all, the data key.
    ///
    /// # Errors
    /// If the store fails.
    async fn erase(&self, subject: &Subject) -> Result<(), AccountsError>;

    /// Keeps the contact of a booking; a later one takes the place of an earlier one that was not
    /// written to yet. Returns false if it was.
    ///
    /// # Errors
    /// If the store fails.
    async fn keep_contact(&self, contact: &Contact) -> Result<bool, AccountsError>;

    /// The contact of a booking.
    ///
    /// # Errors
    /// If the store fails.
    async fn contact(&self, booking: BookingId) -> Result<Option<Contact>, AccountsError>;

    /// Bookings whose contact was not written to and is not being written to, in order, after
    /// this one.
    ///
    /// # Errors
    /// If the store fails.
    async fn waiting(
        &self,
        now: Timestamp,
        after: Option<BookingId>,
        limit: u32,
    ) -> Result<Vec<BookingId>, AccountsError>;

    /// Takes it upon oneself to write to a contact until a moment. Returns false if it was written
    /// to, or somebody else has taken it upon them.
    ///
    /// # Errors
    /// If the store fails.
    async fn claim(
        &self,
        booking: BookingId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, AccountsError>;

    /// Notes that a contact was written to.
    ///
    /// # Errors
    /// If the store fails.
    async fn sent(&self, booking: BookingId, at: Timestamp) -> Result<(), AccountsError>;

    /// Forgets the contact of a booking.
    ///
    /// # Errors
    /// If the store fails.
    async fn forget_contact(&self, booking: BookingId) -> Result<(), AccountsError>;
}
