//! Aisle's composition root: puts the parts together and runs them.
//!
//! It decides nothing and shows nothing; it chooses stores, starts tasks and stops them.

pub mod app;
pub mod bench;
pub mod cli;
pub mod greeting;
pub mod import;
pub mod import_command;
pub mod rebuild_command;
pub mod sample;
pub mod shutdown;
pub mod stores;
