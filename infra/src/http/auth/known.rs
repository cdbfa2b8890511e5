//! The tokens that were verified lately, so that a client who comes again is not checked again.
//!
//! It knows a token by every byte of it, and only what its signature vouches for. Whether it is still
//! good is asked anew each time: that depends on the time.

use std::mem;
use std::sync::Arc;

use foldhash::HashMap;
use parking_lot::Mutex;

use super::token::Vouched;

/// How many tokens a generation has. Two of them, at some 700 bytes each, are 23 MB.
const GENERATION: usize = 16_384;

/// The longest token that is kept, in bytes: ours have some 250.
const MAX_LENGTH: usize = 1_024;

/// The tokens that were verified lately: at least the last [`GENERATION`], at most twice as many.
#[derive(Default)]
pub(super) struct KnownTokens(Mutex<Generations>);

type Tokens = HashMap<Box<str>, Arc<Vouched>>;

/// When the young ones are too many, they become the old ones, and those are forgotten.
#[derive(Default)]
struct Generations {
    young: Tokens,
    old: Tokens,
}

impl KnownTokens {
    /// What a token says, if it was verified lately.
    pub(super) fn find(&self, token: &str) -> Option<Arc<Vouched>> {
        let mut tokens = self.0.lock();
        if let Some(vouched) = tokens.young.get(token) {
            return Some(vouched.clone());
        }
        let (token, vouched) = tokens.old.remove_entry(token)?;
        tokens.add(token, vouched.clone());
        Some(vouched)
    }

    /// Remembers a token whose signature was found to be ours.
    pub(super) fn keep(&self, token: &str, vouched: Arc<Vouched>) {
        if token.len() <= MAX_LENGTH {
            self.0.lock().add(token.into(), vouched);
        }
    }
}

impl Generations {
    fn add(&mut self, token: Box<str>, vouched: Arc<Vouched>) {
        if self.young.len() >= GENERATION {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(token, vouched);
    }
}

#[cfg(test)]
mod tests {
    use aisle_domain::id::Subject;
    use jiff::Timestamp;

    use super::*;

    fn vouched() -> Arc<Vouched> {
        Arc::new(Vouched {
            subject: Subject::try_new("ada").unwrap(),
            roles: Vec::new(),
            not_before: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::UNIX_EPOCH,
            email: None,
            name: None,
        })
    }

    #[test]
    fn a_token_that_is_used_outlives_those_that_are_not() {
        let known = KnownTokens::default();
        known.keep("used", vouched());
        for number in 0..3 * GENERATION {
            known.keep(&format!("other {number}"), vouched());
            assert!(known.find("used").is_some());
        }
        assert!(known.find("other 0").is_none());
        let Generations { young, old } = &*known.0.lock();
        assert!(young.len() + old.len() <= 2 * GENERATION);
    }

    #[test]
    fn what_is_too_long_for_a_token_of_ours_is_not_kept() {
        let known = KnownTokens::default();
        let long = "x".repeat(MAX_LENGTH + 1);
        known.keep(&long, vouched());
        assert!(known.find(&long).is_none());
    }
}
