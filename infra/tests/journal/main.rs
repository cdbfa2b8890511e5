//! The journal's stores, held to one contract, and to what only real databases can show.
//!
//! The tests on PostgreSQL need the server that `tests/run` starts; without it they fail.

#![expect(clippy::unwrap_used, reason = "a helper of tests panics as a test does")]

mod appending;
mod bisecting;
mod clean;
mod committing;
mod cqrs;
mod drawn_facts;
mod durability;
mod facts;
mod idempotency;
mod model;
mod postgres_es;
mod races;
mod reading;
mod sqlite;
mod watching;
mod world;
