//! The address of a plan.
//!
//! Facts name a plan by it. It says nothing about where plans are kept.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// SHA-256 of a plan's canonical JSON; written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanHash([u8; 32]);

/// Not 64 lower-case hex digits. Upper case is refused so that one plan has one URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a plan's hash is 64 lower-case hex digits")]
pub struct PlanHashError;

impl PlanHash {
    /// The hash of a canonical document.
    pub(super) fn of(canonical: &[u8]) -> PlanHash {
        PlanHash(Sha256::digest(canonical).into())
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for PlanHash {
    fn from(bytes: [u8; 32]) -> PlanHash {
        PlanHash(bytes)
    }
}

impl fmt::Display for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for PlanHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PlanHash({self})")
    }
}

impl FromStr for PlanHash {
    type Err = PlanHashError;

    fn from_str(text: &str) -> Result<PlanHash, PlanHashError> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(PlanHashError);
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| PlanHashError)?;
        Ok(PlanHash(bytes))
    }
}

impl Serialize for PlanHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PlanHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PlanHash, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_sha_256_in_lower_case_hex_and_reads_back() {
        let hash = PlanHash::of(b"abc");
        let text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash.to_string(), text);
        assert_eq!(text.parse(), Ok(hash));
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<PlanHash>(&json).unwrap(), hash);
    }

    #[test]
    fn anything_else_is_refused() {
        let hash = PlanHash::of(b"abc").to_string();
        let wrong = [
            hash.to_uppercase(),
            hash[1..].into(),
            format!("{hash}0"),
            "x".repeat(64),
            String::new(),
        ];
        for text in wrong {
            assert_eq!(text.parse::<PlanHash>(), Err(PlanHashError), "{text}");
        }
    }
}
