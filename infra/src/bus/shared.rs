//! The journal's past, read and decoded once for all readers of a process that catch up at about
//! the same time: at a start, or when all were too slow for the bus.
//!
//! It keeps a few pieces of fixed bounds, so that readers who stand at different places soon ask
//! for the same. What is at the journal's end is not its business: it would have to be read again
//! as it grows, and it is on the bus.

use std::collections::VecDeque;
use std::sync::Arc;

use aisle_domain::stream::Position;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use super::Batch;
use crate::journal::{JournalError, JournalStore};

/// How many facts a piece has.
const PIECE: Position = 2_000;

/// How many pieces are kept: with [`PIECE`] some 10 MB. Who is slower than that reads again.
const KEPT: usize = 8;

type Piece = Arc<OnceCell<Vec<Batch>>>;

/// Reads of the journal that several share.
pub struct SharedReads {
    journal: Arc<dyn JournalStore>,
    /// By number, the newest last.
    pieces: Mutex<VecDeque<(Position, Piece)>>,
}

impl SharedReads {
    pub(super) fn new(journal: Arc<dyn JournalStore>) -> Self {
        Self { journal, pieces: Mutex::default() }
    }

    /// The piece of the journal that follows a position, and perhaps begins before it; none if
    /// the journal does not go to the end of that piece yet.
    ///
    /// # Errors
    /// If the journal fails; whoever asks next tries again.
    pub async fn after(&self, position: Position) -> Result<Option<Vec<Batch>>, JournalError> {
        let number = position / PIECE;
        if *self.journal.watch_head().borrow() < (number + 1) * PIECE {
            return Ok(None);
        }
        let piece = self.piece(number);
        let batches = piece.get_or_try_init(|| self.read(number)).await?;
        Ok(Some(batches.clone()))
    }

    fn piece(&self, number: Position) -> Piece {
        let mut pieces = self.pieces.lock();
        if let Some((_, known)) = pieces.iter().find(|(known, _)| *known == number) {
            return Arc::clone(known);
        }
        if pieces.len() == KEPT {
            pieces.pop_front();
        }
        let piece = Piece::default();
        pieces.push_back((number, Arc::clone(&piece)));
        piece
    }

    async fn read(&self, number: Position) -> Result<Vec<Batch>, JournalError> {
        let rows = self.journal.read(number * PIECE, PIECE as usize).await?;
        Ok(Batch::decode(rows))
    }
}
