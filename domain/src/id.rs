//! Typed identifiers, in one table, so that a booking's id can never be taken for an event's.
//!
//! It makes no ids: fresh ones come from `aisle_infra::clock::Ids`, in a command.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

uuid_ids! {
    /// A ticketed event: the happening on sale.
    EventId,
    /// A customer's order of seats or places of one event.
    BookingId,
    /// One attempt to pay a booking, named by us before the provider hears of it.
    PaymentId,
    /// One refund of one captured payment.
    RefundId,
    /// One command, whoever sent it; a process manager derives it from what it reacts to.
    CommandId,
}

/// The longest subject that is accepted, in bytes. OpenID Connect Core limits `sub` to 255
/// ASCII characters.
pub const MAX_SUBJECT_BYTES: usize = 255;

/// Who a token speaks for: its `sub` claim. An opaque name, never a person's e-mail or name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Subject(Box<str>);

/// What is wrong with the text of a subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// Nothing in it.
    #[error("a subject must not be empty")]
    Empty,
    /// Longer than [`MAX_SUBJECT_BYTES`].
    #[error("a subject has at most {MAX_SUBJECT_BYTES} bytes")]
    TooLong,
    /// A control character, which would break logs and headers.
    #[error("a subject must not contain control characters")]
    ControlCharacter,
}

impl Subject {
    /// Checks the text of a subject.
    ///
    /// # Errors
    /// One variant per way to be wrong.
    pub fn try_new(text: impl Into<String>) -> Result<Self, SubjectError> {
        let text = text.into();
        match () {
            () if text.is_empty() => Err(SubjectError::Empty),
            () if text.len() > MAX_SUBJECT_BYTES => Err(SubjectError::TooLong),
            () if text.chars().any(char::is_control) => Err(SubjectError::ControlCharacter),
            () => Ok(Self(text.into_boxed_str())),
        }
    }

    /// The text of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Subject {
    type Error = SubjectError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::try_new(text)
    }
}

impl From<Subject> for String {
    fn from(subject: Subject) -> Self {
        subject.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_must_be_a_short_line_of_text() {
        assert_eq!(Subject::try_new(""), Err(SubjectError::Empty));
        assert_eq!(Subject::try_new("a\nb"), Err(SubjectError::ControlCharacter));
        assert_eq!(Subject::try_new("x".repeat(256)), Err(SubjectError::TooLong));
        assert_eq!(Subject::try_new("auth0|42").map(|s| s.to_string()), Ok("auth0|42".into()));
    }
}
