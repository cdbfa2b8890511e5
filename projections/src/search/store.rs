//! One build of the index on disk: written in commits that carry their checkpoint.
//!
//! It folds nothing and answers no query; it writes rows and opens snapshots for those who read.

use std::borrow::Borrow;
use std::io;
use std::path::Path;

use aisle_domain::stream::Position;
use serde::{Deserialize, Serialize};
use tantivy::indexer::IndexWriterOptions;
use tantivy::merge_policy::LogMergePolicy;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyError};

use super::row::Row;
use super::schema::fields;

/// What the writer may buffer before it must write a segment, in bytes.
const WRITER_HEAP: usize = 64_000_000;
/// Blocks of stored documents kept decompressed, of some 16 KB each.
const CACHED_BLOCKS: usize = 256;

/// Why an index cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Its directory cannot be used.
    #[error("the index's directory cannot be used")]
    Directory(#[from] io::Error),
    /// The index itself failed.
    #[error("the index failed")]
    Index(#[from] TantivyError),
    /// A stored row or checkpoint has another shape.
    #[error("the index holds something unreadable")]
    Unreadable(#[from] serde_json::Error),
    /// It is another version's, or its files are damaged.
    #[error("the index cannot be used: {0}")]
    Damaged(String),
}

impl IndexError {
    /// Whether a new build would help. It would not against a lock that another process holds.
    pub(super) fn is_damage(&self) -> bool {
        match self {
            Self::Directory(_) | Self::Index(TantivyError::LockFailure(..)) => false,
            Self::Index(_) | Self::Unreadable(_) | Self::Damaged(_) => true,
        }
    }
}

/// What a commit carries.
#[derive(Serialize, Deserialize)]
struct Payload {
    position: Position,
}

/// One build of the index, open for writing.
pub(super) struct IndexStore {
    writer: IndexWriter,
    reader: IndexReader,
}

impl IndexStore {
    /// An empty index in an empty directory.
    pub(super) fn create(path: &Path) -> Result<Self, IndexError> {
        Self::with_index(Index::create_in_dir(path, fields().schema.clone())?)
    }

    /// An index that exists, and the position up to which it is complete. Reads every file of it
    /// once, to compare the checksums.
    pub(super) fn open(path: &Path) -> Result<(Self, Position), IndexError> {
        let index = Index::open_in_dir(path)?;
        if index.schema() != fields().schema {
            return Err(IndexError::Damaged("its fields are those of another version".into()));
        }
        let damaged = index.validate_checksum()?;
        if !damaged.is_empty() {
            return Err(IndexError::Damaged(format!("{} files are not as written", damaged.len())));
        }
        let position = position_of(&index)?;
        Ok((Self::with_index(index)?, position))
    }

    /// An index as of its last commit, whoever has it open for writing, and the position of it.
    pub(super) fn look(path: &Path) -> Result<(Searcher, Position), IndexError> {
        let index = Index::open_in_dir(path)?;
        loop {
            let before = position_of(&index)?;
            let reader: IndexReader =
                index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
            // A commit in between would make the one older than the other.
            if position_of(&index)? == before {
                return Ok((reader.searcher(), before));
            }
        }
    }

    fn with_index(index: Index) -> Result<Self, IndexError> {
        // One indexing thread: a commit then makes one segment, and there is another core's
        // worth of queries to answer.
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .memory_budget_per_thread(WRITER_HEAP)
            .build();
        let writer = index.writer_with_options(options)?;
        writer.set_merge_policy(Box::new(merge_policy()));
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(CACHED_BLOCKS)
            .try_into()?;
        Ok(Self { writer, reader })
    }

    /// Writes rows in place of their predecessors; the next commit keeps them.
    pub(super) fn put(
        &mut self,
        rows: impl Iterator<Item = impl Borrow<Row>>,
    ) -> Result<(), IndexError> {
        for row in rows {
            let row = row.borrow();
            self.writer.delete_term(fields().id_term(row.id));
            self.writer.add_document(fields().document(row)?)?;
        }
        Ok(())
    }

    /// Takes back what was put since the last commit. The writer is another one then, which knows
    /// nothing of how to merge.
    pub(super) fn take_back(&mut self) -> Result<(), IndexError> {
        self.writer.rollback()?;
        self.writer.set_merge_policy(Box::new(merge_policy()));
        Ok(())
    }

    /// Writes rows in place of their predecessors, and the position with them, all or nothing.
    pub(super) fn commit(
        &mut self,
        rows: impl Iterator<Item = impl Borrow<Row>>,
        position: Position,
    ) -> Result<(), IndexError> {
        let written = self.write(rows, position);
        if written.is_err() {
            self.take_back()?;
        }
        written
    }

    fn write(
        &mut self,
        rows: impl Iterator<Item = impl Borrow<Row>>,
        position: Position,
    ) -> Result<(), IndexError> {
        self.put(rows)?;
        let mut commit = self.writer.prepare_commit()?;
        commit.set_payload(&serde_json::to_string(&Payload { position })?);
        commit.commit()?;
        Ok(self.reader.reload()?)
    }

    /// The index as of the last commit.
    pub(super) fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }
}

/// The position up to which an index is complete.
fn position_of(index: &Index) -> Result<Position, IndexError> {
    Ok(match index.load_metas()?.payload {
        Some(payload) => serde_json::from_str::<Payload>(&payload)?.position,
        None => 0,
    })
}

/// Commits are small and frequent, and most of what they write replaces something: merge small
/// segments early, and large ones once a third of them is replaced.
fn merge_policy() -> LogMergePolicy {
    let mut policy = LogMergePolicy::default();
    policy.set_min_num_segments(6);
    policy.set_min_layer_size(1_000);
    policy.set_del_docs_ratio_before_merge(0.3);
    policy
}
