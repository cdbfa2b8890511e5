//! One build of a read model: its rows and its checkpoint, which move together.
//!
//! A rebuild grows a second build beside the one that is read. It never writes to that one, so
//! nobody has to stop meanwhile.

use aisle_domain::stream::Position;
use sqlx::AnyConnection;

use super::checkpoint::{Line, Move};
use super::table::Side;
use super::{Engine, Store, Table, Write, postgres, sqlite};
use crate::projection::{Digest, ProjectionError};
use crate::rebuild::Swap;

/// Who brought a build to where a commit should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moved {
    /// This commit.
    Now,
    /// An earlier one: another runner's, or this one's whose answer was lost.
    Before,
}

/// A build, as one runner sees it.
#[derive(Debug)]
pub(crate) struct Build {
    store: Store,
    line: Line,
    tables: &'static [&'static Table],
    number: i64,
    position: Position,
}

impl Build {
    /// Takes up the build that is read; the first one is made if need be.
    pub(crate) async fn open(
        store: &Store,
        line: Line,
        tables: &'static [&'static Table],
    ) -> Result<Self, ProjectionError> {
        store.create(tables).await?;
        line.found(store).await?;
        let mut build = Self { store: store.clone(), line, tables, number: 0, position: 0 };
        build.reopen().await?;
        Ok(build)
    }

    /// Adds an empty build beside the one that is read. What is left of others is cleared away:
    /// of two rebuilds at once, the later one goes on.
    pub(crate) async fn beside(
        store: &Store,
        line: Line,
        tables: &'static [&'static Table],
    ) -> Result<Self, ProjectionError> {
        let mut active = Self::open(store, line, tables).await?;
        let number = active.displace_others().await?;
        Ok(Self { number, position: 0, ..active })
    }

    /// Adds an empty build in place of all that nobody reads, and returns its number.
    ///
    /// The others are forgotten first, so that nothing is added to them any more, and the one that is
    /// read is looked up by the same transaction: one of them may have become it. Their rows go
    /// then, those of the number itself, too, if it was used before. What is added meanwhile has a
    /// higher one and is left alone.
    async fn displace_others(&mut self) -> Result<i64, ProjectionError> {
        let mut tx = self.store.writing().await?;
        // While the others are remembered: none of their numbers is used again.
        let number = self.line.add(&mut tx).await?;
        self.line.forget_idle(number, &mut tx).await?;
        self.reopen_as_seen_by(&mut tx).await?;
        tx.commit().await?;
        self.clear_before().await?;
        for table in self.tables {
            let statement = table.clear(Side::After);
            let clear = sqlx::query(&statement).bind(self.number).bind(number);
            clear.execute(self.store.pool()).await?;
        }
        Ok(number)
    }

    /// Takes up the build that is read now, and where it stands.
    pub(crate) async fn reopen(&mut self) -> Result<Position, ProjectionError> {
        let mut connection = self.store.pool().acquire().await?;
        self.reopen_as_seen_by(&mut connection).await
    }

    /// The same, for rows that are read by the same transaction: they are of that position.
    pub(crate) async fn reopen_as_seen_by(
        &mut self,
        connection: &mut AnyConnection,
    ) -> Result<Position, ProjectionError> {
        let active = self.line.active(connection).await?;
        let (number, position) = active.ok_or(ProjectionError::Superseded { found: None })?;
        (self.number, self.position) = (number, position);
        Ok(position)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn number(&self) -> i64 {
        self.number
    }

    /// Up to where it goes, as far as this runner knows.
    pub(crate) fn position(&self) -> Position {
        self.position
    }

    /// Takes note that somebody else brought it up to here.
    pub(crate) fn adopt(&mut self, position: Position) {
        self.position = position;
    }

    /// Whether it is the build that is read: a rebuild puts another one in its place.
    pub(crate) async fn is_read(&self) -> Result<bool, ProjectionError> {
        let mut connection = self.store.pool().acquire().await?;
        let active = self.line.active(&mut connection).await?;
        Ok(active.is_some_and(|(number, _)| number == self.number))
    }

    /// Checks that nobody else moved its checkpoint: then what was read of its rows before was as
    /// this runner left it.
    pub(crate) async fn ensure_unmoved(&self) -> Result<(), ProjectionError> {
        let found = self.line.position(&self.store, self.number).await?;
        match found == Some(self.position) {
            true => Ok(()),
            false => Err(ProjectionError::Superseded { found }),
        }
    }

    /// Writes rows and moves the checkpoint, all or nothing.
    ///
    /// A checkpoint that is already where it should go is no error: the rows are a function of
    /// the journal, so whoever moved it (this runner, before its connection broke, or another)
    /// wrote the same. But rows that were fetched since may have been of then: what was folded
    /// into them counts twice, and they are not to be used any more.
    pub(crate) async fn commit(
        &mut self,
        to: Position,
        writes: &[Write],
    ) -> Result<Moved, ProjectionError> {
        let step = Move { build: self.number, from: self.position, to };
        let moved = match &self.store.engine {
            Engine::Postgres(writers) => postgres::commit(writers, self.line, step, writes).await?,
            Engine::Sqlite => self.commit_on_sqlite(step, writes).await?,
        };
        if !moved {
            let found = self.line.position(&self.store, self.number).await?;
            if found != Some(to) {
                return Err(ProjectionError::Superseded { found });
            }
        }
        self.position = to;
        Ok(if moved { Moved::Now } else { Moved::Before })
    }

    async fn commit_on_sqlite(&self, step: Move, writes: &[Write]) -> Result<bool, sqlx::Error> {
        let mut tx = self.store.writing().await?;
        if !self.line.advance(step, &mut tx).await? {
            return Ok(false);
        }
        for write in writes {
            sqlite::write(write, self.number, &mut tx).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// The rows of these keys: key and data.
    pub(crate) async fn select(
        &self,
        table: &Table,
        keys: &[String],
    ) -> Result<Vec<(String, String)>, ProjectionError> {
        let rows = match &self.store.engine {
            Engine::Postgres(writers) => {
                postgres::select(writers, table, self.number, keys).await?
            }
            Engine::Sqlite => sqlite::select(&self.store.pool, table, self.number, keys).await?,
        };
        Ok(rows)
    }

    /// The digest of its rows, of one moment.
    pub(crate) async fn digest(&self) -> Result<Digest, ProjectionError> {
        let (store, tables, build) = (self.store.clone(), self.tables, self.number);
        // In a task of its own, for several are made at a time.
        let digesting = tokio::spawn(async move {
            match &store.engine {
                Engine::Postgres(writers) => postgres::digest(writers, tables, build).await,
                Engine::Sqlite => sqlite::digest(&mut store.snapshot().await?, tables, build).await,
            }
        });
        Ok(digesting.await.map_err(ProjectionError::store)??)
    }

    /// The position and the digest of the build that is read, of one moment; none if there is none.
    pub(crate) async fn shown(
        store: &Store,
        line: Line,
        tables: &'static [&'static Table],
    ) -> Result<Option<(Position, Digest)>, ProjectionError> {
        store.create(tables).await?;
        let store = store.clone();
        // As above; and a build grows meanwhile.
        let digesting = tokio::spawn(async move {
            if let Engine::Postgres(writers) = &store.engine {
                return postgres::shown(writers, line, tables).await;
            }
            let mut tx = store.snapshot().await?;
            let Some((build, at)) = line.active(&mut tx).await? else { return Ok(None) };
            Ok::<_, sqlx::Error>(Some((at, sqlite::digest(&mut tx, tables, build).await?)))
        });
        Ok(digesting.await.map_err(ProjectionError::store)??)
    }

    /// The number and the position of the build that is read, for rows that are read by the same
    /// transaction; none if there is none.
    pub(crate) async fn active(
        line: Line,
        connection: &mut AnyConnection,
    ) -> Result<Option<(i64, Position)>, sqlx::Error> {
        line.active(connection).await
    }

    /// The position of the build that is read; none if there is none.
    pub(crate) async fn reached(
        store: &Store,
        line: Line,
        tables: &'static [&'static Table],
    ) -> Result<Option<Position>, ProjectionError> {
        store.create(tables).await?;
        let mut connection = store.pool().acquire().await?;
        Ok(line.active(&mut connection).await?.map(|(_, at)| at))
    }

    /// Makes the build of this number the one that is read; not if that would take readers back.
    /// Rows of the others have no checkpoint any more and are not seen; they go with
    /// [`clear_up`](Self::clear_up).
    pub(crate) async fn swap(
        store: &Store,
        line: Line,
        number: i64,
    ) -> Result<Swap, ProjectionError> {
        let mut tx = store.writing().await?;
        match line.swap(number, &mut tx).await? {
            None => Err(ProjectionError::Superseded { found: None }),
            Some((at, shown)) if at < shown => Ok(Swap::Behind(shown)),
            Some(_) => {
                tx.commit().await?;
                Ok(Swap::Done)
            }
        }
    }

    /// Drops the rows of the builds before the one that is read. Later ones may be in the making.
    pub(crate) async fn clear_up(
        store: &Store,
        line: Line,
        tables: &'static [&'static Table],
    ) -> Result<(), ProjectionError> {
        Self::open(store, line, tables).await?.clear_before().await
    }

    /// Drops all builds but the one that is read.
    pub(crate) async fn discard_others(
        store: &Store,
        line: Line,
        tables: &'static [&'static Table],
    ) -> Result<(), ProjectionError> {
        let number = Self::open(store, line, tables).await?.displace_others().await?;
        Ok(line.forget(number, store).await?)
    }

    /// Drops the rows of the builds before this one.
    async fn clear_before(&self) -> Result<(), ProjectionError> {
        for table in self.tables {
            let statement = table.clear(Side::Before);
            sqlx::query(&statement).bind(self.number).execute(self.store.pool()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Value;
    use super::*;

    const BLUE: Line = Line { name: "seats", version: 1 };
    const GREEN: Line = Line { name: "seats", version: 2 };
    const OF_BLUE: &[&Table] = &[&Table { name: "read_seats_v1", columns: &[], indexes: &[] }];
    const OF_GREEN: &[&Table] = &[&Table { name: "read_seats_v2", columns: &[], indexes: &[] }];

    fn row(tables: &[&'static Table], data: &str) -> [Write; 1] {
        let fields = ["key", data].map(|text| Value::Text(text.to_owned()));
        [Write::over(tables[0], vec![fields.to_vec()])]
    }

    async fn data(build: &Build, tables: &[&Table]) -> Vec<String> {
        let rows = build.select(tables[0], &["key".to_owned()]).await.unwrap();
        rows.into_iter().map(|(_, data)| data).collect()
    }

    #[tokio::test]
    async fn a_new_version_grows_beside_the_old_one_which_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("read.sqlite").display());
        let store = Store::open(&url).await.unwrap();
        let mut blue = Build::open(&store, BLUE, OF_BLUE).await.unwrap();
        blue.commit(10, &row(OF_BLUE, "blue")).await.unwrap();
        let before = Build::shown(&store, BLUE, OF_BLUE).await.unwrap();

        // Begins at the first fact; the old one is read as before, and by its own processes written.
        let mut green = Build::open(&store, GREEN, OF_GREEN).await.unwrap();
        assert_eq!(green.position(), 0);
        green.commit(4, &row(OF_GREEN, "green")).await.unwrap();
        assert_eq!(Build::shown(&store, BLUE, OF_BLUE).await.unwrap(), before);
        blue.commit(12, &row(OF_BLUE, "bluer")).await.unwrap();
        assert_eq!(Build::reached(&store, GREEN, OF_GREEN).await.unwrap(), Some(4));

        // A rebuild of either leaves the other alone.
        let mut greener = Build::beside(&store, GREEN, OF_GREEN).await.unwrap();
        greener.commit(12, &row(OF_GREEN, "greener")).await.unwrap();
        assert_eq!(Build::swap(&store, GREEN, greener.number()).await.unwrap(), Swap::Done);
        Build::clear_up(&store, GREEN, OF_GREEN).await.unwrap();
        assert_eq!(data(&blue, OF_BLUE).await, ["bluer"]);
        assert_eq!(data(&greener, OF_GREEN).await, ["greener"]);
        // And back: who is put in place of the new version goes on where the old one stands.
        let again = Build::open(&store, BLUE, OF_BLUE).await.unwrap();
        assert_eq!((again.number(), again.position()), (blue.number(), 12));
    }
}
