//! Reading one's own writes: a read may name the position that it must include.
//!
//! It waits a little and then says how far the read model is. It never answers with less.

use std::time::Duration;

use aisle_domain::stream::Position;
use aisle_infra::http::problem::Problem;
use axum::http::StatusCode;

use crate::QueryApi;
use crate::params::MinPosition;

/// When who was told `not_yet_applied` should ask again.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// What an answer is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadModel {
    EventPages,
    Bookings,
    SeatMap,
    Search,
}

impl ReadModel {
    /// The name of its projection.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EventPages => "event_pages",
            Self::Bookings => "bookings",
            Self::SeatMap => "seat_map",
            Self::Search => "search",
        }
    }
}

impl QueryApi {
    /// Waits until a read model has applied a position. Returns up to where it goes at least.
    pub(crate) async fn fresh(
        &self,
        model: ReadModel,
        min: Option<MinPosition>,
    ) -> Result<Position, Problem> {
        let MinPosition(min) = min.unwrap_or_default();
        let Self { sources, .. } = self;
        let waited = sources.freshness.wait_for(model.name(), min, sources.patience).await;
        waited.map_err(|stale| not_yet_applied(min, stale.applied))
    }

    /// The same of the journal itself, which other processes append to as well. Returns its head.
    pub(crate) async fn fresh_journal(
        &self,
        min: Option<MinPosition>,
    ) -> Result<Position, Problem> {
        let MinPosition(min) = min.unwrap_or_default();
        let mut known = self.sources.journal.watch_head();
        let reached = known.wait_for(|head| *head >= min);
        // On timeout the journal itself decides: what is watched is a hint.
        let _ = tokio::time::timeout(self.sources.patience, reached).await.is_ok();
        let head = self.sources.journal.head().await.map_err(crate::fault::journal)?;
        if head >= min { Ok(head) } else { Err(not_yet_applied(min, head)) }
    }
}

fn not_yet_applied(min: Position, applied: Position) -> Problem {
    let title = "What you want to see is not visible yet";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_yet_applied", title)
        .detail(format!("Position {min} was asked for; this is as of position {applied}."))
        .with("min_position", min)
        .with("applied", applied)
        .retry_after(ASK_AGAIN)
}
