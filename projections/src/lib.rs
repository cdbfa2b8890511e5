//! Read models as pure folds over the journal, and the runner that drives them.

pub mod projection;
pub mod rebuild;
pub mod runner;
pub mod search;
pub mod seat_map;
pub mod store;
pub mod views;
