//! From the faults of what is read to what the client is told, which is little.

use std::time::Duration;

use aisle_infra::http::problem::Problem;
use aisle_infra::journal::JournalError;
use aisle_infra::plans::PlanSourceError;
use aisle_projections::search::SearchError;
use aisle_projections::views::ViewsError;
use axum::http::StatusCode;

/// When to come again if a store is away.
const COME_AGAIN: Duration = Duration::from_secs(1);

pub(crate) fn views(error: ViewsError) -> Problem {
    match error {
        ViewsError::Store(_) => Problem::unavailable(&error, COME_AGAIN),
        ViewsError::Unreadable { .. } => Problem::internal(&error),
    }
}

pub(crate) fn journal(error: JournalError) -> Problem {
    match error {
        JournalError::Unavailable(_) | JournalError::Overloaded => {
            Problem::unavailable(&error, COME_AGAIN)
        }
        JournalError::Refused(_) | JournalError::Corrupt { .. } => Problem::internal(&error),
    }
}

pub(crate) fn plan(error: PlanSourceError) -> Problem {
    match error {
        PlanSourceError::Unavailable(_) => Problem::unavailable(&error, COME_AGAIN),
        PlanSourceError::Missing(_) | PlanSourceError::Unreadable { .. } => {
            Problem::internal(&error)
        }
    }
}

pub(crate) fn search(error: SearchError) -> Problem {
    match error {
        SearchError::BadCursor => invalid_query("after", error.to_string()),
        SearchError::BadLimit => invalid_query("limit", error.to_string()),
        SearchError::Index(_) => Problem::internal(&error),
    }
}

/// A parameter of the query that makes no sense together with the others.
pub(crate) fn invalid_query(field: &'static str, expected: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_query", "The query is not valid")
        .field(field, expected)
}
