//! Read models as pure folds over the journal, and the runner that drives them.

pub mod projection;
pub mod search;
