//! How far a running projection is.

use aisle_domain::stream::Position;

/// How far a projection is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Reads see everything up to here.
    pub applied: Position,
    /// The end of the journal, as far as was known when this was said.
    pub head: Position,
    /// What its runner does.
    pub state: RunState,
}

/// What the runner of a projection does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum RunState {
    /// It looks for its checkpoint.
    #[default]
    Starting,
    /// It reads the journal from its checkpoint on.
    CatchingUp,
    /// It follows the bus.
    Live,
    /// Its store or the journal failed; it tries again, at ever longer intervals.
    Retrying {
        /// What failed.
        reason: String,
    },
    /// It met an entry that it cannot apply. It is as of before that entry, and stays so.
    Failed {
        /// The position of the entry.
        position: Position,
        /// What is wrong.
        reason: String,
    },
    /// It was told to stop.
    Stopped,
}

impl RunState {
    /// Whether it will never move again by itself.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Starting | Self::CatchingUp | Self::Live | Self::Retrying { .. } => false,
            Self::Failed { .. } | Self::Stopped => true,
        }
    }
}
