//! E-mail addresses: what mail can be sent to, and when two of them are the same.
//!
//! Whether somebody reads what is sent there is not known.

use std::fmt;
use std::str::FromStr;

use lettre::Address;
use unicode_normalization::UnicodeNormalization as _;

/// The longest address, in bytes: what SMTP can carry (RFC 5321, 4.5.3.1.3, erratum 1690).
const MAX_BYTES: usize = 254;

/// An e-mail address that mail can be sent to.
#[derive(Clone, PartialEq, Eq)]
pub struct Email(Address);

/// The text is no e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is no e-mail address")]
pub struct InvalidEmail;

impl Email {
    /// What is compared: in the standard's wording upper and lower case may differ before the `@`,
    /// but no provider lets them, and people write either.
    #[must_use]
    pub fn folded(&self) -> String {
        // Lower-casing may leave a form that is not normal, hence the order.
        self.0.to_string().to_lowercase().nfkc().collect()
    }

    /// The address as it was written.
    #[must_use]
    pub fn as_text(&self) -> &str {
        self.0.as_ref()
    }

    pub(crate) fn address(&self) -> &Address {
        &self.0
    }
}

impl FromStr for Email {
    type Err = InvalidEmail;

    fn from_str(text: &str) -> Result<Self, InvalidEmail> {
        let text: String = text.trim().nfc().collect();
        let strange = |c: char| c.is_control() || c.is_whitespace();
        if text.len() > MAX_BYTES || text.contains(strange) {
            return Err(InvalidEmail);
        }
        text.parse().map(Self).map_err(|_| InvalidEmail)
    }
}

/// An address is nothing for logs.
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_regard_to_case_and_form() {
        let folded = |text: &str| text.parse::<Email>().unwrap().folded();
        assert_eq!(folded(" Ada.Lovelace@Example.ORG "), "ada.lovelace@example.org");
        assert_eq!(folded("ÅSA@example.org"), folded("a\u{30a}sa@example.org"));
        assert_ne!(folded("ada@example.org"), folded("ada@example.com"));
    }

    #[test]
    fn what_no_mail_can_be_sent_to_is_no_address() {
        let long = format!("{}@example.org", "a".repeat(MAX_BYTES));
        for text in
            ["", "ada", "@example.org", "ada@", "a b@example.org", "a@b\r\nc", "a@b@c", &long]
        {
            assert_eq!(text.parse::<Email>(), Err(InvalidEmail), "{text:?}");
        }
    }

    #[test]
    fn an_address_is_not_shown_in_logs() {
        assert_eq!(format!("{:?}", "ada@example.org".parse::<Email>().unwrap()), "Email(***)");
    }
}
