//! What tests need to have a world of their own: a PostgreSQL database each.
//!
//! It starts no server; `tests/run` does.

pub mod postgres;
