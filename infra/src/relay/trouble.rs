//! What ends a turn of a relay. All of it is tried again.

use std::error::Error;

use aisle_domain::stream::Position;

use super::leadership::LockError;
use super::stream::NatsFailure;
use crate::journal::JournalError;

/// Why a relay does not publish, or not any more.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// It cannot tell whether it is the only one.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The journal cannot be read.
    #[error("the journal cannot be read")]
    Journal(#[source] JournalError),
    /// NATS is away, or refuses.
    #[error("NATS does not take what is published")]
    Nats(#[source] NatsFailure),
    /// The stream does not end where it should: another relay has taken over, or a message was lost
    /// on its way. The stream is asked again.
    #[error("the stream goes on otherwise than before position {0}")]
    OutOfStep(Position),
    /// The journal has lost what was published: it was restored from a backup, or its standby was
    /// behind. Publishing would give positions a second meaning; an operator must decide.
    #[error("the stream is at position {stream}, the journal only at {journal}")]
    Ahead {
        /// The last position in the stream.
        stream: Position,
        /// The head of the journal.
        journal: Position,
    },
    /// A row cannot be made a message.
    #[error("the fact at position {0} cannot be sent")]
    Unsendable(Position, #[source] serde_json::Error),
}

impl Trouble {
    /// A failure of NATS.
    pub(super) fn nats(error: impl Into<NatsFailure>) -> Self {
        Self::Nats(error.into())
    }

    /// What is wrong, with the causes, on one line.
    pub(super) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}
