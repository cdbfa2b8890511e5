//! Sealing personal data: each subject has a data key of its own, and what is personal is sealed with
//! it. Whoever deletes the data key has erased everything that was sealed with it, wherever copies
//! of it lie.
//!
//! Data keys are kept sealed themselves, with the server's vault key. It stores nothing, and does
//! not know what is personal. XChaCha20-Poly1305: its nonces are long enough to be drawn at random.

use aisle_domain::id::Subject;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::secret::{Key, Secret};

/// The length of a nonce, in bytes.
const NONCE: usize = 24;

/// Something cannot be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It was sealed with another key or for another purpose, or it was changed.
    #[error("what is sealed cannot be opened")]
    NotOpened,
    /// The system gives no random numbers.
    #[error("there are no random numbers")]
    NoRandomness,
}

/// What seals data keys, and makes the names under which accounts are found.
#[derive(Debug, Clone)]
pub struct Vault {
    wrapping: DataKey,
    naming: Key,
    lending: DataKey,
}

/// The key of one subject's data.
#[derive(Debug, Clone)]
pub struct DataKey(Key);

impl Vault {
    /// The vault of a server's key.
    #[must_use]
    pub fn new(key: &Key) -> Self {
        let derived = |purpose: &str| Secret::new(keyed(key, purpose.as_bytes()));
        Self {
            wrapping: DataKey(derived("wrap data keys")),
            naming: derived("name accounts"),
            lending: DataKey(derived("lend to browsers")),
        }
    }

    /// A new data key of a subject, and the same sealed, to be kept.
    ///
    /// # Errors
    /// If there are no random numbers.
    pub fn new_key(&self, subject: &Subject) -> Result<(DataKey, String), SealError> {
        let key = DataKey(Secret::new(random()?));
        let sealed = self.wrapping.seal(&of(subject), key.0.expose())?;
        Ok((key, sealed))
    }

    /// The data key of a subject, which was sealed.
    ///
    /// # Errors
    /// If it is not this subject's, or was sealed by another vault.
    pub fn open_key(&self, subject: &Subject, sealed: &str) -> Result<DataKey, SealError> {
        let key = self.wrapping.open(&of(subject), sealed)?;
        let key = key.try_into().map_err(|_| SealError::NotOpened)?;
        Ok(DataKey(Secret::new(key)))
    }

    /// A name that says nothing of what it was made from, and is always the same for it: what
    /// accounts are found by. `kind` keeps names of different kinds apart.
    #[must_use]
    pub fn name(&self, kind: &str, text: &str) -> String {
        let text = format!("{kind}\0{text}");
        URL_SAFE_NO_PAD.encode(keyed(&self.naming, text.as_bytes()))
    }

    /// What seals what a browser keeps for this server for a while, and must neither read nor
    /// change. Every process with the vault's key has the same.
    #[must_use]
    pub fn lent(&self) -> &DataKey {
        &self.lending
    }
}

impl DataKey {
    /// Seals bytes for a purpose; they can be opened for the same purpose only.
    ///
    /// # Errors
    /// If there are no random numbers.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Result<String, SealError> {
        let nonce: [u8; NONCE] = random()?;
        let payload = Payload { msg: plain, aad: purpose.as_bytes() };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| SealError::NotOpened)?;
        Ok(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// Opens what was sealed.
    ///
    /// # Errors
    /// If it was sealed with another key or for another purpose, or was changed.
    pub fn open(&self, purpose: &str, sealed: &str) -> Result<Vec<u8>, SealError> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| SealError::NotOpened)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>().ok_or(SealError::NotOpened)?;
        let payload = Payload { msg: sealed, aad: purpose.as_bytes() };
        let opened = self.cipher().decrypt(&XNonce::from(*nonce), payload);
        opened.map_err(|_| SealError::NotOpened)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.expose().into())
    }
}

fn of(subject: &Subject) -> String {
    format!("data key of {subject}")
}

fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| SealError::NoRandomness)?;
    Ok(bytes)
}

fn keyed(key: &Key, text: &[u8]) -> [u8; 32] {
    let mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key.expose());
    let mut mac = mac.unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    mac.update(text);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(byte: u8) -> Vault {
        Vault::new(&Secret::new([byte; 32]))
    }

    fn subject(name: &str) -> Subject {
        Subject::try_new(name).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_for_its_purpose_only() {
        let (key, _) = vault(1).new_key(&subject("ada")).unwrap();
        let (other, _) = vault(1).new_key(&subject("ada")).unwrap();
        let sealed = key.seal("mail", b"ada@example.org").unwrap();
        assert_eq!(key.open("mail", &sealed).unwrap(), b"ada@example.org");
        assert!(!sealed.contains("ada"));
        assert_ne!(sealed, key.seal("mail", b"ada@example.org").unwrap());
        for opened in [key.open("name", &sealed), other.open("mail", &sealed), key.open("mail", "")]
        {
            assert_eq!(opened, Err(SealError::NotOpened));
        }
    }

    #[test]
    fn a_data_key_is_its_subjects_and_its_vaults() {
        let (key, kept) = vault(1).new_key(&subject("ada")).unwrap();
        let sealed = key.seal("mail", b"x").unwrap();
        let again = vault(1).open_key(&subject("ada"), &kept).unwrap();
        assert_eq!(again.open("mail", &sealed).unwrap(), b"x");
        assert!(vault(1).open_key(&subject("bob"), &kept).is_err());
        assert!(vault(2).open_key(&subject("ada"), &kept).is_err());
    }

    #[test]
    fn what_is_lent_comes_back_to_any_process_of_the_same_key() {
        let sealed = vault(1).lent().seal("sign in", b"state").unwrap();
        assert_eq!(vault(1).lent().open("sign in", &sealed).unwrap(), b"state");
        assert!(vault(2).lent().open("sign in", &sealed).is_err());
    }

    #[test]
    fn names_are_the_same_for_the_same_and_tell_nothing() {
        let name = vault(1).name("email", "ada@example.org");
        assert_eq!(name, vault(1).name("email", "ada@example.org"));
        assert_ne!(name, vault(1).name("oidc", "ada@example.org"));
        assert_ne!(name, vault(2).name("email", "ada@example.org"));
        assert!(!name.contains("ada"));
    }
}
