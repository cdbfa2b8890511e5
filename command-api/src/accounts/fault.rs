//! Why nothing can be done about accounts just now, and how that is answered.

use std::time::Duration;

use aisle_infra::accounts::{AccountsError, PasswordError};
use aisle_infra::http::problem::Problem;
use aisle_infra::sealing::SealError;
use axum::http::StatusCode;

/// After how long somebody may try again.
const RETRY: Duration = Duration::from_secs(1);

/// Something broke, or there is too much to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Store(#[from] AccountsError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error(transparent)]
    Password(#[from] PasswordError),
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match &fault {
            Fault::Password(PasswordError::Busy) => {
                let title = "Too many sign in at the moment";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", title).retry_after(RETRY)
            }
            Fault::Store(error @ AccountsError::Unavailable(_)) => Self::unavailable(error, RETRY),
            Fault::Store(_) | Fault::Seal(_) | Fault::Password(_) => Self::internal(&fault),
        }
    }
}
