//! Passwords: hashed and checked by argon2id, a few at a time.
//!
//! Each takes 19 MiB and a processor for a while, so there is a limit to how many are worked on and
//! how many wait; who comes beyond that is told to come again. It does not limit how often somebody
//! may guess.

use std::sync::Arc;

use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use crate::secret::Secret;

/// Memory, in KiB, passes and lanes: the first choice of OWASP's Password Storage Cheat Sheet
/// (argon2id, m=19456, t=2, p=1; as of 2025).
const PARAMETERS: (u32, u32, u32) = (19_456, 2, 1);

/// How many may wait. At some 30 ms each and one processor, the last one waits for a second.
const QUEUE: usize = 32;

/// The hash that is checked where there is no account: of the same cost, and of no password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
     AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The hash of a password, with its salt and parameters, as text (PHC).
#[derive(Debug, Clone)]
pub struct PasswordHash(Secret<String>);

impl PasswordHash {
    /// As it was kept.
    #[must_use]
    pub fn from_text(text: String) -> Self {
        Self(Secret::new(text))
    }

    /// The text, to be kept.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl PartialEq for PasswordHash {
    /// Whether it is the same hash: of two hashes, which nobody guesses at.
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for PasswordHash {}

/// Why a password is neither hashed nor checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many others wait.
    #[error("too many passwords are being checked")]
    Busy,
    /// The library refuses.
    #[error("a password cannot be hashed: {0}")]
    Failed(String),
}

/// Hashes and checks passwords. Clones share the limit.
#[derive(Debug, Clone)]
pub struct Passwords {
    waiting: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

impl Passwords {
    /// As many at a time as there are processors, but for one.
    #[must_use]
    pub fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::with_limits(processors.saturating_sub(1).max(1), QUEUE)
    }

    /// `working` at a time, and no more than `waiting` besides.
    #[must_use]
    pub fn with_limits(working: usize, waiting: usize) -> Self {
        let waiting = Arc::new(Semaphore::new(working + waiting));
        Self { waiting, working: Arc::new(Semaphore::new(working)) }
    }

    /// The hash of a password, with a salt of its own.
    ///
    /// # Errors
    /// If too many wait.
    pub async fn hash(&self, password: Secret<String>) -> Result<PasswordHash, PasswordError> {
        self.work(move || {
            let mut salt = [0; 16];
            getrandom::fill(&mut salt).map_err(failed)?;
            let hash: phc::PasswordHash = hasher()?
                .hash_password_with_salt(password.expose().as_bytes(), &salt)
                .map_err(failed)?;
            Ok(PasswordHash::from_text(hash.to_string()))
        })
        .await
    }

    /// Whether this is the password of that hash. Without a hash it is not, which takes as long.
    ///
    /// # Errors
    /// If too many wait, or the hash makes no sense.
    pub async fn is_right(
        &self,
        password: Secret<String>,
        hash: Option<PasswordHash>,
    ) -> Result<bool, PasswordError> {
        self.work(move || {
            let text = hash.as_ref().map_or(NOBODY, PasswordHash::expose);
            let parsed = phc::PasswordHash::new(text).map_err(failed)?;
            let verified = hasher()?.verify_password(password.expose().as_bytes(), &parsed);
            Ok(verified.is_ok() && hash.is_some())
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        // Held by the work itself: a request that is given up does not make room before it ends.
        let place = self.waiting.clone().try_acquire_owned().map_err(|_| PasswordError::Busy)?;
        let turn = self.working.clone().acquire_owned().await.map_err(failed)?;
        let working = tokio::task::spawn_blocking(move || {
            let _held = (place, turn);
            work()
        });
        working.await.map_err(failed)?
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

fn hasher() -> Result<Argon2<'static>, PasswordError> {
    let (memory, passes, lanes) = PARAMETERS;
    let parameters = Params::new(memory, passes, lanes, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

fn failed(error: impl std::fmt::Display) -> PasswordError {
    PasswordError::Failed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash(secret("correct horse")).await.unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.expose());
        assert_ne!(hash, passwords.hash(secret("correct horse")).await.unwrap());
        assert!(passwords.is_right(secret("correct horse"), Some(hash.clone())).await.unwrap());
        assert!(!passwords.is_right(secret("correct hors"), Some(hash)).await.unwrap());
        assert!(!passwords.is_right(secret(""), None).await.unwrap());
    }

    #[tokio::test]
    async fn who_comes_when_too_many_wait_is_told_so() {
        let passwords = Passwords::with_limits(1, 0);
        let held = passwords.waiting.clone().try_acquire_owned().unwrap();
        assert!(matches!(passwords.hash(secret("x")).await, Err(PasswordError::Busy)));
        drop(held);
        assert!(passwords.hash(secret("x")).await.is_ok());
    }

    #[test]
    fn there_is_a_hash_of_the_same_cost_for_nobody() {
        let nobody = phc::PasswordHash::new(NOBODY).unwrap();
        assert_eq!(nobody.params.to_string(), "m=19456,t=2,p=1");
    }
}
