//! A sign-in under way: what this server asked, kept by the browser, sealed, until the provider
//! sends it back. So any command process can go on with what another one began.

use aisle_infra::clock::after;
use aisle_infra::sealing::{DataKey, SealError};
use jiff::{SignedDuration, Timestamp};
use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};
use serde::{Deserialize, Serialize};

/// How long somebody may take at the provider: to find the telephone with the second factor, say.
pub(super) const VALID_FOR: SignedDuration = SignedDuration::from_mins(10);

/// What it is sealed for.
const PURPOSE: &str = "a sign-in under way";

/// A sign-in under way. It is good once as the provider takes each code once.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    state: CsrfToken,
    pub(super) nonce: Nonce,
    pub(super) verifier: PkceCodeVerifier,
    /// Where to go then: a path of this site.
    pub(crate) next: String,
    /// The first second since 1970 in which it is too late.
    until: i64,
}

/// What the provider is told of an attempt.
pub(super) struct Asked {
    pub(super) state: CsrfToken,
    pub(super) nonce: Nonce,
}

impl Attempt {
    pub(super) fn new(
        asked: Asked,
        verifier: PkceCodeVerifier,
        next: &str,
        now: Timestamp,
    ) -> Self {
        let until = after(now, VALID_FOR).as_second();
        let Asked { state, nonce } = asked;
        Self { state, nonce, verifier, next: next.to_owned(), until }
    }

    pub(super) fn seal(&self, key: &DataKey) -> Result<String, SealError> {
        let plain = serde_json::to_vec(self).unwrap_or_else(|_| unreachable!("plain text"));
        key.seal(PURPOSE, &plain)
    }

    /// The attempt that a browser has kept, if it is one of ours and not too old.
    pub(super) fn open(key: &DataKey, sealed: &str, now: Timestamp) -> Option<Self> {
        let plain = key.open(PURPOSE, sealed).ok()?;
        let attempt: Self = serde_json::from_slice(&plain).ok()?;
        (now.as_second() < attempt.until).then_some(attempt)
    }

    /// Whether an answer is to this attempt: a page of another site cannot know its state.
    pub(crate) fn is_answered_by(&self, state: &str) -> bool {
        *self.state.secret() == state
    }
}

#[cfg(test)]
mod tests {
    use aisle_infra::sealing::Vault;
    use aisle_infra::secret::Secret;

    use super::*;

    fn key(byte: u8) -> DataKey {
        Vault::new(&Secret::new([byte; 32])).lent().clone()
    }

    #[test]
    fn it_comes_back_as_it_was_until_it_is_too_old() {
        let begun = Timestamp::UNIX_EPOCH;
        let asked = Asked { state: CsrfToken::new("s".into()), nonce: Nonce::new("n".into()) };
        let attempt = Attempt::new(asked, PkceCodeVerifier::new("v".into()), "/next", begun);
        let sealed = attempt.seal(&key(1)).unwrap();
        let last = after(begun, VALID_FOR - SignedDuration::from_secs(1));
        let back = Attempt::open(&key(1), &sealed, last).unwrap();
        assert_eq!((back.next.as_str(), back.verifier.secret().as_str()), ("/next", "v"));
        assert!(back.is_answered_by("s") && !back.is_answered_by("S"));
        assert!(Attempt::open(&key(1), &sealed, after(begun, VALID_FOR)).is_none());
        assert!(Attempt::open(&key(2), &sealed, begun).is_none());
        assert!(Attempt::open(&key(1), &sealed[1..], begun).is_none());
    }
}
