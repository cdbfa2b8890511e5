//! Seating plans (stub until the branch lands).
use serde::{Deserialize, Serialize};

/// SHA-256 of a plan's canonical JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlanHash(pub [u8; 32]);

impl std::fmt::Display for PlanHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}
/// c
#[derive(Debug)]
pub struct Category {
    /// n
    pub name: Box<str>,
}
/// c
#[derive(Debug)]
pub struct Plan {}
impl Plan {
    /// c
    pub fn categories(&self) -> &[Category] {
        &[]
    }
}
