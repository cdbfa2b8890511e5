//! The relay and the bus between processes, on servers of the test's own: what is published is the
//! journal, in order, whatever dies.
//!
//! The tests need the PostgreSQL that `tests/run` starts, and the program `nats-server`.

#![expect(clippy::unwrap_used, reason = "a helper of tests panics as a test does")]

mod asyncapi;
mod bus;
mod bus_over_jetstream;
mod cluster;
mod election;
mod example;
mod publishing;
mod steps;
mod world;
