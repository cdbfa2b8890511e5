//! The buyers of a bench: tokens, signed beforehand with the server's key.

use std::path::Path;
use std::sync::Arc;

use aisle_domain::actor::Role;
use aisle_domain::id::Subject;
use aisle_infra::http::auth::TokenIssuer;
use jiff::SignedDuration;

use super::{BenchError, clock};
use crate::cli::Stores;

/// How many there are: with 20 events none of them comes near the limit per buyer by chance.
const BUYERS: usize = 20_000;

/// Tokens.
pub(super) struct Buyers {
    /// Creates the events.
    pub(super) admin: String,
    /// Hold seats.
    pub(super) tokens: Arc<[String]>,
}

impl Buyers {
    /// Signs tokens with the key of a data folder, which is made if it is missing.
    pub(super) fn sign(data: &Path) -> Result<Self, BenchError> {
        let key = Stores { data: data.to_owned(), database_url: None }.token_key()?;
        let issuer = TokenIssuer::new(&key, clock());
        let sign = |name: String, role: Role| {
            let failed = |error: &dyn std::fmt::Display| BenchError::Program {
                program: "signing tokens".into(),
                said: error.to_string(),
            };
            let subject = Subject::try_new(name).map_err(|error| failed(&error))?;
            let token = issuer.issue(&subject, &[role], SignedDuration::from_hours(24));
            token.map_err(|error| failed(&error))
        };
        let buyer = |number| sign(format!("buyer-{number}"), Role::Customer);
        Ok(Self {
            admin: sign("admin".to_owned(), Role::Admin)?,
            tokens: (0..BUYERS).map(buyer).collect::<Result<_, _>>()?,
        })
    }
}
