//! Why somebody did not get in, and by which code the page tells them.

use aisle_infra::http::problem::{Chain, Problem};
use aisle_infra::sealing::SealError;

use super::provider::Trouble;
use crate::accounts::Fault;

/// Why somebody did not get in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotIn {
    /// They changed their mind, or the provider knows them not.
    #[error("it was cancelled at the provider")]
    Cancelled,
    /// The answer is to no question that this browser had asked lately.
    #[error("the answer belongs to no question of this browser")]
    Stray,
    #[error("the provider says `{0}`")]
    Refused(String),
    #[error(transparent)]
    Provider(#[from] Trouble),
    #[error("the provider gives no e-mail address")]
    NoEmail,
    #[error("the provider has not verified the e-mail address")]
    UnverifiedEmail,
    /// There is an account with a password that has it.
    #[error("the e-mail address has an account")]
    EmailTaken,
    /// While they came in.
    #[error("the account was erased")]
    Erased,
    #[error(transparent)]
    Account(#[from] Fault),
    #[error(transparent)]
    Seal(#[from] SealError),
    /// It was logged where it came about.
    #[error("it is refused")]
    Problem(Problem),
}

impl NotIn {
    /// Logs what the operator should know of; returns the code of what the page says.
    pub(crate) fn code(self) -> String {
        let code = match &self {
            Self::Cancelled => "oidc_cancelled",
            Self::Stray => "oidc_expired",
            Self::Refused(_) | Self::Provider(Trouble::Untrue(_)) => "oidc_failed",
            Self::Provider(Trouble::Away(_) | Trouble::AwayLately) => "oidc_unavailable",
            Self::NoEmail => "oidc_email_missing",
            Self::UnverifiedEmail => "oidc_email_unverified",
            Self::EmailTaken => "oidc_email_taken",
            Self::Erased => "account_not_found",
            Self::Account(_) | Self::Seal(_) | Self::Problem(_) => return self.into_problem(),
        };
        match &self {
            Self::Refused(_) | Self::Provider(_) => {
                tracing::warn!(error = %Chain(&self), "somebody could not sign in by the provider");
            }
            _ => tracing::info!(reason = %self, "somebody did not sign in by the provider"),
        }
        code.to_owned()
    }

    fn into_problem(self) -> String {
        let problem = match self {
            Self::Account(fault) => fault.into(),
            Self::Problem(problem) => problem,
            other => Problem::internal(&other),
        };
        problem.document().code.clone().into_owned()
    }
}

impl From<Problem> for NotIn {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}
