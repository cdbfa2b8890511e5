//! How a plan's canonical JSON lies in a store: compressed with zstd.
//!
//! It does not check the text against its hash; plans are hashed by the domain.

use aisle_domain::plan::PlanHash;

use super::JournalError;

/// Plans are written once and read rarely: worth some time. Levels above gain little on JSON.
const LEVEL: i32 = 12;

pub(super) fn pack(json: &[u8]) -> Result<Vec<u8>, JournalError> {
    zstd::encode_all(json, LEVEL).map_err(JournalError::refused)
}

pub(super) fn unpack(hash: &PlanHash, body: &[u8]) -> Result<Vec<u8>, JournalError> {
    zstd::decode_all(body).map_err(|error| JournalError::Corrupt {
        place: format!("plan {hash}"),
        what: error.to_string(),
    })
}

/// The key of a plan. The one place that looks inside the hash.
pub(super) fn key(hash: &PlanHash) -> &[u8] {
    hash.as_bytes()
}
