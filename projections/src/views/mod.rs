//! The read models in tables: event pages, bookings, sales.
//!
//! [`Views`] is the reading side and the place where their projections are made. Readers see the
//! build that is active at the moment of the query; they never see half of a batch.

mod bookings;
mod catalogue;
mod event_pages;
mod sales;
mod view;

use std::sync::Arc;

use aisle_domain::id::{BookingId, EventId, Subject};
use aisle_domain::stream::Position;
use sqlx::Row;

use self::bookings::Bookings;
pub use self::bookings::{
    BookingPage, BookingState, Moment, PaymentPage, PaymentPageState, RefundPage,
};
pub(crate) use self::catalogue::{Catalogue, CatalogueError, CatalogueEvent};
use self::event_pages::EventPages;
pub use self::event_pages::{AreaTaken, EventPage, Taken};
use self::sales::SalesByHour;
pub use self::sales::{Per, Sales};
pub(crate) use self::view::{Fold, View};
use crate::projection::{Projection, ProjectionError};
use crate::rebuild::{Rebuildable, TablesRebuild};
use crate::store::{ACTIVE_BUILD, Build, Line, Record, Store, Value};
use aisle_infra::plans::PlanSource;

/// The read models in tables.
#[derive(Debug, Clone)]
pub struct Views {
    store: Store,
}

/// A view cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ViewsError {
    /// The database failed.
    #[error("the read store is not available")]
    Store(#[from] sqlx::Error),
    /// A row is not what was written: of another version, or edited.
    #[error("a row of {table} cannot be read")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
}

impl Views {
    /// Opens the read store, see [`Store::open`], and creates what is missing.
    ///
    /// # Errors
    /// If the database cannot be reached or its tables cannot be created.
    pub async fn open(url: &str) -> Result<Self, ViewsError> {
        let store = Store::open(url).await?;
        for tables in [EventPages::TABLES, Bookings::TABLES, SalesByHour::TABLES] {
            store.create(tables).await?;
        }
        Ok(Self { store })
    }

    /// Where the views are, for other read models to be kept beside them.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Which versions of the read models in tables this program keeps, by name.
    #[must_use]
    pub fn versions() -> [(&'static str, u32); 3] {
        let lines = [EventPages::LINE, Bookings::LINE, SalesByHour::LINE];
        lines.map(|line| (line.name, line.version))
    }

    /// Up to where each of the tables goes that are read, whoever keeps them; 0 where nobody does.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn applied(&self) -> Result<Vec<(&'static str, Position)>, ViewsError> {
        const SQL: &str = "SELECT name, version, position FROM read_checkpoints WHERE active = 1";
        let rows = sqlx::query(SQL).fetch_all(self.store.pool()).await?;
        let mut applied = Vec::new();
        for line in [EventPages::LINE, Bookings::LINE, SalesByHour::LINE] {
            let mut position = 0;
            for row in &rows {
                let (name, version): (&str, i64) = (row.try_get(0)?, row.try_get(1)?);
                if (name, version) == (line.name, i64::from(line.version)) {
                    position = Position::try_from(row.try_get::<i64, _>(2)?).unwrap_or(0);
                }
            }
            applied.push((line.name, position));
        }
        Ok(applied)
    }

    /// The projections that keep the views up to date, each to be given to a runner.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn projections(
        &self,
        plans: Arc<dyn PlanSource>,
    ) -> Result<Vec<Box<dyn Projection>>, ProjectionError> {
        Ok(vec![
            self.projection(EventPages { plans }).await?,
            self.projection(Bookings).await?,
            self.projection(SalesByHour).await?,
        ])
    }

    /// What can be rebuilt.
    #[must_use]
    pub fn rebuildables(&self, plans: Arc<dyn PlanSource>) -> Vec<Box<dyn Rebuildable>> {
        let event_pages =
            move |build| over::<EventPages>(build, EventPages { plans: plans.clone() });
        vec![
            self.rebuildable::<EventPages>(event_pages),
            self.rebuildable::<Bookings>(|build| over(build, Bookings)),
            self.rebuildable::<SalesByHour>(|build| over(build, SalesByHour)),
        ]
    }

    /// The page of an event.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn event(&self, id: EventId) -> Result<Option<EventPage>, ViewsError> {
        self.one(EventPages::LINE, &id.to_string()).await
    }

    /// The events of an organiser, newest first; older than a position (that of their creation)
    /// if one is given.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn events_of(
        &self,
        organiser: &Subject,
        before: Option<Position>,
        limit: u32,
    ) -> Result<Vec<EventPage>, ViewsError> {
        self.newest(EventPages::LINE, ("organiser", organiser.as_str()), before, limit).await
    }

    /// A booking.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn booking(&self, id: BookingId) -> Result<Option<BookingPage>, ViewsError> {
        self.one(Bookings::LINE, &id.to_string()).await
    }

    /// The bookings of a buyer, newest first; older than a position (that of their creation) if
    /// one is given.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn bookings_of(
        &self,
        buyer: &Subject,
        before: Option<Position>,
        limit: u32,
    ) -> Result<Vec<BookingPage>, ViewsError> {
        self.newest(Bookings::LINE, ("buyer", buyer.as_str()), before, limit).await
    }

    /// The bookings of an event, newest first, in the same way.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn bookings_of_event(
        &self,
        event: EventId,
        before: Option<Position>,
        limit: u32,
    ) -> Result<Vec<BookingPage>, ViewsError> {
        self.newest(Bookings::LINE, ("event_id", &event.to_string()), before, limit).await
    }

    /// The sales of an event, by hour or day, in order; only those in which something happened.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn sales(&self, event: EventId, per: Per) -> Result<Vec<Sales>, ViewsError> {
        let sql = format!(
            "SELECT data FROM read_sales_v1 WHERE build = {ACTIVE_BUILD} AND event_id = $3 \
             ORDER BY starts",
        );
        let event = Value::Text(event.to_string());
        let hours: Vec<Sales> = self.select(SalesByHour::LINE, &sql, &[event]).await?;
        let mut periods: Vec<Sales> = Vec::new();
        for hour in hours {
            let from = per.start(hour.from);
            match periods.last_mut() {
                Some(period) if period.from == from => period.add(&hour),
                _ => periods.push(Sales { from, ..hour }),
            }
        }
        Ok(periods)
    }

    async fn projection<F: Fold>(&self, fold: F) -> Result<Box<dyn Projection>, ProjectionError> {
        Ok(over(Build::open(&self.store, F::LINE, F::TABLES).await?, fold))
    }

    fn rebuildable<F: Fold>(
        &self,
        over: impl Fn(Build) -> Box<dyn Projection> + Send + Sync + 'static,
    ) -> Box<dyn Rebuildable> {
        Box::new(TablesRebuild::new(&self.store, F::LINE, F::TABLES, over))
    }

    async fn one<R: Record>(&self, line: Line, key: &str) -> Result<Option<R>, ViewsError> {
        let table = R::TABLE.name;
        let sql = format!("SELECT data FROM {table} WHERE build = {ACTIVE_BUILD} AND key = $3");
        Ok(self.select(line, &sql, &[Value::Text(key.to_owned())]).await?.pop())
    }

    async fn newest<R: Record>(
        &self,
        line: Line,
        (column, value): (&str, &str),
        before: Option<Position>,
        limit: u32,
    ) -> Result<Vec<R>, ViewsError> {
        let table = R::TABLE.name;
        let sql = format!(
            "SELECT data FROM {table} WHERE build = {ACTIVE_BUILD} AND {column} = $3 \
             AND created < $4 ORDER BY created DESC LIMIT $5",
        );
        let before = Value::position(before.unwrap_or(Position::MAX));
        let values = [Value::Text(value.to_owned()), before, Value::Int(i64::from(limit))];
        self.select(line, &sql, &values).await
    }

    async fn select<R: Record>(
        &self,
        line: Line,
        sql: &str,
        values: &[Value],
    ) -> Result<Vec<R>, ViewsError> {
        let query = sqlx::query(sql).bind(line.name).bind(i64::from(line.version));
        let query = values.iter().fold(query, |query, value| value.bind_to(query));
        let rows = query.fetch_all(self.store.pool()).await?;
        let unreadable = |source| ViewsError::Unreadable { table: R::TABLE.name, source };
        let row =
            |row: &sqlx::any::AnyRow| serde_json::from_str(row.try_get(0)?).map_err(unreadable);
        rows.iter().map(row).collect()
    }
}

fn over<F: Fold>(build: Build, fold: F) -> Box<dyn Projection> {
    Box::new(View::over(build, fold))
}
