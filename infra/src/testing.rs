//! What tests need to have a world of their own: a PostgreSQL database each, and journals that
//! misbehave.
//!
//! It starts no server; `tests/run` does.

pub mod between;
pub mod postgres;
