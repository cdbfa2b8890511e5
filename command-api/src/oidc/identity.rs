//! Who somebody is, as the provider says, and whether that is enough for an account.
//!
//! Somebody is known by issuer and subject alone: an address may be another's tomorrow.

use aisle_infra::accounts;
use openidconnect::EndUserEmail;

use super::NotIn;

/// Who somebody is.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) issuer: String,
    /// Never another's at this issuer.
    pub(crate) subject: String,
    pub(crate) email: Option<Email>,
    pub(crate) name: Option<String>,
}

/// An address as the provider gives it.
#[derive(Debug)]
pub(crate) struct Email {
    text: String,
    verified: bool,
}

/// Whether addresses count that the provider does not call verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unverified {
    /// They do not.
    Refused,
    /// They do: nobody gets an address from this provider that is not theirs.
    Taken,
}

impl Email {
    /// What a provider says nothing of it has not verified.
    pub(super) fn new(email: &EndUserEmail, verified: Option<bool>) -> Self {
        Self { text: email.to_string(), verified: verified.unwrap_or(false) }
    }
}

impl Identity {
    /// The address of a new account.
    pub(crate) fn usable_email(&self, unverified: Unverified) -> Result<accounts::Email, NotIn> {
        let email = self.email.as_ref().ok_or(NotIn::NoEmail)?;
        if !email.verified && unverified == Unverified::Refused {
            return Err(NotIn::UnverifiedEmail);
        }
        email.text.parse().map_err(|_| NotIn::NoEmail)
    }

    /// What they are, in one text: no issuer has a NUL in its URL.
    pub(crate) fn text(&self) -> String {
        format!("{}\0{}", self.issuer, self.subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usable(email: &str, verified: Option<bool>, unverified: Unverified) -> String {
        let email = Email::new(&EndUserEmail::new(email.to_owned()), verified);
        let (issuer, subject) = ("https://id.example".to_owned(), "1".to_owned());
        let identity = Identity { issuer, subject, email: Some(email), name: None };
        match identity.usable_email(unverified) {
            Ok(email) => email.as_text().to_owned(),
            Err(refused) => refused.code(),
        }
    }

    #[test]
    fn an_address_counts_if_the_provider_has_verified_it_or_is_trusted_with_all() {
        let ada = "ada@example.org";
        assert_eq!(usable(ada, Some(true), Unverified::Refused), ada);
        for verified in [Some(false), None] {
            assert_eq!(usable(ada, verified, Unverified::Refused), "oidc_email_unverified");
            assert_eq!(usable(ada, verified, Unverified::Taken), ada);
        }
        assert_eq!(usable("ada", Some(true), Unverified::Taken), "oidc_email_missing");
    }
}
