//! Snapshots: what somebody made of the journal up to a position, kept beside it so that the next
//! start need not read it all.
//!
//! A snapshot is never the truth. It is named after what it is of and after the schema of its
//! contents; one of another schema is as good as none, and so is one that does not unpack to what
//! was packed (zstd's checksum tells). Whoever reads one must be able to do without.

use std::io::{self, BufWriter};

use aisle_domain::stream::Position;
use sqlx::PgPool;

use super::{JournalError, rows};

/// Snapshots are written in the middle of a rush and read at starts: quick to pack is good enough.
const LEVEL: i32 = 1;

/// How much is packed at a time: what writes JSON writes a few bytes at once.
const PIECE: usize = 64 * 1024;

/// What a snapshot is of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SnapshotName {
    /// The kind of thing, such as `house`.
    pub kind: &'static str,
    /// Which one.
    pub id: String,
    /// The schema of the contents. A reader of another one does not find it.
    pub schema: u32,
}

/// What somebody made of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Up to here.
    pub position: Position,
    /// The contents, packed.
    pub body: Vec<u8>,
}

/// Takes the contents of a snapshot and packs them as they come.
pub type Packer = BufWriter<zstd::Encoder<'static, Vec<u8>>>;

impl Snapshot {
    /// Packs what is written, with a checksum. It is never in memory as a whole: that of a large
    /// house would be megabytes of fresh pages, each time.
    ///
    /// # Errors
    /// If it cannot be written, or there is no memory for it.
    pub fn pack(
        position: Position,
        write: impl FnOnce(&mut Packer) -> io::Result<()>,
    ) -> io::Result<Self> {
        let mut encoder = zstd::Encoder::new(Vec::new(), LEVEL)?;
        encoder.include_checksum(true)?;
        let mut packer = BufWriter::with_capacity(PIECE, encoder);
        write(&mut packer)?;
        let encoder = packer.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Self { position, body: encoder.finish()? })
    }

    /// The contents.
    ///
    /// # Errors
    /// If they are not what was packed.
    pub fn unpack(&self) -> io::Result<Vec<u8>> {
        zstd::decode_all(&*self.body)
    }
}

pub(super) fn found(row: Option<(i64, Vec<u8>)>) -> Result<Option<Snapshot>, JournalError> {
    let Some((position, body)) = row else { return Ok(None) };
    Ok(Some(Snapshot { position: rows::unsigned(position)?, body }))
}

/// The positions of the journal fit: they come from there.
pub(super) fn signed(position: Position) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

pub(super) const SELECT: &str =
    "select position, body from snapshots where kind = $1 and id = $2 and schema = $3";

/// A later one stays; one at the same position may be unreadable, and is replaced.
pub(super) const KEEP: &str = "insert into snapshots (kind, id, schema, position, body)
    values ($1, $2, $3, $4, $5)
    on conflict (kind, id, schema) do update set position = excluded.position, body = excluded.body
    where snapshots.position <= excluded.position";

/// Nobody goes back to an earlier schema for long; if so, it is made anew.
pub(super) const FORGET: &str = "delete from snapshots where kind = $1 and id = $2 and schema < $3";

pub(super) async fn of_postgres(
    readers: &PgPool,
    name: &SnapshotName,
    failure: fn(sqlx::Error) -> JournalError,
) -> Result<Option<Snapshot>, JournalError> {
    let select = sqlx::query_as(SELECT).bind(name.kind).bind(&name.id).bind(i64::from(name.schema));
    found(select.fetch_optional(readers).await.map_err(failure)?)
}

pub(super) async fn keep_in_postgres(
    writers: &PgPool,
    name: &SnapshotName,
    snapshot: &Snapshot,
) -> Result<(), sqlx::Error> {
    let schema = i64::from(name.schema);
    let keep = sqlx::query(KEEP).bind(name.kind).bind(&name.id).bind(schema);
    keep.bind(signed(snapshot.position)).bind(&snapshot.body).execute(writers).await?;
    let forget = sqlx::query(FORGET).bind(name.kind).bind(&name.id).bind(schema);
    forget.execute(writers).await.map(drop)
}
