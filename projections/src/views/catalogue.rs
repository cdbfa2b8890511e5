//! All event pages of one moment, with who has what of each event: what another read model may
//! begin with instead of the facts that they were made of.
//!
//! They are of the version that this program keeps. It writes nothing and is in nobody's way.

use std::time::Duration;

use aisle_domain::stream::Position;
use aisle_infra::db::in_time;
use sqlx::{Any, Transaction};

use super::event_pages::{EventOccupancy, EventPage, EventPages};
use super::view::Fold;
use crate::seat_map::Occupancy;
use crate::store::{Build, Record, Store};

/// How many events are read at once. Those of a stadium take some 30 kB each.
const PAGE: i64 = 500;

/// How long the database may take for each of them: then it is not there any more.
const ANSWER: Duration = Duration::from_secs(30);

/// An event, and who has what of it.
pub(crate) struct CatalogueEvent {
    pub(crate) page: EventPage,
    pub(crate) occupancy: Occupancy,
}

/// The event pages, read a piece at a time.
pub(crate) struct Catalogue {
    /// Up to where all of them go.
    pub(crate) position: Position,
    tx: Transaction<'static, Any>,
    build: i64,
    /// The key of the last event that was read.
    after: String,
}

/// The event pages cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CatalogueError {
    /// The database failed. Trying again may help.
    #[error("the read store is not available")]
    Store(#[from] sqlx::Error),
    /// A row is not what was written.
    #[error("a row of {table} cannot be read")]
    Unreadable {
        table: &'static str,
        #[source]
        source: serde_json::Error,
    },
    /// Both are written when an event is created, and neither is ever deleted.
    #[error("of an event there is only one of page and occupancy")]
    Torn,
}

impl Catalogue {
    /// As of now; none if nobody keeps event pages of this version, or has only begun to.
    pub(crate) async fn open(store: &Store) -> Result<Option<Self>, CatalogueError> {
        let mut tx = in_time(ANSWER, store.snapshot()).await?;
        let read = in_time(ANSWER, Build::active(EventPages::LINE, &mut tx)).await?;
        let kept = read.filter(|(_, position)| *position > 0);
        Ok(kept.map(|(build, position)| Self { position, tx, build, after: String::new() }))
    }

    /// The next ones, in the order of their keys; empty after the last.
    pub(crate) async fn next(&mut self) -> Result<Vec<CatalogueEvent>, CatalogueError> {
        let pages = self.rows::<EventPage>().await?;
        let occupied = self.rows::<EventOccupancy>().await?;
        if !pages.iter().map(|(key, _)| key).eq(occupied.iter().map(|(key, _)| key)) {
            return Err(CatalogueError::Torn);
        }
        if let Some((last, _)) = pages.last() {
            self.after.clone_from(last);
        }
        let both = pages.into_iter().zip(occupied);
        let event = |((_, page), (_, occupied)): ((_, EventPage), (_, EventOccupancy))| {
            CatalogueEvent { page, occupancy: occupied.0 }
        };
        Ok(both.map(event).collect())
    }

    async fn rows<R: Record>(&mut self) -> Result<Vec<(String, R)>, CatalogueError> {
        let table = R::TABLE.name;
        let sql = format!(
            "SELECT key, data FROM {table} WHERE build = $1 AND key > $2 ORDER BY key LIMIT $3"
        );
        let rows = sqlx::query_as(&sql).bind(self.build).bind(&self.after).bind(PAGE);
        let rows: Vec<(String, String)> = in_time(ANSWER, rows.fetch_all(&mut *self.tx)).await?;
        let unreadable = |source| CatalogueError::Unreadable { table, source };
        let row = |(key, data): (String, String)| {
            serde_json::from_str(&data).map(|row| (key, row)).map_err(unreadable)
        };
        rows.into_iter().map(row).collect()
    }
}
