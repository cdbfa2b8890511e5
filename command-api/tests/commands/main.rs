//! The write side as a whole: commands over HTTP to a real journal, a payment provider and the
//! process managers beside it, and what it all leaves in the journal.
//!
//! It reads no projections: what became of a booking is read from its stream. The tests on
//! PostgreSQL need the server that `tests/run` starts; without it they fail.

#![expect(clippy::unwrap_used, reason = "a helper of tests panics as a test does")]

mod accounts;
mod bad_events;
mod bad_requests;
mod contended;
mod crowds;
mod fake_provider;
mod fixtures;
mod forms;
mod fuzzing;
mod gate;
mod idempotency;
mod letters;
mod life;
mod limits;
mod loading;
mod money;
mod oidc;
mod overload;
mod payments;
mod person;
mod phases;
mod processes;
mod races;
mod restarts;
mod same_moment;
mod snapshots;
mod sold_out;
mod stale;
mod store;
mod strangers;
mod tail;
mod time;
mod unguarded;
mod webhooks;
mod world;
