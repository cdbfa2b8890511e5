//! Rebuilding the search index: a second build grows in a directory of its own, and takes the
//! place of the first by a change of the pointer `CURRENT`.
//!
//! A server that has the first one open notices at its next commit, and takes up the second; it
//! removes the first then, as does whoever opens the index next.

use std::path::{Path, PathBuf};

use aisle_domain::stream::Position;
use async_trait::async_trait;

use super::builds::{BuildName, Builds};
use super::projection::{SearchProjection, VERSION, blocking, digest_of};
use super::snapshot::Snapshot;
use super::store::{IndexError, IndexStore};
use crate::projection::{Digest, Projection, ProjectionError};
use crate::rebuild::{Rebuildable, Swap};

/// The search index in a directory, as something that can be rebuilt.
#[must_use]
pub fn rebuildable(dir: &Path) -> Box<dyn Rebuildable> {
    Box::new(SearchRebuild { dir: dir.to_owned() })
}

struct SearchRebuild {
    dir: PathBuf,
}

#[async_trait]
impl Rebuildable for SearchRebuild {
    fn name(&self) -> &'static str {
        SearchProjection::NAME
    }

    async fn shown(&self) -> Result<Option<(Position, Digest)>, ProjectionError> {
        let dir = self.dir.clone();
        blocking(move || {
            let builds = Builds::open(&dir)?;
            let Some(build) = in_use(&builds) else { return Ok(None) };
            let (searcher, position) = IndexStore::look(&builds.path(build))?;
            let snapshot = Snapshot::next(None, searcher, position)?;
            Ok(Some((position, digest_of(&snapshot)?)))
        })
        .await
    }

    async fn reached(&self) -> Result<Option<Position>, ProjectionError> {
        let dir = self.dir.clone();
        blocking(move || {
            let builds = Builds::open(&dir)?;
            let look = |build| IndexStore::look(&builds.path(build));
            Ok(in_use(&builds).map(look).transpose()?.map(|(_, position)| position))
        })
        .await
    }

    async fn beside(&self) -> Result<(i64, Box<dyn Projection>), ProjectionError> {
        let dir = self.dir.clone();
        let projection = blocking(move || SearchProjection::new_build(&dir)).await?;
        Ok((i64::from(projection.build().build), Box::new(projection)))
    }

    async fn swap(&self, build: i64) -> Result<Swap, ProjectionError> {
        let dir = self.dir.clone();
        blocking(move || {
            let builds = Builds::open(&dir)?;
            let new = named(build)?;
            let (_, reached) = IndexStore::look(&builds.path(new))?;
            if let Some(old) = in_use(&builds) {
                let (_, shown) = IndexStore::look(&builds.path(old))?;
                if reached < shown {
                    return Ok(Swap::Behind(shown));
                }
            }
            builds.make_current(new)?;
            Ok(Swap::Done)
        })
        .await
    }

    /// Who reads it has its files open, and removes them itself.
    async fn clear_up(&self) -> Result<(), ProjectionError> {
        Ok(())
    }

    async fn discard(&self, build: i64) -> Result<(), ProjectionError> {
        let dir = self.dir.clone();
        blocking(move || Ok(Builds::open(&dir)?.remove(named(build)?)?)).await
    }
}

fn in_use(builds: &Builds) -> Option<BuildName> {
    builds.current().filter(|build| build.version == VERSION)
}

fn named(build: i64) -> Result<BuildName, IndexError> {
    let build = u32::try_from(build).map_err(|_| IndexError::Damaged("no such build".into()))?;
    Ok(BuildName { version: VERSION, build })
}
