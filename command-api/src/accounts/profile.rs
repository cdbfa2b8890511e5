//! Who somebody is, to themselves and on letters: sealed wherever it is kept.

use std::fmt;

use aisle_domain::id::{BookingId, Subject};
use aisle_infra::accounts::Email;
use serde::{Deserialize, Serialize};

use super::{Accounts, Fault};

/// The longest name, in characters.
const MAX_NAME_CHARS: usize = 100;

/// An address and a name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub(crate) email: String,
    pub(crate) name: Option<String>,
}

/// Nothing for logs.
impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Profile(***)")
    }
}

/// What a sealed profile is for: one cannot be put in the place of another.
pub(crate) enum Purpose {
    Account,
    Contact(BookingId),
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account => f.write_str("profile of an account"),
            Self::Contact(booking) => write!(f, "contact of booking {booking}"),
        }
    }
}

impl Profile {
    pub(crate) fn new(email: &Email, name: Option<String>) -> Self {
        Self { email: email.as_text().to_owned(), name }
    }
}

impl Accounts {
    pub(super) async fn seal(
        &self,
        subject: &Subject,
        purpose: Purpose,
        profile: &Profile,
    ) -> Result<String, Fault> {
        let plain = serde_json::to_vec(profile).unwrap_or_else(|_| unreachable!("plain text"));
        Ok(self.make_key(subject).await?.seal(&purpose.to_string(), &plain)?)
    }

    /// What was sealed; none if the subject was erased since.
    pub(super) async fn open(
        &self,
        subject: &Subject,
        purpose: Purpose,
        sealed: &str,
    ) -> Result<Option<Profile>, Fault> {
        let Some(key) = self.key(subject).await? else { return Ok(None) };
        let plain = key.open(&purpose.to_string(), sealed)?;
        let profile = serde_json::from_slice(&plain);
        Ok(Some(profile.map_err(|_| aisle_infra::sealing::SealError::NotOpened)?))
    }
}

/// A name as it may be shown: without blanks around it, and nothing if that leaves nothing. None if
/// it is no name.
pub(crate) fn parse_name(name: Option<String>) -> Option<Option<String>> {
    let Some(name) = name else { return Some(None) };
    let name = name.trim();
    let fits = name.chars().count() <= MAX_NAME_CHARS && !name.contains(char::is_control);
    fits.then(|| (!name.is_empty()).then(|| name.to_owned()))
}
